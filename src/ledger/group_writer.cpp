// The ways in which a group is written. It is first tried without savepoints: a write set that conflicts at its version
// check has changed nothing and is simply left out. Only when a later row is refused does the group run again with a
// savepoint for each write set, and only when the database itself fails does each run in a transaction of its own.
// On a database that other servers write to as well, each transaction waits for its turn and reads the tail of the
// ledger anew; a group goes there in a handful of statements over arrays (try_joined).
#include "ledger/group_writer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "ledger/joined_group.hpp"

namespace motcua::ledger {

namespace {

constexpr int serialization_attempts_max = 4;

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

}  // namespace

GroupWriter::GroupWriter(db::Database& database, const CommitterHooks& hooks)
    : database_(database), hooks_(hooks), shared_(database.is_shared()), tail_(read_tail(*database.reader())) {}

void GroupWriter::write(std::vector<Request*> requests) {
    if (!requests.empty() && requests.front()->change) return run_admin(*requests.front());
    if (shared_) return run_joined(requests);
    if (!try_together(requests))
        for (Request* request : requests) run_single(*request);
    recent_.add(requests);
}

bool GroupWriter::try_together(std::span<Request* const> requests) {
    if (requests.size() < 2) return false;
    GroupEnd end = try_group(requests, Savepoints::none);
    if (end == GroupEnd::dirty) end = try_group(requests, Savepoints::each);
    return end == GroupEnd::committed;
}

void GroupWriter::refuse_clock_behind(std::vector<Request*>& requests, const Tail& tail) {
    std::erase_if(requests, [&](Request* request) {
        if (!is_clock_behind(request->set, tail)) return false;
        request->outcome = fail(Errc::unavailable, "ledger.clock_behind");
        return true;
    });
}

// Settles all of them, together if it can be.
void GroupWriter::run_joined(std::vector<Request*>& part) {
    for (int attempt = 1; attempt <= joined_attempts_max && !part.empty(); ++attempt) {
        const JoinedEnd end = try_joined(part, attempt);
        if (end == JoinedEnd::settled) return;
        if (end == JoinedEnd::refused) break;
    }
    if (part.empty()) return;
    if (part.size() > 1 && try_group(part, Savepoints::each) == GroupEnd::committed) return;
    for (Request* request : part) run_single(*request);
}

// One transaction, a statement for each kind of row. What conflicts is settled and leaves `part`; what could not
// be written together stays in it.
GroupWriter::JoinedEnd GroupWriter::try_joined(std::vector<Request*>& part, int attempt) {
    JoinedGroup group(tail_);
    try {
        begin();
        group = JoinedGroup(tail_);
        refuse_clock_behind(part, tail_);
        for (Request* request : part) group.add(*request);
        group.run(database_);
        if (group.refuse_conflicting(part)) {
            database_.rollback();
            return JoinedEnd::again;
        }
        database_.commit();
        tail_ = group.tail();
        group.settle(part);
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
        return group.refuse_conflicting(part) ? JoinedEnd::again : JoinedEnd::refused;
    }
}

// The turn to write; what other servers wrote meanwhile counts.
void GroupWriter::begin() {
    if (!shared_) return database_.begin();
    const Instant latest = tail_.at;
    tail_ = begin_at_tail(database_);
    tail_.at = std::max(tail_.at, latest);
}

Error GroupWriter::unavailable(const Fault& fault) {
    return refusal(Errc::unavailable, fault.reason() == "db.disk_full" ? "ledger.disk_full" : "ledger.unavailable");
}

GroupWriter::GroupEnd GroupWriter::try_group(std::span<Request* const> group, Savepoints savepoints) {
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

void GroupWriter::run_single(Request& request) {
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

void GroupWriter::run_admin(Request& request) {
    guarded(request, [&] {
        begin();
        Tail tail = tail_;
        AdminSession session(database_.writer(), database_.has_field_keys() ? &database_.field_keys() : nullptr, tail,
                             events_);
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

// Runs `work`; a fault of the database becomes the request's answer.
template <class Work>
void GroupWriter::guarded(Request& request, Work&& work) {
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

void GroupWriter::roll_back() {
    try {
        database_.rollback();
    } catch (const std::exception& failure) {
        report("ledger.unavailable", failure.what());
    }
}

void GroupWriter::report(std::string_view reason, std::string_view what) const {
    if (hooks_.fault) hooks_.fault(reason, what);
}

void GroupWriter::settle(Request& request, Applied applied, const Tail& before, const Tail& after) {
    if (applied.refused) {
        request.outcome = std::unexpected(std::move(*applied.refused));
    } else if (request.set.events.empty()) {
        request.outcome = Committed{0, 0, request.set.meta.at};
    } else {
        request.outcome = Committed{before.position + 1, after.position, request.set.meta.at};
    }
}

bool GroupWriter::is_clock_behind(const WriteSet& set, const Tail& tail) {
    if (set.events.empty() || set.meta.at + clock_tolerance >= tail.at) return false;
    ++clock_behind_;
    if (hooks_.clock_behind) hooks_.clock_behind(tail.at - set.meta.at);
    return true;
}

// Writes one write set into the open transaction; moves `tail` only when all of it went in.
GroupWriter::Applied GroupWriter::apply(Request& request, Tail& tail) {
    WriteSet& set = request.set;
    db::WriteSession& session = database_.writer();
    const auto count = static_cast<std::int64_t>(set.events.size());
    Tail after{tail.position + count, std::max(tail.at, set.meta.at), tail.answer};
    if (is_clock_behind(set, tail)) return {refusal(Errc::unavailable, "ledger.clock_behind")};
    if (set.answer) {
        if (const auto stored = find_stored_key(session, set.answer->key)) {
            return {
                refusal(Errc::conflict, *stored == set.answer->key ? "ledger.repeated_key" : "ledger.unusable_key")};
        }
    }
    bool dirty = false;
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
        RowChange& change = set.rows[i];
        for (const int slot : change.position_slots) change.values.at(static_cast<std::size_t>(slot)) = after.position;
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

}  // namespace motcua::ledger
