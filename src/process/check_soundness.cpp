// Soundness by search: the engine itself runs every way through the process (each choice at a gateway, each task, each
// event), data left out. Found: elements that no run reaches, runs that get stuck, runs that can never end. The search
// is bounded; past the bound the answer is "cannot decide".
#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "process/checker.hpp"
#include "process/decider.hpp"

namespace motcua::process {
namespace {

/// Answers from a script and notes how many answers each question had, so that the next script can be made.
class ScriptedChooser final : public Chooser {
  public:
    explicit ScriptedChooser(std::vector<std::size_t> script) : script_(std::move(script)) {}
    std::vector<std::size_t> widths;

    /// The same choice a third time within one decision: a loop without wait, whose ways out the other scripts take.
    bool gives_up() const override { return gives_up_; }
    std::vector<std::size_t> choose_flows(const Node& n) override {
        gives_up_ = gives_up_ || ++asked_[n.index] > 2;
        std::size_t flows = n.outgoing.size();
        bool several = n.kind == Kind::inclusive || n.kind == Kind::complex || is_activity(n.kind);
        if (!several || flows > 5) return {pick(flows)};
        // Every non-empty set of flows (at an activity the unconditional ones are always in).
        return bits(pick((std::size_t{1} << flows) - 1) + 1, flows);
    }
    std::uint32_t choose_rounds(const Node&) override { return static_cast<std::uint32_t>(pick(2)) + 1; }
    /// The script after this one, in the order of an odometer; empty when all have been tried.
    std::optional<std::vector<std::size_t>> next() const {
        std::vector<std::size_t> answers = script_;
        answers.resize(widths.size());
        while (!answers.empty()) {
            if (++answers.back() < widths[answers.size() - 1]) return answers;
            answers.pop_back();
        }
        return std::nullopt;
    }

  private:
    std::vector<std::size_t> script_;
    std::map<int, int> asked_;
    bool gives_up_ = false;

    std::size_t pick(std::size_t width) {
        std::size_t at = widths.size();
        widths.push_back(width);
        return at < script_.size() ? script_[at] : 0;
    }
    static std::vector<std::size_t> bits(std::size_t set, std::size_t count) {
        std::vector<std::size_t> out;
        for (std::size_t i = 0; i < count; ++i)
            if (set & (std::size_t{1} << i)) out.push_back(i);
        return out;
    }
};

/// The state without keys and data: the tree of elements, children in order of their text.
std::string shape(const Instance& s) {
    std::map<Key, std::vector<const Item*>> children;
    for (const Item& i : s.items) children[i.parent].push_back(&i);
    std::map<Key, std::string> waits;
    for (const Wait& w : s.waits) waits[w.item] += w.element + (w.seen ? "!" : "") + (w.repeat < -1 ? "?" : "") + ",";
    std::function<std::string(const Item&)> text = [&](const Item& i) {
        std::vector<std::string> parts;
        for (const Item* child : children[i.key]) parts.push_back(text(*child));
        std::ranges::sort(parts);
        std::string out = std::to_string(static_cast<int>(i.kind)) + i.element + "/" + i.flow + "#" +
                          std::to_string(i.done) + "." + std::to_string(i.total) + "[" + waits[i.key] + "](";
        for (const auto& part : parts) out += part + ";";
        return out + ")";
    };
    std::string out;
    for (const Item* root : children[0]) out += text(*root);
    std::vector<std::string> records;
    for (const Record& r : s.records) records.push_back(r.element);
    std::ranges::sort(records);
    records.erase(std::unique(records.begin(), records.end()), records.end());
    for (const auto& r : records) out += "|" + r;
    return out;
}

class Search {
  public:
    Search(const Model& model, const Node& process, const CheckOptions& options)
        : model_(model), process_(process), options_(options) {}

    void run(std::vector<Problem>& out) {
        start();
        while (!open_.empty() && !undecided_) {
            std::size_t at = open_.front();
            open_.pop_front();
            explore(at);
        }
        report(out);
    }

