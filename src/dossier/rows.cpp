#include "dossier/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"
#include "dossier/personal.hpp"

namespace motcua::dossier {

namespace {

using db::Row;
using db::Statement;
using db::Value;

constexpr int own_at_once = 100;

constexpr Statement insert_dossier{
    "dossier.insert",
    "INSERT INTO dossier (id, version, last_event, status, code, procedure, channel, receiving_unit, competent_unit, "
    "owner,"
    " submitted_at, received_at, due_at, finished_at, returned_at, next_at, state)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"};
constexpr Statement update_dossier{
    "dossier.update",
    "UPDATE dossier SET version = $2, last_event = $3, status = $4, code = $5, procedure = $6, channel = $7,"
    " receiving_unit = $8, competent_unit = $9, owner = $10, submitted_at = $11, received_at = $12, due_at = $13,"
    " finished_at = $14, returned_at = $15, next_at = $16, state = $17 WHERE id = $1 AND version = $18"};
// The same where code and owner stay: SQLite rewrites the index of every column that is named, changed or not.
constexpr Statement update_dossier_unindexed{
    "dossier.update_unindexed",
    "UPDATE dossier SET version = $2, last_event = $3, status = $4, procedure = $5, channel = $6, receiving_unit = $7,"
    " competent_unit = $8, submitted_at = $9, received_at = $10, due_at = $11, finished_at = $12, returned_at = $13,"
    " next_at = $14, state = $15 WHERE id = $1 AND version = $16"};
constexpr std::ptrdiff_t code_column = 4, owner_column = 9;
constexpr Statement select_by_id{"dossier.by_id", "SELECT id, version, last_event, state FROM dossier WHERE id = $1"};
constexpr Statement select_by_code{"dossier.by_code",
                                   "SELECT id, version, last_event, state FROM dossier WHERE code = $1"};
constexpr Statement select_last_code{
    "dossier.last_code",
    "SELECT code FROM dossier WHERE code >= $1 AND code < $2 AND length(code) = $3 ORDER BY code DESC LIMIT 1"};
constexpr Statement select_own{"dossier.own",
                               "SELECT id, version, last_event, state FROM dossier WHERE owner = $1 AND id < $2"
                               " ORDER BY id DESC LIMIT $3"};
constexpr Statement insert_unclaimed{"dossier.insert_unclaimed",
                                     "INSERT INTO dossier_unclaimed (number_key, dossier_id) VALUES ($1, $2)"};
constexpr Statement delete_unclaimed{"dossier.delete_unclaimed",
                                     "DELETE FROM dossier_unclaimed WHERE number_key = $1 AND dossier_id = $2"};
constexpr Statement select_unclaimed{
    "dossier.unclaimed", "SELECT dossier_id FROM dossier_unclaimed WHERE number_key = $1 ORDER BY dossier_id LIMIT $2"};
constexpr Statement select_ids{"dossier.ids", "SELECT id FROM dossier WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr Statement select_columns{
    "dossier.columns",
    "SELECT id, version, last_event, status, code, procedure, channel, receiving_unit, competent_unit, owner, "
    "submitted_at,"
    " received_at, due_at, finished_at, returned_at, next_at, state FROM dossier WHERE id = $1"};

constexpr Statement insert_task{
    "task.insert",
    "INSERT INTO task (id, dossier_id, kind, name, role, unit_id, officer_id, opened_at, due_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr Statement delete_task{"task.delete", "DELETE FROM task WHERE dossier_id = $2 AND id = $1"};
constexpr Statement assign_task{"task.assign", "UPDATE task SET officer_id = $2 WHERE dossier_id = $3 AND id = $1"};
constexpr Statement move_task{"task.move", "UPDATE task SET due_at = $2 WHERE dossier_id = $3 AND id = $1"};
constexpr Statement select_tasks_of_unit{"task.of_unit",
                                         "SELECT id, dossier_id, due_at, role, officer_id FROM task WHERE unit_id = $1 "
                                         "AND (due_at > $2 OR (due_at = $2 AND id > $3))"
                                         " AND due_at < $4 ORDER BY due_at, id LIMIT $5"};
constexpr Statement select_tasks_of_officer{"task.of_officer",
                                            "SELECT id, dossier_id, due_at, role, officer_id FROM task WHERE "
                                            "officer_id = $1 AND (due_at > $2 OR (due_at = $2 AND id > $3))"
                                            " AND due_at < $4 ORDER BY due_at, id LIMIT $5"};
// The kinds are those of the partial index task_due, written as there, so that it serves.
constexpr Statement select_tasks_due{"task.due",
                                     "SELECT id, dossier_id, due_at, role, officer_id FROM task WHERE kind IN (4, 8)"
                                     " AND due_at <= $1 AND (due_at > $2 OR (due_at = $2 AND id > $3))"
                                     " ORDER BY due_at, id LIMIT $4"};
static_assert(static_cast<int>(TaskKind::supplement) == 4 && static_cast<int>(TaskKind::complete_draft) == 8);
constexpr Statement select_task_dossiers{"task.dossiers",
                                         "SELECT id, dossier_id FROM task WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr Statement select_pending_dossiers{"pending.dossiers",
                                            "SELECT id, dossier_id FROM pending WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr Statement select_task{
    "task.by_id",
    "SELECT id, dossier_id, kind, name, role, unit_id, officer_id, opened_at, due_at FROM task"
    " WHERE dossier_id = $2 AND id = $1"};
constexpr Statement select_lost_tasks{
    "task.lost",
    "SELECT t.id FROM task t LEFT JOIN dossier d ON d.id = t.dossier_id WHERE d.id IS NULL ORDER BY t.id LIMIT 100"};

constexpr Statement insert_pending{"pending.insert",
                                   "INSERT INTO pending (id, dossier_id, kind, key, element, name, correlation, "
                                   "due_at) VALUES ($1, $2, $3, $4, $5, $6,"
                                   " $7, $8)"};
constexpr Statement update_pending{
    "pending.update",
    "UPDATE pending SET element = $2, name = $3, correlation = $4, due_at = $5 WHERE dossier_id = $6 AND id = $1"};
constexpr Statement delete_pending{"pending.delete", "DELETE FROM pending WHERE dossier_id = $2 AND id = $1"};
constexpr Statement select_pending{"pending.by_id",
                                   "SELECT id, dossier_id, kind, key, element, name, correlation, due_at FROM pending "
                                   "WHERE dossier_id = $2 AND id = $1"};
constexpr Statement select_pending_due{
    "pending.due",
    "SELECT id, dossier_id, kind, due_at FROM pending WHERE due_at <= $1 AND (due_at > $2 OR (due_at = $2 AND id > $3))"
    " ORDER BY due_at, id LIMIT $4"};
constexpr Statement select_pending_named{
    "pending.named",
    "SELECT id, dossier_id, correlation FROM pending WHERE kind = $1 AND name = $2 AND id > $3 ORDER BY id LIMIT $4"};
constexpr Statement select_pending_correlated{
    "pending.correlated",
    "SELECT DISTINCT dossier_id FROM pending WHERE kind = $1 AND name = $2 AND correlation = $3 LIMIT $4"};
constexpr Statement select_lost_pending{
    "pending.lost",
    "SELECT p.id FROM pending p LEFT JOIN dossier d ON d.id = p.dossier_id WHERE d.id IS NULL ORDER BY p.id LIMIT 100"};
constexpr Statement insert_signal{
    "signal.insert", "INSERT INTO process_signal (id, dossier_id, name, variables) VALUES ($1, $2, $3, $4)"};
constexpr Statement select_signals{"signal.oldest",
                                   "SELECT id, dossier_id, name, variables FROM process_signal ORDER BY id LIMIT $1"};
constexpr Statement delete_signal{"signal.delete", "DELETE FROM process_signal WHERE id = $1"};

constexpr std::size_t state_bytes_usual = 16 << 10;  // of a dossier's state as a JSON value in memory

std::int64_t ms(Instant t) { return t.time_since_epoch().count(); }
Value time_or_null(const std::optional<Instant>& t) { return t ? Value{ms(*t)} : Value{}; }
template <class Tag>
Value id_or_null(Id<Tag> id) {
    return id ? Value{id.value} : Value{};
}

Dossier map_dossier(const db::Session& session, const Row& row) {
    // Read and forgotten here: most states fit a buffer on the stack.
    unsigned char buffer[state_bytes_usual];
    json::monotonic_resource memory(buffer);
    const auto state = parse_json(row.text(3), &memory);
    if (!state || !state->is_object()) throw Fault("ledger.corrupt", fmt::format("state of dossier {}", row.int64(0)));
    Dossier d = dossier_from_json(state->get_object());
    d.id = DossierId{row.int64(0)};
    d.head = {row.int64(1), row.int64(2)};
    open_parties(session, d);
    return d;
}
auto mapper(const db::Session& session) {
    return [&session](const Row& row) { return map_dossier(session, row); };
}

/// Column values 1..17 of the dossier's row; `last_event` is a slot.
db::Values columns(const Dossier& d) {
    std::optional<Instant> next;
    for (const Task& task : d.tasks) next = next ? std::min(*next, task.due) : task.due;
    for (const Pending& pending : d.pending)
        if (pending.due) next = next ? std::min(*next, *pending.due) : *pending.due;
    db::Values values;
    values.reserve(18);
    values.emplace_back(d.id.value);
    values.emplace_back(d.head.version);
    values.emplace_back(d.head.position);
    values.emplace_back(static_cast<std::int64_t>(d.status));
    values.push_back(d.code.empty() ? Value{} : Value{d.code});
    values.emplace_back(d.procedure);
    values.emplace_back(static_cast<std::int64_t>(d.channel));
    values.push_back(id_or_null(d.receiving_unit));
    values.push_back(id_or_null(d.competent_unit));
    values.push_back(id_or_null(d.owner));
    values.push_back(time_or_null(d.submitted));
    values.push_back(time_or_null(d.received));
    values.push_back(d.clock ? Value{ms(d.clock->due)} : Value{});
    values.push_back(time_or_null(d.finished));
    values.push_back(time_or_null(d.returned));
    values.push_back(time_or_null(next));
    unsigned char buffer[state_bytes_usual];
    json::monotonic_resource memory(buffer);
    values.emplace_back(json::serialize(to_json(d, &memory)));
    return values;
}

db::Values task_values(const Dossier& d, const Task& task) {
    return {task.id,
            d.id.value,
            static_cast<std::int64_t>(task.kind),
            task.name,
            task.role,
            task.unit.value,
            id_or_null(task.officer),
            ms(task.opened),
            ms(task.due)};
}

db::Values pending_values(const Dossier& d, const Pending& p) {
    return {p.id,          d.id.value,         static_cast<std::int64_t>(p.kind), p.key, p.element, p.name,
            p.correlation, time_or_null(p.due)};
}

/// Who could come and follow it: the key of the applicant's number once it is filed and nobody does; empty otherwise.
std::string_view unclaimed_number(const Dossier& d) {
    return d.owner || !d.submitted ? std::string_view() : std::string_view(d.applicant.number_key);
}

struct TaskKey {
    std::int64_t id, dossier, due;
    std::string role;
};
TaskKey map_key(const Row& row) { return {row.int64(0), row.int64(1), row.int64(2), std::string(row.text(3))}; }

/// One round trip for all of them where the database is elsewhere.
std::vector<TaskLine> with_dossiers(db::Session& session, const std::vector<TaskKey>& keys) {
    std::vector<db::Values> ids;
    ids.reserve(keys.size());
    for (const TaskKey& key : keys) ids.push_back({key.dossier});
    std::vector<TaskLine> lines;
    lines.reserve(keys.size());
    session.each_of(select_by_id, ids, [&](std::size_t place, const Row& row) {
        Dossier dossier = map_dossier(session, row);
        const Task* task = dossier.find_task(keys[place].id);
        if (!task) return;  // done between the two reads
        Task copy = *task;
        lines.push_back({std::move(copy), std::move(dossier)});
    });
    return lines;
}

/// A row as it would be bound again; `kinds` has a letter a column: i whole number, t text.
db::Values values_of(const db::Row& row, std::string_view kinds) {
    db::Values values;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const int column = static_cast<int>(i);
        if (row.is_null(column))
            values.emplace_back();
        else if (kinds[i] == 't')
            values.emplace_back(std::string(row.text(column)));
        else
            values.emplace_back(row.int64(column));
    }
    return values;
}

}  // namespace

Result<Dossier> get_dossier(db::Session& session, DossierId id) {
    auto found = session.find_one(select_by_id, {id.value}, mapper(session));
    if (!found) return fail(Errc::not_found, "dossier.not_found");
    return std::move(*found);
}

std::optional<Dossier> find_dossier_by_code(db::Session& session, std::string_view typed) {
    std::string code;  // as people type it off a receipt
    for (char c : typed)
        if (c != ' ') code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return session.find_one(select_by_code, {std::string(code)}, mapper(session));
}

Result<Dossier> get_dossier(db::Session& session, std::string_view code_or_id) {
    if (auto id = parse_id(code_or_id))
        if (auto by_id = get_dossier(session, DossierId{*id})) return by_id;
    if (auto by_code = find_dossier_by_code(session, code_or_id)) return std::move(*by_code);
    return fail(Errc::not_found, "dossier.not_found");
}

std::optional<ledger::RowChange> unclaim_row(const Dossier& d) {
    const auto number = unclaimed_number(d);
    if (number.empty()) return std::nullopt;
    return ledger::RowChange{&delete_unclaimed, {std::string(number), d.id.value}, {}, 1};
}

std::vector<DossierId> list_unclaimed(db::Session& session, std::string_view id_number, int limit) {
    return session.list(select_unclaimed, {number_key(session.field_keys(), id_number), std::int64_t{limit}},
                        [](const Row& row) { return DossierId{row.int64(0)}; });
}

ledger::WriteSet make_write_set(const Dossier& before, const Dossier& after, std::vector<ledger::NewEvent> events,
                                ledger::Meta meta) {
    ledger::WriteSet set;
    set.kind = ledger::StreamKind::dossier;
    set.stream = before.id.value;
    set.head = before.head;
    set.meta = std::move(meta);
    set.events = std::move(events);

    db::Values values = columns(after);
    if (before.head.version == 0) {
        set.rows.push_back({&insert_dossier, std::move(values), {2}, 1});
    } else {
        const bool indexes_stay = before.code == after.code && before.owner == after.owner;
        if (indexes_stay) {
            values.erase(values.begin() + owner_column);
            values.erase(values.begin() + code_column);
        }
        values.emplace_back(before.head.version);
        set.rows.push_back({indexes_stay ? &update_dossier_unindexed : &update_dossier, std::move(values), {2}, 1});
    }
    if (unclaimed_number(before) != unclaimed_number(after)) {
        if (auto left = unclaim_row(before)) set.rows.push_back(*std::move(left));
        if (const auto number = unclaimed_number(after); !number.empty())
            set.rows.push_back({&insert_unclaimed, {std::string(number), after.id.value}, {}, 1});
    }
    for (const Task& task : before.tasks)
        if (!after.find_task(task.id)) set.rows.push_back({&delete_task, {task.id, before.id.value}, {}, 1});
    for (const Task& task : after.tasks) {
        const Task* old = before.find_task(task.id);
        if (!old)
            set.rows.push_back({&insert_task, task_values(after, task), {}, 1});
        else if (old->officer != task.officer)
            set.rows.push_back({&assign_task, {task.id, id_or_null(task.officer), before.id.value}, {}, 1});
        if (old && old->due != task.due)
            set.rows.push_back({&move_task, {task.id, ms(task.due), before.id.value}, {}, 1});
    }
    for (const Pending& pending : before.pending)
        if (std::ranges::find(after.pending, pending.id, &Pending::id) == after.pending.end())
            set.rows.push_back({&delete_pending, {pending.id, before.id.value}, {}, 1});
    for (const Pending& p : after.pending) {
        auto old = std::ranges::find(before.pending, p.id, &Pending::id);
        db::Values row = pending_values(after, p);
        if (old == before.pending.end())
            set.rows.push_back({&insert_pending, std::move(row), {}, 1});
        else if (row != pending_values(after, *old))
            set.rows.push_back({&update_pending,
                                {p.id, p.element, p.name, p.correlation, time_or_null(p.due), before.id.value},
                                {},
                                1});
    }
    for (const ledger::NewEvent& event : set.events)
        if (const json::array* signals = find_array(event.data, "signals"))
            for (const json::value& signal : *signals)
                set.rows.push_back(
                    signal_row({int_or(signal.as_object(), "id", 0), before.id, string_or(signal.as_object(), "name"),
                                *find_object(signal.as_object(), "variables")}));
    return set;
}

ledger::WriteSet make_write_set(const Dossier& before, ledger::NewEvent event, ledger::Meta meta) {
    ledger::StoredEvent stored{.stream = before.id.value,
                               .version = before.head.version + 1,
                               .type = std::string(event.type),
                               .meta = meta,
                               .data = std::move(event.data)};
    Dossier after = before;
    apply(after, stored);
    event.data = std::move(stored.data);
    return make_write_set(before, after, {std::move(event)}, std::move(meta));
}

ledger::RowChange signal_row(const Signal& signal) {
    return {&insert_signal, {signal.id, signal.from.value, signal.name, json::serialize(signal.variables)}, {}, 1};
}
ledger::RowChange signal_done_row(std::int64_t id) { return {&delete_signal, {id}, {}, -1}; }

std::vector<Signal> list_signals(db::Session& session, int limit) {
    return session.list(select_signals, {std::int64_t{limit}}, [](const Row& row) {
        Signal signal{row.int64(0), DossierId{row.find_int64(1).value_or(0)}, std::string(row.text(2)), {}};
        if (auto variables = parse_json(row.text(3)); variables && variables->is_object())
            signal.variables = std::move(variables->get_object());
        return signal;
    });
}

std::vector<PendingLine> list_due_pending(db::Session& session, Instant until,
                                          std::pair<std::int64_t, std::int64_t> after, int limit) {
    return session.list(select_pending_due, {ms(until), after.first, after.second, std::int64_t{limit}},
                        [](const Row& row) {
                            return PendingLine{row.int64(0), DossierId{row.int64(1)},
                                               static_cast<PendingKind>(row.int64(2)), row.int64(3)};
                        });
}

std::vector<PendingLine> list_waiting(db::Session& session, PendingKind kind, std::string_view name, std::int64_t after,
                                      int limit) {
    return session.list(select_pending_named,
                        {static_cast<std::int64_t>(kind), std::string(name), after, std::int64_t{limit}},
                        [&](const Row& row) {
                            return PendingLine{row.int64(0), DossierId{row.int64(1)}, kind, 0};
                        });
}

std::vector<DossierId> list_correlated(db::Session& session, std::string_view message, std::string_view correlation,
                                       int limit) {
    return session.list(select_pending_correlated,
                        {static_cast<std::int64_t>(PendingKind::message), std::string(message),
                         std::string(correlation), std::int64_t{limit}},
                        [](const Row& row) { return DossierId{row.int64(0)}; });
}

// "0001" has at least four digits; more than nine do not fit the counter.
constexpr std::size_t serial_digits_min = 4, serial_digits_max = 9;

int find_last_serial(db::Session& session, std::string_view prefix) {
    std::string end(prefix);
    end.back() = static_cast<char>(end.back() + 1);
    // Longer serials are greater ones, but sort before them: look from the longest on.
    for (std::size_t digits = serial_digits_max; digits >= serial_digits_min; --digits) {
        auto code = session.find_one(select_last_code,
                                     {std::string(prefix), end, static_cast<std::int64_t>(prefix.size() + digits)},
                                     [](const Row& row) { return std::string(row.text(0)); });
        if (code) return std::atoi(code->c_str() + prefix.size());
    }
    return 0;
}

std::vector<TaskLine> list_tasks(db::Session& session, const WorklistQuery& query) {
    CHECK(query.units.size() <= std::size_t{worklist_units_max}, "too many units in one worklist");
    std::vector<TaskKey> keys;
    const auto begin = query.after.value_or(std::pair<std::int64_t, std::int64_t>{ms(query.due_from), 0});
    const std::int64_t batch = query.limit;
    auto wanted = [&](const Row& row) {
        if (query.officer && row.find_int64(4) != query.officer->value) return false;
        return query.roles.empty() || std::ranges::find(query.roles, row.text(3)) != query.roles.end();
    };
    // One range of the index a unit; roles are filtered here, so a range is read on until it gave a page.
    auto read_range = [&](const Statement& statement, std::int64_t owner) {
        auto [due, id] = begin;
        for (std::int64_t found = 0, read = batch; found < query.limit && read == batch;) {
            read = 0;
            session.each(statement, db::Values{owner, due, id, ms(query.due_to), batch}, [&](const Row& row) {
                ++read;
                id = row.int64(0);
                due = row.int64(2);
                if (!wanted(row)) return;
                ++found;
                keys.push_back(map_key(row));
            });
        }
    };
    if (query.officer && query.units.empty()) {
        read_range(select_tasks_of_officer, query.officer->value);
    } else {
        for (UnitId unit : query.units) read_range(select_tasks_of_unit, unit.value);
        std::ranges::sort(keys, {}, [](const TaskKey& k) { return std::pair(k.due, k.id); });
    }
    if (keys.size() > static_cast<std::size_t>(query.limit)) keys.resize(static_cast<std::size_t>(query.limit));
    return with_dossiers(session, keys);
}

std::vector<TaskLine> list_due_tasks(db::Session& session, Instant until, std::pair<std::int64_t, std::int64_t> after,
                                     int limit) {
    auto keys = session.list(select_tasks_due, {ms(until), after.first, after.second, std::int64_t{limit}}, map_key);
    return with_dossiers(session, keys);
}

std::vector<std::pair<std::int64_t, DossierId>> list_owed(db::Session& session, Owed owed, std::int64_t after,
                                                          int limit) {
    return session.list(owed == Owed::task ? select_task_dossiers : select_pending_dossiers,
                        {after, std::int64_t{limit}},
                        [](const Row& row) { return std::pair(row.int64(0), DossierId{row.int64(1)}); });
}

std::vector<Dossier> list_own(db::Session& session, PersonId owner, std::optional<DossierId> before, int limit) {
    return session.list(select_own, {owner.value, before ? before->value : INT64_MAX, std::int64_t{limit}},
                        mapper(session));
}

void each_own(db::Session& session, PersonId owner, std::optional<DossierId> before,
              const std::function<bool(Dossier&)>& look) {
    for (;;) {
        auto read = list_own(session, owner, before, own_at_once);
        for (Dossier& dossier : read) {
            before = dossier.id;
            if (!look(dossier)) return;
        }
        if (std::ssize(read) < own_at_once) return;
    }
}

std::vector<DossierId> list_ids(db::Session& session, DossierId after, int limit) {
    return session.list(select_ids, {after.value, std::int64_t{limit}},
                        [](const Row& row) { return DossierId{row.int64(0)}; });
}

std::vector<std::string> check_rows(db::Session& session, DossierId id) {
    std::vector<std::string> wrong;
    db::Values stored;
    session.each(select_columns, db::Values{id.value},
                 [&](const Row& row) { stored = values_of(row, "iiiittiiiiiiiiiit"); });
    if (stored.empty()) return {fmt::format("dossier {} has no row", format_id(id.value))};
    Dossier folded;
    folded.id = id;
    ledger::Head head{std::get<std::int64_t>(stored[1]), std::get<std::int64_t>(stored[2])};
    for (const auto& event : ledger::read_stream(session, ledger::StreamKind::dossier, id.value, head))
        apply(folded, event);
    db::Values expected = columns(folded);
    constexpr std::string_view names[] = {
        "id",      "version",        "last_event",     "status",  "code",         "procedure",
        "channel", "receiving_unit", "competent_unit", "owner",   "submitted_at", "received_at",
        "due_at",  "finished_at",    "returned_at",    "next_at", "state"};
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (expected[i] != stored[i])
            wrong.push_back(fmt::format("dossier {}: column {} differs from the fold of its events",
                                        format_id(id.value), names[i]));
    for (const Task& task : folded.tasks) {
        db::Values row;
        session.each(select_task, db::Values{task.id, id.value},
                     [&](const Row& r) { row = values_of(r, "iiittiiii"); });
        if (row != task_values(folded, task))
            wrong.push_back(fmt::format("dossier {}: the row of task {} differs from the fold", format_id(id.value),
                                        format_id(task.id)));
    }
    for (const Pending& pending : folded.pending) {
        db::Values row;
        session.each(select_pending, db::Values{pending.id, id.value},
                     [&](const Row& r) { row = values_of(r, "iiitttti"); });
        if (row != pending_values(folded, pending))
            wrong.push_back(fmt::format("dossier {}: the row of what it waits for, {}, differs from the fold",
                                        format_id(id.value), format_id(pending.id)));
    }
    if (!is_closed(folded.status) && !folded.is_owned())
        wrong.push_back(fmt::format("dossier {} is open, but nobody owes it anything", format_id(id.value)));
    return wrong;
}

std::vector<std::string> check_task_rows(db::Session& session) {
    auto wrong = session.list(select_lost_tasks, {}, [](const Row& row) {
        return fmt::format("task {} belongs to no dossier", format_id(row.int64(0)));
    });
    session.each(select_lost_pending, db::Values{}, [&](const Row& row) {
        wrong.push_back(fmt::format("pending row {} belongs to no dossier", format_id(row.int64(0))));
    });
    return wrong;
}

}  // namespace motcua::dossier
