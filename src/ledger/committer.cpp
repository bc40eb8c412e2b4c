// The group committer. A group is first tried without savepoints: a write set that conflicts at its version check has
// changed nothing and is simply left out. Only when a later row is refused does the group run again with a savepoint
// for each write set, and only when the database itself fails does each run in a transaction of its own.
// On a database that other servers write to as well, each transaction waits for its turn and reads the tail of the
// ledger anew; a group goes there in a handful of statements over arrays (try_joined).
#include "ledger/committer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <semaphore>
#include <set>
#include <thread>

#include "base/check.hpp"
#include "ledger/joined_group.hpp"
#include "ledger/ledger_rows.hpp"

namespace motcua::ledger {

namespace {

// Requests decided at nearly the same time may be written in another order; only more than this is a clock set back.
constexpr int answers_deleted_at_once = 500;
constexpr int joined_attempts_max = 4;
constexpr int serialization_attempts_max = 4;
constexpr auto watch_interval = std::chrono::milliseconds{50};

using AdminChange = std::function<Result<void>(AdminTransaction&)>;

struct Request {
    WriteSet set;
    std::vector<std::string> data;  // of the events, serialised on the caller's thread
    Completion done;
    Result<Committed> outcome = Committed{};
    // An administrative change instead of a write set; alive while its caller waits.
    std::string_view name;
    const AdminChange* change = nullptr;
    std::exception_ptr thrown;
};
using Batch = std::vector<std::unique_ptr<Request>>;

Error refusal(Errc code, std::string_view reason, std::vector<Param> params = {}) {
    return Error{code, std::string(reason), std::move(params), {}};
}

class AdminSession final : public AdminTransaction {
  public:
    AdminSession(db::WriteSession& session, FieldKeys* field_keys, Tail& tail, EventWriter& events)
        : session_(session), tail_(tail), events_(events) {
        use_field_keys(field_keys);
    }

    void each(const db::Statement& statement, std::span<const db::Value> values, const RowSink& sink) override {
        session_.each(statement, values, sink);
    }
    std::int64_t execute(const db::Statement& statement, std::span<const db::Value> values) override {
        return session_.execute(statement, values);
    }
    void script(std::string_view sql) override { session_.script(sql); }
    bool is_shared() const override { return session_.is_shared(); }
    void begin_snapshot() override {}
    void end_snapshot() override {}

    Head append(StreamKind kind, std::int64_t stream, Head head, const Meta& meta,
                std::span<const NewEvent> events) override {
        tail_.at = std::max(tail_.at, meta.at);
        for (const NewEvent& event : events) {
            std::string data = json::serialize(event.data);
            events_.insert(session_, tail_.position + 1, kind, stream, head.version + 1, head.position, event, tail_.at,
                           meta, data);
            head = {head.version + 1, ++tail_.position};
        }
        return head;
    }

  private:
    db::WriteSession& session_;
    Tail& tail_;
    EventWriter& events_;
};

class GroupCommitter final : public Committer {
  public:
    GroupCommitter(db::Database& database, CommitterHooks hooks)
        : database_(database), hooks_(std::move(hooks)), shared_(database.is_shared()) {
        tail_ = read_tail(*database_.reader());
        last_position_ = tail_.position;
        thread_ = std::thread([this] { run(); });
        if (shared_) watcher_ = std::thread([this] { watch(); });
    }

    ~GroupCommitter() override { stop(); }

    void submit(WriteSet write_set, Completion done) override {
        auto request = prepare(std::move(write_set));
        request->done = std::move(done);
        enqueue(std::move(request));
    }

    void on_group(std::function<void()> hook) override {
        const std::lock_guard lock(mutex_);
        auto more = std::make_shared<std::vector<std::function<void()>>>(*group_hooks_);
        more->push_back(std::move(hook));
        group_hooks_ = std::move(more);
    }

    Result<Committed> commit(WriteSet write_set) override { return run_blocking(prepare(std::move(write_set))); }

    Result<void> write(std::string_view name, std::function<Result<void>(AdminTransaction&)> change) override {
        auto request = std::make_unique<Request>();
        request->name = name;
        request->change = &change;
        TRY(run_blocking(std::move(request)));
        return {};
    }

    std::int64_t last_position() const override { return last_position_; }

    CommitterStats stats() const override {
        CommitterStats stats;
        {
            const std::lock_guard lock(mutex_);
            stats.queued = static_cast<std::int64_t>(queue_.size());
        }
        stats.groups = groups_;
        stats.committed = committed_;
        stats.conflicts = conflicts_;
        stats.faults = faults_;
        stats.clock_behind = clock_behind_;
        return stats;
    }

