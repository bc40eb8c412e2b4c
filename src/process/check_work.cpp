// What concerns the office: expressions that can be read, roles and forms that exist, returns that make sense, and time
// limits that fit into the procedure's limit on the longest way through.
#include <algorithm>
#include <cmath>
#include <functional>

#include "process/checker.hpp"

namespace motcua::process {

void Checker::check_formula(const Node& n, const Formula& f, bool boolean) {
    if (!f.given || f.text.empty() || !executable(n)) return;
    const Element& e = element_of(n);
    if (!f.value) return error(e, "process.expression_unreadable", {{"expression", f.text.substr(0, 200)}});
    const json::value* literal = f.value.literal();
    if (boolean && literal && !literal->is_bool())
        error(e, "process.condition_not_boolean", {{"expression", f.text.substr(0, 200)}});
}

void Checker::check_work() {
    each_node([&](const Node& n) {
        const Element& e = element_of(n);
        for (int f : n.outgoing) check_formula(n, flow(f).condition, true);
        check_formula(n, n.loop.condition, true);
        check_formula(n, n.loop.completion, true);
        check_formula(n, n.loop.cardinality, false);
        check_formula(n, n.loop.collection, false);
        check_formula(n, n.completion, true);
        check_formula(n, n.activation, true);
        check_formula(n, n.call_expression, false);
        for (const auto& [condition, definition] : n.loop.thrown) check_formula(n, condition, true);
        for (const auto* list : {&n.inputs, &n.outputs})
            for (const auto& parameter : *list) check_formula(n, parameter.value, false);
        if (options_.services && !n.call.empty() && executable(n) && !options_.services->contains(n.call))
            error(e, "process.service_unknown", {{"service", n.call}});
        if (n.kind == Kind::script_task && executable(n)) {
            if (!n.script.readable) error(e, "process.script_unreadable");
        }
        for (auto attribute : {"limit", "limitShare"}) {
            auto value = e.attribute(motcua_namespace, attribute);
            bool read =
                std::string_view(attribute) == "limit" ? n.work.limit.has_value() : n.work.limit_share.has_value();
            if (!value.empty() && !read) error(e, "process.limit_malformed", {{"value", std::string(value)}});
        }
        if (auto confirm = e.attribute(motcua_namespace, "confirm"); !confirm.empty()) {
            const bool sound = confirm == "true" || confirm == "false";
            if (n.kind != Kind::user_task || !sound)
                error(e, "process.confirm_malformed", {{"value", std::string(confirm)}});
        }
        if (n.kind != Kind::user_task) return;
        for (const auto& id : n.work.may_return_to) {
            const Node* target = model_.find_node(n.process, id);
            bool encloses = false;
            for (int scope = n.scope; target && scope >= 0; scope = node(scope).scope)
                encloses = encloses || scope == target->scope;
            if (!encloses || target->kind != Kind::user_task) error(e, "process.return_target", {{"target", id}});
        }
        for (const auto& id : n.work.separate_from) {
            const Node* other = model_.find_node(n.process, id);
            const bool known = id == "receive" || (other && other->kind == Kind::user_task && other->id != n.id);
            if (!known) error(e, "process.separation_target", {{"target", id}});
        }
        if (!executable(n)) return;
        if (options_.roles) {
            if (n.work.role.empty())
                error(e, "process.task_without_role");
            else if (!options_.roles->contains(n.work.role))
                error(e, "process.role_unknown", {{"role", n.work.role}});
        }
        if (options_.unit_selectors && !n.work.unit.empty() && !options_.unit_selectors->contains(n.work.unit))
            error(e, "process.unit_unknown", {{"unit", n.work.unit}});
        if (options_.forms && !n.work.form.empty() && !options_.forms->contains(n.work.form))
            error(e, "process.form_unknown", {{"form", n.work.form}});
    });
    for (int p : model_.processes)
        if (node(p).document == file_ && node(p).executable) check_budget(node(p));
}

namespace {

/// Longest way through a scope, backward flows left out. Branches of a parallel gateway meet again, so the longest
/// counts.
class LongestWay {
  public:
    LongestWay(const Model& model, std::function<double(const Node&)> cost) : model_(model), cost_(std::move(cost)) {}

    double of_scope(const Node& scope) {
        double longest = 0;
        for (int child : scope.entries) longest = std::max(longest, from(node(child)));
        return longest;
    }

  private:
    const Model& model_;
    std::function<double(const Node&)> cost_;
    std::unordered_map<int, double> known_;
    std::unordered_map<int, bool> on_the_way_;

    const Node& node(int i) const { return model_.nodes[static_cast<std::size_t>(i)]; }

    double from(const Node& n) {
        if (auto it = known_.find(n.index); it != known_.end()) return it->second;
        if (on_the_way_[n.index]) return 0;  // a way back
        on_the_way_[n.index] = true;
        double own = cost_(n);
        if (is_sub_process(n.kind) && own == 0) own = of_scope(n);
        if (n.kind == Kind::call_activity && own == 0 && depth_ < 5)
            if (const Node* called = model_.find_process(n.called.text)) {
                ++depth_;
                own = of_scope(*called);
                --depth_;
            }
        double rest = 0;
        for (int f : n.outgoing) rest = std::max(rest, from(node(model_.flows[static_cast<std::size_t>(f)].target)));
        on_the_way_[n.index] = false;
        return known_[n.index] = own + rest;
    }
    int depth_ = 0;
};

double working_minutes(const Limit& limit) {
    double amount = static_cast<double>(limit.amount_milli) / 1000;
    return limit.unit == "working_hour" ? amount * 60 : limit.unit == "working_day" ? amount * 480 : 0;
}

}  // namespace

void Checker::check_budget(const Node& process) {
    bool shares = false, limits = false, calendar = false;
    for (const Node& n : model_.nodes) {
        if (n.process != process.index) continue;
        shares = shares || n.work.limit_share.has_value();
        if (n.work.limit) (working_minutes(*n.work.limit) > 0 ? limits : calendar) = true;
    }
    const Element& e = element_of(process);
    if (shares && limits) return error(e, "process.limits_mixed");
    if (shares) {
        double total =
            LongestWay(model_, [](const Node& n) { return n.work.limit_share.value_or(0); }).of_scope(process);
        if (std::fabs(total - 100) > 0.01) {
            auto text = std::to_string(static_cast<std::int64_t>(std::llround(total * 100)) / 100);
            if (total > 100)
                error(e, "process.shares_over", {{"sum", text}});
            else
                error(e, "process.shares_under", {{"sum", text}});
        }
        return;
    }
    if (!limits || !options_.budget_working_minutes) return;
    double total = LongestWay(model_, [](const Node& n) {
                       return n.work.limit ? working_minutes(*n.work.limit) : 0;
                   }).of_scope(process);
    auto budget = static_cast<double>(*options_.budget_working_minutes);
    std::vector<Param> params{{"sum", std::to_string(std::llround(total))},
                              {"limit", std::to_string(std::llround(budget))}};
    if (total > budget + 0.5)
        error(e, "process.limits_over", std::move(params));
    else if (total < budget - 0.5 && !calendar)
        warn(e, "process.limits_under", std::move(params));
}

}  // namespace motcua::process
