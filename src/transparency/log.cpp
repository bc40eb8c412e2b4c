#include "transparency/log.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"
#include "transparency/log_rows.hpp"

namespace motcua::transparency {

namespace {

constexpr std::string_view sequencer_name = "transparency";
constexpr int hashes_at_once = 4096;

[[noreturn]] void corrupt(const std::string& what) { throw Fault("ledger.corrupt", what); }

merkle::Hash hash_event(const ledger::StoredEvent& event, const Secret& secret) {
    auto entry = make_entry(event, secret);
    if (!entry) corrupt(fmt::format("event {}: {}", event.position, entry.error().reason));
    return merkle::leaf_hash(to_text(*entry));
}

class Sequencer final : public ledger::Follower {
  public:
    Sequencer(db::Database& database, Random& random) : database_(database), random_(random) {}

    std::string_view name() const override { return sequencer_name; }
    bool parks() const override { return false; }

    void handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>& rows) override {
        const db::Lease session = database_.reader();
        const std::int64_t first = events.front().position;
        // What was prepared for a batch that was then not committed is forgotten here.
        if (next() != first || !is_current(*session)) load(*session);
        if (next() != first) corrupt(fmt::format("the log ends before event {}, but event {} comes", next(), first));
        merkle::Frontier frontier = frontier_;
        for (const ledger::StoredEvent& event : events) append(frontier, event, rows);
        frontier_ = std::move(frontier);
    }

  private:
    std::int64_t next() const { return static_cast<std::int64_t>(frontier_.size()) + 1; }

    /// Whether the last leaf is the one that was put there: another server may have sequenced the same events, with
    /// secrets of its own.
    bool is_current(db::Session& session) const {
        if (!session.is_shared() || frontier_.size() == 0) return true;
        const auto last = list_leaves(session, static_cast<std::int64_t>(frontier_.size()) - 1, 1);
        return !last.empty() && last[0].hash == last_hash_;
    }

    void load(db::Session& session) {
        const std::uint64_t size = count_leaves(session);
        merkle::TileNodes nodes = stored_nodes(session, size);
        frontier_ = merkle::Frontier::load(size, nodes.reader());
        if (size > 0) last_hash_ = list_leaves(session, static_cast<std::int64_t>(size) - 1, 1).at(0).hash;
    }

    void append(merkle::Frontier& frontier, const ledger::StoredEvent& event, std::vector<ledger::RowChange>& rows) {
        CHECK(event.position == static_cast<std::int64_t>(frontier.size()) + 1, "event {}", event.position);
        Leaf leaf{event.position, {}, {.bytes = std::string(secret_bytes, '\0')}};
        random_.fill(std::as_writable_bytes(std::span(leaf.secret.bytes)));
        leaf.hash = hash_event(event, leaf.secret);
        rows.push_back(insert_leaf(leaf));
        last_hash_ = leaf.hash;
        frontier.append(leaf.hash, [&](const merkle::Node& node, const merkle::Hash& hash) {
            if (node.level == 0 || node.level % merkle::tile_height != 0) return;
            rows.push_back(insert_node(node.level / merkle::tile_height, node.index, hash));
        });
    }

    db::Database& database_;
    Random& random_;
    merkle::Frontier frontier_;
    merkle::Hash last_hash_{};  // of the frontier's last leaf
};

}  // namespace

std::unique_ptr<ledger::Follower> make_sequencer(db::Database& database, Random& random) {
    return std::make_unique<Sequencer>(database, random);
}

Result<Openings> find_openings(db::Session& session, const RawEvent& event) {
    const auto leaves = list_leaves(session, event.position - 1, 1);
    if (leaves.empty() || leaves[0].position != event.position) return fail(Errc::not_found, "transparency.not_logged");
    if (!leaves[0].secret.bytes.empty())
        return derive_openings(leaves[0].secret, TRY(split_members(event.data)).size());
    const auto erasure = find_erasure(session, event.position);
    const auto json = erasure ? parse_json(erasure->openings) : fail(Errc::malformed, "transparency.opening_malformed");
    auto openings = json && json->is_object() ? openings_from_json(json->get_object())
                                              : fail(Errc::malformed, "transparency.opening_malformed");
    if (!openings) corrupt(fmt::format("event {}: what opens its leaf is gone", event.position));
    return openings;
}

Result<LoggedEvent> get_logged_event(db::Session& session, std::int64_t position) {
    auto events = ledger::read_raw_events(session, position - 1, 1);
    if (events.empty() || events[0].position != position) return fail(Errc::not_found, "transparency.not_logged");
    Openings openings = TRY(find_openings(session, events[0]));
    return LoggedEvent{std::move(events[0]), std::move(openings)};
}

merkle::TileNodes stored_nodes(db::Session& session, std::uint64_t size) {
    return {size, [&session](const merkle::TileName& name) {
                auto hashes = read_tile(session, name);
                if (hashes.size() != name.width) corrupt(fmt::format("{} is not whole", merkle::tile_path(name)));
                return hashes;
            }};
}

