#include "dossier/redate.hpp"

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <mutex>

#include "base/check.hpp"

namespace motcua::dossier {

namespace {

constexpr int lines_at_once = 10'000;
constexpr std::size_t group = ledger::commit_group_max;
constexpr int events_at_once = 1000;

const ActorFacts system_actor{.officer = {}, .person = {}, .system = true};

/// Every open dossier is owed a task, or waits for something; both tables are as small as the work at hand.
std::vector<DossierId> list_open_dossiers(db::Database& database) {
    std::vector<DossierId> ids;
    auto session = database.reader();
    for (Owed owed : {Owed::task, Owed::pending})
        for (std::int64_t after = 0;;) {
            auto lines = list_owed(*session, owed, after, lines_at_once);
            for (const auto& [line, dossier] : lines) ids.push_back(dossier);
            if (lines.size() < lines_at_once) break;
            after = lines.back().first;
        }
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
}

MoveDeadline command_of(const definitions::LateNotice& notice) {
    return {notice.id, definitions::document_text(notice.notice.document)};
}

/// The write sets of one group, in flight together.
class Group {
  public:
    explicit Group(ledger::Committer& committer) : committer_(committer) {}

    void submit(ledger::WriteSet write, DossierId id) {
        {
            std::lock_guard lock(mutex_);
            ++waiting_;
        }
        committer_.submit(std::move(write), [this, id](Result<ledger::Committed> done) {
            std::lock_guard lock(mutex_);
            if (done)
                ++committed_;
            else if (done.error().code == Errc::conflict)
                again_.push_back(id);
            else
                failed_ = done.error();
            if (--waiting_ == 0) all_done_.notify_one();
        });
    }
    /// Waits for all; answers those that somebody else changed meanwhile, to be decided again.
    Result<std::vector<DossierId>> wait() {
        std::unique_lock lock(mutex_);
        all_done_.wait(lock, [this] { return waiting_ == 0; });
        if (failed_) return std::unexpected(*failed_);
        return std::exchange(again_, {});
    }
    std::int64_t committed() const { return committed_; }

  private:
    ledger::Committer& committer_;
    std::mutex mutex_;
    std::condition_variable all_done_;
    int waiting_ = 0;
    std::int64_t committed_ = 0;
    std::vector<DossierId> again_;
    std::optional<Error> failed_;
};

/// Decides for one dossier. nullopt when nothing moves or it is not there any more.
Result<std::optional<Change>> decide_move(db::Session& session, Service& service, DossierId id,
                                          const MoveDeadline& command, const ledger::Meta& meta, RedateReport& report) {
    auto dossier = get_dossier(session, id);
    if (!dossier) return std::optional<Change>{};
    ++report.examined;
    if (dossier->clock && dossier->clock->count.paused()) ++report.standing;
    auto change = TRY(service.change(session, *dossier, {command}, system_actor, meta));
    if (change.write.events.empty()) return std::optional<Change>{};
    return std::optional(std::move(change));
}

MovedDossier moved_from(DossierId id, const json::object& data, std::int64_t position) {
    MovedDossier moved;
    moved.id = id;
    moved.code = string_or(data, "code");
    moved.position = position;
    if (auto old_due = find_int(data, "old_due")) {
        moved.old_due = Instant{std::chrono::milliseconds{*old_due}};
        if (const json::object* clock = find_object(data, "clock")) moved.new_due = clock_from_json(*clock).due;
    }
    if (const json::array* tasks = find_array(data, "tasks")) moved.tasks = static_cast<int>(tasks->size());
    return moved;
}

}  // namespace

Result<RedateReport> move_deadlines(db::Database& database, ledger::Committer& committer, Service& service,
                                    const definitions::LateNotice& notice, const ledger::Meta& meta,
                                    const std::function<bool()>& stopping) {
    const MoveDeadline command = command_of(notice);
    RedateReport report;
    const auto ids = list_open_dossiers(database);
    for (std::size_t from = 0; from < ids.size(); from += group) {
        if (stopping()) {
            report.finished = false;
            return report;
        }
        std::vector<DossierId> now(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                   ids.begin() + static_cast<std::ptrdiff_t>(std::min(from + group, ids.size())));
        Group in_flight(committer);
        for (int attempt = 0; !now.empty(); ++attempt) {
            if (attempt == ledger::decide_attempts_max) return fail(Errc::unavailable, "ledger.version_conflict");
            RedateReport first;
            {
                auto session = database.reader();
                Result<void> decided;
                for (DossierId id : now) {
                    auto change = decide_move(*session, service, id, command, meta, first);
                    if (!change) {
                        decided = std::unexpected(change.error());
                        break;
                    }
                    if (*change) in_flight.submit(std::move((*change)->write), id);
                }
                auto again = in_flight.wait();  // the submitted ones refer to the group: never leave before
                TRY(decided);
                now = TRY(again);
            }
            if (attempt > 0) continue;
            report.examined += first.examined;
            report.standing += first.standing;
        }
        report.moved += in_flight.committed();
    }
    return report;
}

Result<RedateReport> apply_notice(db::Database& database, ledger::Committer& committer, Service& service,
                                  definitions::LateNotice& notice, const ledger::Meta& meta,
                                  const std::function<bool()>& stopping) {
    RedateReport report = TRY(move_deadlines(database, committer, service, notice, meta, stopping));
    // A command that was decided on the calendar of before may have been written meanwhile: look until nothing moves.
    for (std::int64_t moved = report.moved; report.finished && moved > 0;) {
        RedateReport next = TRY(move_deadlines(database, committer, service, notice, meta, stopping));
        moved = next.moved;
        report.moved += next.moved;
        report.finished = next.finished;
    }
    if (!report.finished || notice.applied) return report;
    auto session = database.reader();
    std::int64_t moved = std::ssize(list_moved(*session, notice, 0, INT_MAX));
    TRY(committer.commit(definitions::applied_write_set(notice, moved, meta)));
    notice = *definitions::find_notice(*database.reader(), notice.id);
    return report;
}

Result<std::vector<MovedDossier>> rehearse_move(db::Database& database, Service& service,
                                                const definitions::LateNotice& notice, const ledger::Meta& meta,
                                                RedateReport& report) {
    const MoveDeadline command = command_of(notice);
    std::vector<MovedDossier> moved;
    const auto ids = list_open_dossiers(database);
    auto session = database.reader();
    for (DossierId id : ids)
        if (auto change = TRY(decide_move(*session, service, id, command, meta, report)))
            moved.push_back(moved_from(id, change->write.events.front().data, 0));
    report.moved = std::ssize(moved);
    return moved;
}

std::vector<MovedDossier> list_moved(db::Session& session, const definitions::LateNotice& notice,
                                     std::int64_t after_position, int limit) {
    std::vector<MovedDossier> moved;
    std::int64_t position = std::max(after_position, notice.position);
    for (;;) {
        auto events = ledger::read_events(session, position, events_at_once);
        for (const ledger::StoredEvent& event : events) {
            position = event.position;
            if (event.kind != ledger::StreamKind::dossier || event.type != "deadline_moved" ||
                int_or(event.data, "notice", 0) != notice.id)
                continue;
            moved.push_back(moved_from(DossierId{event.stream}, event.data, event.position));
            if (std::ssize(moved) == limit) return moved;
        }
        if (events.size() < events_at_once) return moved;
    }
}

}  // namespace motcua::dossier
