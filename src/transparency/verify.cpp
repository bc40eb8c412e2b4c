#include "transparency/verify.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "transparency/log_rows.hpp"

namespace motcua::transparency {

namespace {

constexpr int events_at_once = 500;
constexpr int days_at_once = 1000;
constexpr std::size_t faults_max = 100;

/// The verdict in the making, and the checkpoints still to be met on the way.
struct Examination {
    LedgerVerdict verdict;
    std::multimap<std::uint64_t, std::pair<std::string, merkle::Hash>> expected;  // size → source, root
    std::uint64_t agreed = 0;  // the largest size at which a checkpoint was met
    merkle::Frontier frontier;

    void fault(std::string sentence) {
        if (verdict.faults.size() < faults_max) verdict.faults.push_back(std::move(sentence));
    }
    void false_event(std::int64_t position, std::string sentence) {
        if (!verdict.first_false || *verdict.first_false > position) verdict.first_false = position;
        fault(std::move(sentence));
    }

    void expect(const KeptCheckpoint& kept, const std::optional<merkle::VerifierKey>& key, bool other_logs_pass) {
        const auto note = merkle::parse_note(kept.note);
        const auto checkpoint =
            note ? merkle::parse_checkpoint(note->text) : fail(Errc::malformed, "merkle.note_malformed");
        if (!checkpoint) return fault(fmt::format("{}: {}", kept.source, checkpoint.error().reason));
        if (key && checkpoint->origin != key->name) {
            if (!other_logs_pass)
                fault(fmt::format("{}: it is of the log {}, not of {}", kept.source, checkpoint->origin, key->name));
            return;
        }
        if (key && !merkle::find_signature(*note, *key))
            return fault(fmt::format("{}: there is no right signature of {}", kept.source, key->name));
        expected.emplace(checkpoint->size, std::pair(kept.source, checkpoint->root));
        ++verdict.checkpoints;
    }

    /// Compares the tree as it is now with what was signed over it.
    void meet() {
        const auto [begin, end] = expected.equal_range(frontier.size());
        for (auto one = begin; one != end; ++one) {
            if (one->second.second == frontier.root()) {
                agreed = frontier.size();
            } else {
                false_event(static_cast<std::int64_t>(agreed) + 1,
                            fmt::format("{}: an event from {} to {} is not the one that was signed", one->second.first,
                                        agreed + 1, frontier.size()));
            }
        }
        expected.erase(begin, end);
    }

    /// Checkpoints beyond the end: what they cover is gone.
    void finish() {
        for (const auto& [size, source] : expected)
            false_event(static_cast<std::int64_t>(frontier.size()) + 1,
                        fmt::format("{}: it covers {} events, but the log has {}: events from {} on are gone",
                                    source.first, size, frontier.size(), frontier.size() + 1));
    }
};

/// Leaf by leaf against its event; the walk of verify_database.
class DatabaseWalk {
  public:
    DatabaseWalk(db::Database& database, Examination& examination) : database_(database), e_(examination) {}

    void run() {
        e_.meet();
        for (;;) {
            const db::Lease session = database_.reader();
            const db::Snapshot snapshot(*session);
            const auto leaves = list_leaves(*session, last_, events_at_once);
            if (leaves.empty()) break;
            auto events = ledger::read_raw_events(*session, last_, events_at_once);
            auto event = events.begin();
            for (const Leaf& leaf : leaves) {
                while (event != events.end() && event->position < leaf.position) ++event;
                const bool there = event != events.end() && event->position == leaf.position;
                step(*session, leaf, there ? &*event : nullptr);
            }
        }
        // Behind the last leaf: committed a moment ago.
        for (std::int64_t position = last_;;) {
            const auto events = ledger::read_raw_events(*database_.reader(), position, events_at_once);
            if (events.empty()) break;
            position = events.back().position;
            e_.verdict.unsequenced += events.size();
            e_.verdict.events += events.size();
        }
    }

  private:
    void step(db::Session& session, const Leaf& leaf, const RawEvent* event) {
        if (leaf.position != last_ + 1)
            e_.false_event(last_ + 1, fmt::format("the leaf of event {} is gone", last_ + 1));
        last_ = leaf.position;
        if (!event) {
            e_.false_event(leaf.position, fmt::format("event {} is gone", leaf.position));
        } else {
            ++e_.verdict.events;
            const auto hash = hash_of(session, leaf, *event);
            if (!hash || *hash != leaf.hash)
                e_.false_event(leaf.position, fmt::format("event {} is not what was logged", leaf.position));
        }
        e_.frontier.append(leaf.hash, [&](const merkle::Node& node, const merkle::Hash& hash) {
            if (node.level > 0 && node.level % merkle::tile_height == 0) check_node(session, node, hash);
        });
        e_.meet();
    }