merkle::Checkpoint Log::checkpoint(db::Session& session) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t size = count_leaves(session);
    if (size < frontier_.size()) corrupt("leaves of the transparency log are gone");
    if (frontier_.size() == 0) {
        merkle::TileNodes nodes = stored_nodes(session, size);
        frontier_ = merkle::Frontier::load(size, nodes.reader());
    }
    while (frontier_.size() < size) {
        const auto wanted = std::min<std::uint64_t>(size - frontier_.size(), hashes_at_once);
        const auto leaves = list_leaves(session, static_cast<std::int64_t>(frontier_.size()), static_cast<int>(wanted));
        if (leaves.size() != wanted) corrupt("leaves of the transparency log are gone");
        for (const Leaf& leaf : leaves) frontier_.append(leaf.hash);
    }
    return {key_.verifier.name, frontier_.size(), frontier_.root(), {}};
}

merkle::Checkpoint Log::checkpoint_at(db::Session& session, std::uint64_t size) const {
    merkle::TileNodes nodes = stored_nodes(session, size);
    return {key_.verifier.name, size, merkle::tree_root(size, nodes.reader()), {}};
}

std::string Log::signed_note(db::Session& session, const merkle::Checkpoint& checkpoint) const {
    merkle::Note note{to_text(checkpoint), {}};
    note.signatures.push_back(merkle::sign(key_, note.text));
    std::string text = to_text(note);
    for (const StoredCosignature& cosignature : list_cosignatures(session, checkpoint.size))
        if (cosignature.text == note.text) text += cosignature.line;
    return text;
}

std::optional<std::string> Log::find_tile(db::Session& session, const merkle::TileName& name) const {
    // An index beyond any log would not fit the database's numbers.
    if (name.index > static_cast<std::uint64_t>(INT64_MAX) / merkle::tile_width - 1) return std::nullopt;
    if (name.level == merkle::TileName::entries) {
        const auto first = static_cast<std::int64_t>(name.index * merkle::tile_width);
        const auto entries = list_entries(session, first + 1, static_cast<int>(name.width));
        if (entries.size() != name.width) return std::nullopt;
        return merkle::encode_bundle(entries);
    }
    const auto hashes = read_tile(session, name);
    if (hashes.size() != name.width) return std::nullopt;
    std::string bytes;
    for (const merkle::Hash& hash : hashes) bytes += hash.view();
    return bytes;
}

std::vector<std::string> Log::list_entries(db::Session& session, std::int64_t first, int limit) const {
    std::vector<std::string> entries;
    const db::Snapshot snapshot(session);
    for (const RawEvent& event : ledger::read_raw_events(session, first - 1, limit)) {
        const auto openings = find_openings(session, event);
        if (!openings) break;  // not sequenced yet
        const auto entry = make_entry(event, *openings);
        // A row that was tampered with: what it says now is shown, and does not fit its leaf.
        entries.push_back(entry ? to_text(*entry) : entry.error().reason);
    }
    return entries;
}

Result<std::vector<ledger::RowChange>> Log::accept_cosignatures(db::Session& session, std::string_view text,
                                                                const std::vector<merkle::VerifierKey>& witnesses) {
    const merkle::Note note = TRY(merkle::parse_note(text));
    const merkle::Checkpoint claimed = TRY(merkle::parse_checkpoint(note.text));
    if (claimed.origin != key_.verifier.name || claimed.size > count_leaves(session) ||
        claimed != checkpoint_at(session, claimed.size))
        return fail(Errc::invalid, "transparency.not_our_checkpoint");
    std::vector<ledger::RowChange> rows;
    for (const merkle::VerifierKey& witness : witnesses)
        if (const merkle::Signature* signature = merkle::find_signature(note, witness))
            rows.push_back(insert_cosignature(
                {claimed.size, witness.name, note.text, merkle::to_line(*signature), merkle::signed_at(*signature)}));
    if (rows.empty()) return fail(Errc::invalid, "transparency.witness_unknown");
    return rows;
}

Result<void> Log::record(db::Database& database, ledger::Committer& committer, Instant now) {
    ledger::WriteSet set;
    {
        const db::Lease session = database.reader();
        const merkle::Checkpoint present = checkpoint(*session);
        const auto last = find_last_checkpoint(*session);
        if (present.size == 0 || (last && last->size >= present.size)) return {};
        const std::int64_t day = local_day(now).time_since_epoch().count();
        set.rows.push_back(upsert_checkpoint({day, present.size, signed_note(*session, present)}));
    }
    TRY(committer.commit(std::move(set)));
    return {};
}

std::string Log::find_fork(db::Session& session) const {
    const auto stored = find_last_checkpoint(session);
    if (!stored) return {};
    const auto note = merkle::parse_note(stored->note);
    const auto signed_before =
        note ? merkle::parse_checkpoint(note->text) : fail(Errc::malformed, "merkle.note_malformed");
    if (!signed_before) return "the stored checkpoint cannot be read";
    if (signed_before->origin != key_.verifier.name) return {};  // of a log that ended
    const std::uint64_t size = count_leaves(session);
    if (size < signed_before->size)
        return fmt::format("a checkpoint over {} events was signed, but only {} are there", signed_before->size, size);
    if (checkpoint_at(session, signed_before->size).root != signed_before->root)
        return fmt::format("the first {} events are not those of the signed checkpoint", signed_before->size);
    return {};
}

}  // namespace motcua::transparency