    void stop() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        watch_.notify_all();
        const std::lock_guard one_stops(stop_mutex_);
        if (thread_.joinable()) thread_.join();
        if (watcher_.joinable()) watcher_.join();
    }

  private:
    struct Applied {
        std::optional<Error> refused;
        bool dirty = false;  // refused after rows were changed: they have to be undone
    };
    enum class Savepoints { none, each };
    enum class GroupEnd { committed, dirty, broken };
    enum class JoinedEnd { settled, again, refused };

    static std::unique_ptr<Request> prepare(WriteSet write_set) {
        CHECK(write_set.events.empty() || (!write_set.rows.empty() && write_set.rows.front().expect_rows == 1),
              "a write set with events begins with its version check");
        auto request = std::make_unique<Request>();
        request->set = std::move(write_set);
        request->data.reserve(request->set.events.size());
        for (const NewEvent& event : request->set.events) request->data.push_back(json::serialize(event.data));
        return request;
    }

    void enqueue(std::unique_ptr<Request> request) {
        std::string_view refused;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                refused = "ledger.stopped";
            } else if (queue_.size() >= commit_queue_max) {
                refused = "ledger.queue_full";
            } else {
                queue_.push_back(std::move(request));
            }
        }
        if (refused.empty()) {
            wake_.notify_one();
        } else {
            // Refused means not moved. NOLINTNEXTLINE(bugprone-use-after-move)
            request->done(fail(Errc::unavailable, refused));
        }
    }

    Result<Committed> run_blocking(std::unique_ptr<Request> request) {
        CHECK(writing_thread_.load() != std::this_thread::get_id(), "a completion must not wait for a commit");
        Result<Committed> outcome = Committed{};
        std::exception_ptr thrown;
        std::binary_semaphore finished{0};
        Request& mine = *request;
        request->done = [&](Result<Committed> result) {
            outcome = std::move(result);
            thrown = mine.thrown;
            finished.release();
        };
        bool writes_itself = false;
        {
            const std::lock_guard lock(mutex_);
            writes_itself = !stopping_ && !writing_ && queue_.empty();
            if (writes_itself) writing_ = true;
        }
        if (writes_itself) {
            // Nobody else writes: no need to pay for a hand-over to the thread and back.
            Batch batch;
            batch.push_back(std::move(request));
            process(batch);
            {
                const std::lock_guard lock(mutex_);
                writing_ = false;
            }
            wake_.notify_one();
        } else {
            enqueue(std::move(request));
        }
        finished.acquire();
        if (thrown) std::rethrow_exception(thrown);
        return outcome;
    }

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return !writing_ && (!queue_.empty() || stopping_); });
            if (queue_.empty()) return;
            Batch batch = take_batch();
            writing_ = true;
            lock.unlock();
            process(batch);
            batch.clear();
            lock.lock();
            writing_ = false;
        }
    }

    /// Write sets up to the limit or to the next administrative change, which stays alone.
    Batch take_batch() {
        Batch batch;
        while (!queue_.empty() && batch.size() < commit_group_max) {
            const bool admin = queue_.front()->change;
            if (admin && !batch.empty()) break;
            batch.push_back(std::move(queue_.front()));
            queue_.pop_front();
            if (admin) break;
        }
        return batch;
    }

    void process(Batch& batch) {
        writing_thread_ = std::this_thread::get_id();
        const auto started = std::chrono::steady_clock::now();
        if (batch.front()->change) {
            run_admin(*batch.front());
        } else {
            run_group(batch);
        }
        raise_last_position(tail_.position);
        ++groups_;
        for (const auto& request : batch) count(request->outcome);
        if (hooks_.group_committed) {
            hooks_.group_committed(batch.size(), std::chrono::duration_cast<std::chrono::microseconds>(
                                                     std::chrono::steady_clock::now() - started));
        }
        for (auto& request : batch) complete(*request);
        call_group_hooks();
        writing_thread_ = std::thread::id{};
    }

    void call_group_hooks() {
        std::shared_ptr<const std::vector<std::function<void()>>> group_hooks;
        {
            const std::lock_guard lock(mutex_);
            group_hooks = group_hooks_;
        }
        for (const auto& hook : *group_hooks) hook();
    }

    void raise_last_position(std::int64_t position) {
        std::int64_t known = last_position_;
        while (known < position && !last_position_.compare_exchange_weak(known, position)) continue;
    }

    /// Hears of what other servers committed. Whoever appends holds the turn to write until its commit, so what a
    /// reader sees has no gap, and nothing can still come before it.
    void watch() {
        bool away = false;
        std::unique_lock lock(mutex_);
        while (!watch_.wait_for(lock, watch_interval, [this] { return stopping_; })) {
            lock.unlock();
            try {
                const std::int64_t position = read_tail(*database_.reader()).position;
                if (position > last_position_) {
                    raise_last_position(position);
                    call_group_hooks();
                }
                away = false;
            } catch (const std::exception& failure) {
                if (!std::exchange(away, true)) report("ledger.unavailable", failure.what());
            }
            lock.lock();
        }
    }

    /// A completion that throws must not take the writer down with it.
    void complete(Request& request) {
        try {
            request.done(std::move(request.outcome));
        } catch (const std::exception& failure) {
            report("ledger.unavailable", failure.what());
        }
    }

    void count(const Result<Committed>& outcome) {
        if (outcome) {
            ++committed_;
        } else if (outcome.error().code == Errc::conflict) {
            ++conflicts_;
        } else if (outcome.error().code == Errc::unavailable) {
            ++faults_;
        }
    }

    void run_group(Batch& batch) {
        std::vector<Request*> requests;
        for (auto& request : batch) requests.push_back(request.get());
        if (shared_) {
            while (!requests.empty()) {
                std::vector<Request*> part = take_independent(requests);
                run_joined(part);
            }
            return;
        }
        if (requests.size() > 1) {
            GroupEnd end = try_group(requests, Savepoints::none);
            if (end == GroupEnd::dirty) end = try_group(requests, Savepoints::each);
            if (end == GroupEnd::committed) return;
        }
        for (Request* request : requests) run_single(*request);
    }

    /// Takes out what can be one statement a kind of row: no stream and no key twice.
    static std::vector<Request*> take_independent(std::vector<Request*>& requests) {
        std::vector<Request*> part;
        std::vector<Request*> rest;
        std::set<std::pair<StreamKind, std::int64_t>> streams;
        std::set<std::string_view> keys;
        for (Request* request : requests) {
            const WriteSet& set = request->set;
            const bool stream_free = set.events.empty() || streams.emplace(set.kind, set.stream).second;
            const bool fits = stream_free && (!set.answer || keys.insert(set.answer->key).second);
            (fits ? part : rest).push_back(request);
        }
        requests = std::move(rest);
        return part;
    }

    /// Settles all of them, together if it can be.
    void run_joined(std::vector<Request*>& part) {
        for (int attempt = 1; attempt <= joined_attempts_max && !part.empty(); ++attempt) {
            const JoinedEnd end = try_joined(part, attempt);
            if (end == JoinedEnd::settled) return;
            if (end == JoinedEnd::refused) break;
        }
        if (part.empty()) return;
        if (part.size() > 1 && try_group(part, Savepoints::each) == GroupEnd::committed) return;
        for (Request* request : part) run_single(*request);
    }

    /// One transaction, a statement for each kind of row. What conflicts is settled and leaves `part`; what could not
    /// be written together stays in it.
    JoinedEnd try_joined(std::vector<Request*>& part, int attempt) {
        try {
            begin();
            Tail tail = tail_;
            JoinedGroup group(tail);
            std::erase_if(part, [&](Request* request) {
                if (!is_clock_behind(request->set, tail)) return false;
                request->outcome = fail(Errc::unavailable, "ledger.clock_behind");
                return true;
            });
            for (Request* request : part) group.add(request->set, request->data);
            group.run(database_);
            std::vector<Request*> conflicting;
            for (std::size_t i = 0; i < part.size(); ++i)
                if (group.is_conflict(i)) conflicting.push_back(part[i]);
            if (!conflicting.empty()) {
                database_.rollback();
                for (Request* request : conflicting) request->outcome = fail(Errc::conflict, "ledger.version_conflict");
                std::erase_if(part, [&](Request* request) { return std::ranges::count(conflicting, request) > 0; });
                return JoinedEnd::again;
            }
            database_.commit();
            tail_ = group.tail();
            for (std::size_t i = 0; i < part.size(); ++i) part[i]->outcome = group.committed(i);
            return JoinedEnd::settled;
        } catch (const Fault& fault) {
            roll_back();
            const bool again = fault.reason() == "db.serialization" || fault.reason() == "db.unavailable";
            // A server that is back after a restart takes the group as if nothing had been; one that is away would let
            // each write set wait for itself.
            if (again && attempt < joined_attempts_max && !(fault.reason() == "db.unavailable" && attempt > 1))
                return JoinedEnd::again;
            report(fault.reason(), fault.what());
            for (Request* request : part) request->outcome = std::unexpected(unavailable(fault));
            return JoinedEnd::settled;
        } catch (const std::exception& failure) {
            roll_back();
            // A later row was refused: who it was shows when each has a savepoint.
            return JoinedEnd::refused;
        }
    }

    /// The turn to write; what other servers wrote meanwhile counts.
    void begin() {
        database_.begin();
        if (!shared_) return;
        const Instant latest = tail_.at;
        tail_ = read_tail(database_.writer());
        tail_.at = std::max(tail_.at, latest);
    }

    static Error unavailable(const Fault& fault) {
        return refusal(Errc::unavailable, fault.reason() == "db.disk_full" ? "ledger.disk_full" : "ledger.unavailable");
    }

    GroupEnd try_group(std::span<Request* const> group, Savepoints savepoints) {
        Tail tail;
        try {
            begin();
            tail = tail_;
            for (Request* request : group) {
                if (savepoints == Savepoints::each) database_.savepoint();
                const Tail before = tail;
                Applied applied = apply(*request, tail);
                // A trigger or constraint may have ended the transaction of all.
                if (!database_.in_transaction()) return GroupEnd::broken;
                if (applied.dirty) {
                    if (savepoints == Savepoints::none) {
                        database_.rollback();
                        return GroupEnd::dirty;
                    }
                    database_.rollback_to_savepoint();
                }
                if (savepoints == Savepoints::each) database_.release_savepoint();
                settle(*request, std::move(applied), before, tail);
            }
            database_.commit();
        } catch (const Fault& fault) {
            roll_back();
            if (fault.reason() != "db.outcome_unknown") return GroupEnd::broken;
            report(fault.reason(), fault.what());
            for (Request* request : group) request->outcome = std::unexpected(unavailable(fault));
            return GroupEnd::committed;
        } catch (const std::exception& failure) {
            roll_back();
            // The run of each alone will tell who it was, and report it.
            return GroupEnd::broken;
        }
        tail_ = tail;
        return GroupEnd::committed;
    }

    void run_single(Request& request) {
        guarded(request, [&] {
            begin();
            Tail tail = tail_;
            Applied applied = apply(request, tail);
            if (applied.refused) {
                roll_back();
            } else {
                database_.commit();
            }
            settle(request, std::move(applied), tail_, tail);
            tail_ = tail;
        });
    }

    void run_admin(Request& request) {
        guarded(request, [&] {
            begin();
            Tail tail = tail_;
            AdminSession session(database_.writer(), database_.has_field_keys() ? &database_.field_keys() : nullptr,
                                 tail, events_);
            Result<void> changed;
            try {
                changed = (*request.change)(session);
            } catch (const Fault&) {
                throw;
            } catch (const db::ConstraintViolation& violation) {
                changed = fail(Errc::conflict, "ledger.constraint", {{"constraint", violation.what()}});
            } catch (...) {
                roll_back();
                request.thrown = std::current_exception();
                return;
            }
            if (!changed) {
                roll_back();
                request.outcome = std::unexpected(changed.error());
                return;
            }
            CHECK(database_.in_transaction(), "{} ended its transaction", request.name);
            database_.commit();
            request.outcome = Committed{tail_.position + 1, tail.position, tail.at};
            tail_ = tail;
        });
    }

    /// Runs `work`; a fault of the database becomes the request's answer.
    template <class Work>
    void guarded(Request& request, Work&& work) {
        for (int attempt = 1;; ++attempt) {
            try {
                work();
            } catch (const Fault& fault) {
                roll_back();
                if (fault.reason() == "db.serialization" && attempt < serialization_attempts_max) continue;
                report(fault.reason(), fault.what());
                request.outcome = std::unexpected(unavailable(fault));
            } catch (const std::exception& failure) {
                roll_back();
                report("ledger.unavailable", failure.what());
                request.outcome = fail(Errc::unavailable, "ledger.unavailable");
            }
            return;
        }
    }

    void roll_back() {
        try {
            database_.rollback();
        } catch (const std::exception& failure) {
            report("ledger.unavailable", failure.what());
        }
    }

    void report(std::string_view reason, std::string_view what) {
        if (hooks_.fault) hooks_.fault(reason, what);
    }

    void settle(Request& request, Applied applied, const Tail& before, const Tail& after) {
        if (applied.refused) {
            request.outcome = std::unexpected(std::move(*applied.refused));
        } else if (request.set.events.empty()) {
            request.outcome = Committed{0, 0, request.set.meta.at};
        } else {
            request.outcome = Committed{before.position + 1, after.position, request.set.meta.at};
        }
    }

    bool is_clock_behind(const WriteSet& set, const Tail& tail) {
        if (set.events.empty() || set.meta.at + clock_tolerance >= tail.at) return false;
        ++clock_behind_;
        if (hooks_.clock_behind) hooks_.clock_behind(tail.at - set.meta.at);
        return true;
    }

    /// Writes one write set into the open transaction; moves `tail` only when all of it went in.
    Applied apply(Request& request, Tail& tail) {
        WriteSet& set = request.set;
        db::WriteSession& session = database_.writer();
        const auto count = static_cast<std::int64_t>(set.events.size());
        Tail after{tail.position + count, std::max(tail.at, set.meta.at), tail.answer};
        if (is_clock_behind(set, tail)) return {refusal(Errc::unavailable, "ledger.clock_behind")};
        if (set.answer) {
            if (const auto stored = find_stored_key(session, set.answer->key)) {
                return {refusal(Errc::conflict,
                                *stored == set.answer->key ? "ledger.repeated_key" : "ledger.unusable_key")};
            }
        }
        bool dirty = false;
        for (std::size_t i = 0; i < set.rows.size(); ++i) {
            RowChange& change = set.rows[i];
            for (const int slot : change.position_slots)
                change.values.at(static_cast<std::size_t>(slot)) = after.position;
            std::int64_t touched = 0;
            try {
                touched = session.execute(*change.statement, change.values);
            } catch (const db::ConstraintViolation& violation) {
                dirty = dirty || database_.refusal_spoils();
                if (i == 0) return {refusal(Errc::conflict, "ledger.version_conflict"), dirty};
                return {refusal(Errc::conflict, "ledger.constraint", {{"constraint", violation.what()}}), dirty};
            }
            dirty = dirty || touched > 0;
            if (change.expect_rows >= 0 && touched != change.expect_rows) {
                return {refusal(Errc::conflict, "ledger.version_conflict"), dirty};
            }
        }
        Head head = set.head;
        std::int64_t position = tail.position;
        for (std::size_t i = 0; i < set.events.size(); ++i) {
            events_.insert(session, ++position, set.kind, set.stream, head.version + 1, head.position, set.events[i],
                           set.meta.at, set.meta, request.data[i]);
            head = {head.version + 1, position};
        }
        if (set.answer) insert_answer(session, ++after.answer, after.at, *set.answer);
        tail = after;
        return {};
    }

    db::Database& database_;
    const CommitterHooks hooks_;
    const bool shared_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable watch_;
    std::deque<std::unique_ptr<Request>> queue_;
    std::shared_ptr<const std::vector<std::function<void()>>> group_hooks_ =
        std::make_shared<std::vector<std::function<void()>>>();
    bool writing_ = false;  // somebody holds the writing connection: the thread, or a caller of commit or write
    bool stopping_ = false;
    std::mutex stop_mutex_;
    std::atomic<std::thread::id> writing_thread_{};

    // The writer's own state; handed from writer to writer with `writing_`.
    Tail tail_;
    EventWriter events_;

    std::atomic<std::int64_t> last_position_{0};
    std::atomic<std::int64_t> groups_{0};
    std::atomic<std::int64_t> committed_{0};
    std::atomic<std::int64_t> conflicts_{0};
    std::atomic<std::int64_t> faults_{0};
    std::atomic<std::int64_t> clock_behind_{0};
    std::thread thread_;
    std::thread watcher_;  // of a shared database
};

}  // namespace