    std::optional<merkle::Hash> hash_of(db::Session& session, const Leaf& leaf, const RawEvent& event) {
        const auto members = split_members(event.data);
        if (!members) return std::nullopt;
        Openings openings;
        if (!leaf.secret.bytes.empty()) {
            openings = derive_openings(leaf.secret, members->size());
        } else {
            ++e_.verdict.erased;
            const auto erasure = find_erasure(session, event.position);
            const auto json = erasure ? parse_json(erasure->openings) : fail(Errc::malformed, "json.malformed");
            if (!json || !json->is_object()) return std::nullopt;
            auto read = openings_from_json(json->get_object());
            if (!read) return std::nullopt;
            openings = std::move(*read);
        }
        const auto entry = make_entry(event, openings);
        if (!entry) return std::nullopt;
        return merkle::leaf_hash(to_text(*entry));
    }

    void check_node(db::Session& session, const merkle::Node& node, const merkle::Hash& hash) {
        const int level = node.level / merkle::tile_height;
        const merkle::TileName name{level, node.index / merkle::tile_width, node.index % merkle::tile_width + 1};
        const auto hashes = read_tile(session, name);
        if (hashes.size() != name.width || hashes.back() != hash)
            e_.fault(fmt::format("node {} of level {} is not what its leaves give", node.index, level));
    }

    db::Database& database_;
    Examination& e_;
    std::int64_t last_ = 0;
};

std::string day_text(std::int64_t day) { return format_day(LocalDay{std::chrono::days{day}}); }

}  // namespace

json::object to_json(const LedgerVerdict& verdict) {
    json::object object{{"sound", verdict.sound()},
                        {"events", verdict.events},
                        {"unsequenced", verdict.unsequenced},
                        {"erased", verdict.erased},
                        {"checkpoints", verdict.checkpoints}};
    if (verdict.head) {
        object.emplace("log", verdict.head->origin);
        object.emplace("size", verdict.head->size);
        object.emplace("root", merkle::to_base64(verdict.head->root.view()));
    }
    if (verdict.first_false) object.emplace("first_false", *verdict.first_false);
    json::array faults;
    for (const std::string& fault : verdict.faults) faults.emplace_back(fault);
    object.emplace("faults", std::move(faults));
    return object;
}

LedgerVerdict verify_database(db::Database& database, const std::optional<merkle::VerifierKey>& key,
                              const std::vector<KeptCheckpoint>& kept) {
    Examination examination;
    for (std::int64_t day = 0;;) {
        const auto stored = list_checkpoints(*database.reader(), day, days_at_once);
        for (const StoredCheckpoint& checkpoint : stored)
            examination.expect({"the stored checkpoint of " + day_text(checkpoint.day), checkpoint.note}, key, true);
        if (stored.empty()) break;
        day = stored.back().day + 1;
    }
    for (const KeptCheckpoint& one : kept) examination.expect(one, key, false);
    DatabaseWalk(database, examination).run();
    examination.finish();
    examination.verdict.head =
        merkle::Checkpoint{key ? key->name : "", examination.frontier.size(), examination.frontier.root(), {}};
    for (std::string& sentence : ledger::check_ledger(database)) examination.fault(std::move(sentence));
    return std::move(examination.verdict);
}

Result<LedgerVerdict> verify_published(const FetchFile& fetch, std::optional<merkle::VerifierKey> key,
                                       const std::vector<KeptCheckpoint>& kept) {
    if (!key) {
        std::string line = TRY(fetch("key"));
        if (line.ends_with('\n')) line.pop_back();
        key = TRY(merkle::parse_verifier_key(line));
    }
    const std::string text = TRY(fetch("checkpoint"));
    const merkle::Note note = TRY(merkle::parse_note(text));
    const merkle::Checkpoint head = TRY(merkle::open_checkpoint(note, *key));
    Examination examination;
    examination.verdict.head = head;
    examination.expect({"the log's checkpoint", text}, key, false);
    for (const KeptCheckpoint& one : kept) examination.expect(one, key, false);
    examination.meet();
    for (std::uint64_t index = 0; index * merkle::tile_width < head.size; ++index) {
        const merkle::TileName tile{0, index, merkle::width_at(0, index, head.size)};
        const merkle::TileName bundle{merkle::TileName::entries, index, tile.width};
        const std::string hashes = TRY(fetch(merkle::tile_path(tile)));
        const std::string bytes = TRY(fetch(merkle::tile_path(bundle)));
        const auto entries = TRY(merkle::decode_bundle(bytes));
        if (hashes.size() != tile.width * merkle::hash_bytes || entries.size() != tile.width)
            return fail(Errc::invalid, "transparency.tile_incomplete", {{"path", merkle::tile_path(tile)}});
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto position = static_cast<std::int64_t>(index * merkle::tile_width + i + 1);
            const merkle::Hash leaf = *merkle::to_hash(std::string_view(hashes).substr(i * merkle::hash_bytes, 32));
            const auto entry = parse_entry(entries[i]);
            if (merkle::leaf_hash(entries[i]) != leaf || !entry || entry->position != position)
                examination.false_event(position, fmt::format("event {} is not what was logged", position));
            ++examination.verdict.events;
            examination.frontier.append(leaf);
            examination.meet();
        }
    }
    examination.finish();
    return std::move(examination.verdict);
}

}  // namespace motcua::transparency