  private:
    struct State {
        Instance instance;
        std::vector<std::pair<std::size_t, bool>> from;  // and whether a signal from outside led here
        bool final = false, stuck = false, initial = false;
    };
    const Model& model_;
    const Node& process_;
    const CheckOptions& options_;
    std::vector<State> states_;
    std::map<std::string, std::size_t> known_;
    std::deque<std::size_t> open_;
    std::set<std::string> reached_;
    std::set<std::string> looping_;
    std::size_t work_ = 0;
    bool undecided_ = false;

    const Node& node(int i) const { return model_.nodes[static_cast<std::size_t>(i)]; }

    template <class Move>
    void try_all(const Instance& from, std::optional<std::size_t> origin, bool outside, Move&& move) {
        std::optional<std::vector<std::size_t>> script{std::in_place};
        while (script && !undecided_) {
            ScriptedChooser chooser(*script);
            Facts facts;
            Decider decider(model_, from, facts, &chooser);
            move(decider);
            decider.run();
            auto next = chooser.next();
            Events events = decider.take();
            work_ += events.size() + 1;
            if (work_ > 100'000) undecided_ = true;
            bool loops = false;
            for (const auto& e : events) {
                if (!e.element.empty()) reached_.insert(e.element);
                if (e.item) reached_.insert(e.item->element);
                if (e.incident && e.incident->reason == "process.loop_without_wait")
                    loops = true, looping_.insert(e.incident->element);
            }
            if (!loops && !chooser.gives_up()) add(decider.state(), origin, outside);
            script = std::move(next);
        }
    }
    void add(const Instance& s, std::optional<std::size_t> origin, bool outside) {
        auto [it, fresh] = known_.emplace(shape(s), states_.size());
        if (fresh) {
            if (states_.size() >= static_cast<std::size_t>(options_.states_max) || s.items.size() > 60) {
                undecided_ = true;
                known_.erase(it);
                return;
            }
            states_.push_back({s, {}, ended(s), false, false});
            open_.push_back(states_.size() - 1);
        }
        if (origin)
            states_[it->second].from.emplace_back(*origin, outside);
        else
            states_[it->second].initial = true;
    }
    void start() {
        Instance none;
        if (!process_.entries.empty())
            try_all(none, {}, false, [&](Decider& d) { d.start_process(process_, nullptr, {}); });
        for (const auto& trigger : start_triggers(model_, Instant{}))
            if (trigger.process == process_.id)
                try_all(none, {}, false, [&](Decider& d) {
                    d.start_process(process_, model_.find_node(process_.index, trigger.element), {});
                });
    }
    void explore(std::size_t at) {
        const Instance s = states_[at].instance;
        if (ended(s)) return;
        bool moved = false;
        Facts facts;
        Decider reader(model_, s, facts);
        for (const Item& i : s.items) {
            if (i.kind != ItemKind::activity) continue;
            const Node& n = reader.node_of(i);
            bool completes = n.kind == Kind::user_task || (n.kind == Kind::receive_task && n.message.empty());
            if (!completes) continue;
            moved = true;
            try_all(s, at, false, [&](Decider& d) { d.complete(i.key, {}); });
        }
        std::set<std::pair<Key, std::string>> tried;
        for (const Wait& w : s.waits) {
            const Node& event = reader.event_of(w);
            // A non-interrupting event is let happen once for each activity; more of the same tells nothing new.
            bool extra = !event.interrupting && (event.kind == Kind::boundary_event || event.kind == Kind::start_event);
            if (extra && (w.seen || !tried.emplace(w.item, w.element).second)) continue;
            moved = moved || !extra;
            try_all(s, at, w.trigger == Trigger::signal, [&](Decider& d) {
                if (extra) {
                    Wait once = w;
                    once.repeat = -2;
                    once.seen = true;
                    d.emit({.type = EventType::wait_changed, .wait = once});
                }
                d.fire(w.key, {});
            });
        }
        if (!moved) states_[at].stuck = true;
    }

    /// Called services and processes may answer with errors and escalations that the model does not show: what lies
    /// behind a boundary event of a reached activity counts as reached.
    void assume_errors() {
        std::vector<int> front;
        for (const Node& n : model_.nodes)
            if (n.kind == Kind::boundary_event && n.attached_to >= 0 && reached_.contains(node(n.attached_to).id))
                front.push_back(n.index);
        std::set<int> seen;
        while (!front.empty()) {
            const Node& n = node(front.back());
            front.pop_back();
            if (!seen.insert(n.index).second) continue;
            reached_.insert(n.id);
            for (int f : n.outgoing) front.push_back(model_.flows[static_cast<std::size_t>(f)].target);
            front.insert(front.end(), n.boundaries.begin(), n.boundaries.end());
            front.insert(front.end(), n.entries.begin(), n.entries.end());
        }
    }

    void report(std::vector<Problem>& out) {
        auto say = [&](Problem::Severity severity, std::string element, std::string reason,
                       std::vector<Param> params = {}) {
            out.push_back({severity, std::move(element), std::move(reason), std::move(params)});
        };
        for (const auto& element : looping_)
            say(Problem::Severity::error, element, "process.loop_without_wait", {{"limit", std::to_string(steps_max)}});
        if (undecided_) {
            say(Problem::Severity::warning, process_.id, "process.soundness_undecided",
                {{"states", std::to_string(states_.size())}});
            return;
        }
        // A way that only a signal from outside opens is a warning: whoever sends it may know better.
        std::vector<bool> plain(states_.size());
        for (bool again = true; again;) {
            again = false;
            for (std::size_t i = 0; i < states_.size(); ++i) {
                const auto& from = states_[i].from;
                bool now = states_[i].initial || std::ranges::any_of(from, [&](const auto& edge) {
                               return !edge.second && plain[edge.first];
                           });
                if (now && !plain[i]) plain[i] = again = true;
            }
        }
        auto worst = [&](auto&& wrong) {
            std::optional<std::size_t> found;
            for (std::size_t i = 0; i < states_.size(); ++i)
                if (wrong(i) && (!found || (plain[i] && !plain[*found]))) found = i;
            return found;
        };
        auto severity = [&](std::size_t i) { return plain[i] ? Problem::Severity::error : Problem::Severity::warning; };
        if (auto i = worst([&](std::size_t at) { return states_[at].stuck; })) {
            // The joining gateway that waits in vain, if that is what it is.
            const auto& items = states_[*i].instance.items;
            auto join = std::ranges::find_if(
                items, [](const Item& item) { return item.kind == ItemKind::join || item.kind == ItemKind::gate; });
            say(severity(*i),
                join != items.end() ? join->element
                : items.empty()     ? process_.id
                                    : items.back().element,
                "process.gets_stuck");
        }
        // Which states can come to an end?
        std::vector<bool> can_end(states_.size());
        std::vector<std::size_t> front;
        for (std::size_t i = 0; i < states_.size(); ++i)
            if (states_[i].final) front.push_back(i);
        while (!front.empty()) {
            std::size_t at = front.back();
            front.pop_back();
            if (can_end[at]) continue;
            can_end[at] = true;
            for (const auto& edge : states_[at].from) front.push_back(edge.first);
        }
        bool stuck_anywhere = std::ranges::any_of(states_, [](const State& s) { return s.stuck; });
        if (auto i = worst([&](std::size_t at) {
                return !can_end[at] && !states_[at].stuck && !states_[at].instance.items.empty();
            });
            i && !stuck_anywhere)
            say(severity(*i), states_[*i].instance.items.back().element, "process.cannot_end");
        assume_errors();
        for (const Node& n : model_.nodes) {
            if (n.process != process_.index || n.kind == Kind::process || reached_.contains(n.id)) continue;
            say(Problem::Severity::warning, n.id, "process.unreachable");
        }
    }
};

}  // namespace

void check_soundness(const Model& model, int process, const CheckOptions& options, std::vector<Problem>& out) {
    Search(model, model.nodes[static_cast<std::size_t>(process)], options).run(out);
}

}  // namespace motcua::process
