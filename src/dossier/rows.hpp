// Rows of dossiers and tasks: a pure projection of the state, so that `doctor` can compare them with the fold of the
// ledger. Cost of a change: one dossier row (about 1 KB), one row a task opened or closed, one event a decision.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dossier/dossier.hpp"
#include "ledger/committer.hpp"

namespace motcua::dossier {

/// The dossier as its row has it. Reason "dossier.not_found".
Result<Dossier> get_dossier(db::Session& session, DossierId id);
/// Letters in either case; spaces are ignored.
std::optional<Dossier> find_dossier_by_code(db::Session& session, std::string_view code);
/// By code or by 13-character id, as URLs name it. Reason "dossier.not_found".
Result<Dossier> get_dossier(db::Session& session, std::string_view code_or_id);

/// The write set that takes the rows of `before` (head {0, 0}: there are none) to those of `after`, which is what
/// `events` make of it.
ledger::WriteSet make_write_set(const Dossier& before, const Dossier& after, std::vector<ledger::NewEvent> events,
                                ledger::Meta meta);
/// The same for one event that no command decides.
ledger::WriteSet make_write_set(const Dossier& before, ledger::NewEvent event, ledger::Meta meta);

/// Takes the dossier from those that wait for their citizen; nullopt when it is not among them.
std::optional<ledger::RowChange> unclaim_row(const Dossier& dossier);
/// Filed dossiers of that applicant which no account follows, oldest first.
std::vector<DossierId> list_unclaimed(db::Session& session, std::string_view id_number, int limit);

/// The last serial used in codes that start with `prefix` ("H33.12-250701-"); 0 when none.
int find_last_serial(db::Session& session, std::string_view prefix);

enum class Urgency { all, due_soon, late };

/// What a worklist shows of a task.
struct TaskLine {
    Task task;
    Dossier dossier;
};

struct WorklistQuery {
    std::vector<UnitId> units;  // whose tasks; empty with `officer` set: any unit
    std::optional<OfficerId> officer;
    std::vector<std::string> roles;  // empty = any role
    Instant due_from = Instant{std::chrono::milliseconds{0}};
    Instant due_to = Instant::max();
    std::optional<std::pair<std::int64_t, std::int64_t>> after;  // (due, id) of the last line seen
    int limit = 50;
};
inline constexpr int worklist_units_max = 5000;

/// Sorted by due time. Cost: one index range a unit, one row a line.
std::vector<TaskLine> list_tasks(db::Session& session, const WorklistQuery& query);

/// Tasks that time alone may end (a draft, a supplement) and that are due up to `until`, oldest first: what the timer
/// job looks at. Other late work stays on its worklist.
std::vector<TaskLine> list_due_tasks(db::Session& session, Instant until, std::pair<std::int64_t, std::int64_t> after,
                                     int limit);

/// A line of what processes wait for.
struct PendingLine {
    std::int64_t id = 0;
    DossierId dossier;
    PendingKind kind = PendingKind::timer;
    std::int64_t due = 0;  // ms since 1970; 0 = none
};
/// Timers and calls due up to `until`, oldest first, after (due, id).
std::vector<PendingLine> list_due_pending(db::Session& session, Instant until,
                                          std::pair<std::int64_t, std::int64_t> after, int limit);
/// Who waits for a message or signal of that name, oldest first, after an id.
std::vector<PendingLine> list_waiting(db::Session& session, PendingKind kind, std::string_view name, std::int64_t after,
                                      int limit);
/// Dossiers that wait for that message with that correlation.
std::vector<DossierId> list_correlated(db::Session& session, std::string_view message, std::string_view correlation,
                                       int limit);

/// A signal on its way to everybody who waited for it when it was raised.
struct Signal {
    std::int64_t id = 0;
    DossierId from;  // has heard it already; none = raised from outside
    std::string name;
    json::object variables;
};
std::vector<Signal> list_signals(db::Session& session, int limit);
ledger::RowChange signal_row(const Signal& signal);
ledger::RowChange signal_done_row(std::int64_t id);

/// The way through all open dossiers: (id, dossier) of open tasks, or of what processes wait for, after `after`.
enum class Owed { task, pending };
std::vector<std::pair<std::int64_t, DossierId>> list_owed(db::Session& session, Owed owed, std::int64_t after,
                                                          int limit);

/// Dossiers of a person account, newest first; `before` is the id of the last one seen.
std::vector<Dossier> list_own(db::Session& session, PersonId owner, std::optional<DossierId> before, int limit);
/// Calls `look` with each of them, newest first, until it says false; `look` may move from what it is given. Cost: one
/// index range for every hundred.
void each_own(db::Session& session, PersonId owner, std::optional<DossierId> before,
              const std::function<bool(Dossier&)>& look);

/// Ids after `after`, in order: the way through all dossiers for doctor and follower rebuilds.
std::vector<DossierId> list_ids(db::Session& session, DossierId after, int limit);

/// What is wrong with one dossier's rows compared with the fold of its events: sentences in English, empty when right.
/// Also checks that an open dossier has an owner: a task, or an instant at which its process goes on by itself.
std::vector<std::string> check_rows(db::Session& session, DossierId id);
/// Task rows that belong to no dossier.
std::vector<std::string> check_task_rows(db::Session& session);

}  // namespace motcua::dossier