std::unique_ptr<Committer> make_committer(db::Database& database, CommitterHooks hooks) {
    return std::make_unique<GroupCommitter>(database, std::move(hooks));
}

Result<std::int64_t> forget_old_answers(Committer& committer, Instant now) {
    std::int64_t forgotten = 0;
    for (std::int64_t deleted = answers_deleted_at_once; deleted == answers_deleted_at_once; forgotten += deleted) {
        TRY(committer.write("ledger.forget_old_answers", [&](AdminTransaction& transaction) -> Result<void> {
            deleted = delete_answers(transaction, now - answers_kept, answers_deleted_at_once);
            return {};
        }));
    }
    return forgotten;
}

Result<Committed> run_command(db::Database& database, Committer& committer,
                              const std::function<Result<WriteSet>(db::Session&)>& prepare) {
    for (int attempt = 1;; ++attempt) {
        Result<WriteSet> write_set = [&] {
            const db::Lease session = database.reader();
            return prepare(*session);
        }();
        auto committed = committer.commit(TRY(std::move(write_set)));
        if (committed || attempt == decide_attempts_max) return committed;
        const std::string& reason = committed.error().reason;
        if (reason != "ledger.version_conflict" && reason != "ledger.constraint") return committed;
    }
}

}  // namespace motcua::ledger
