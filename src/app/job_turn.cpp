#include "app/job_turn.hpp"

namespace motcua::app {

namespace {

constexpr std::string_view turn_name = "jobs";

constexpr db::Statement take_turn{"app.take_turn", R"(
    INSERT INTO job_turn (name, holder, until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE job_turn.holder = excluded.holder OR job_turn.until < $4)"};

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }

}  // namespace

Result<bool> JobTurn::ask(Instant now, Instant until) {
    bool taken = false;
    TRY(committer_.write("job_turn", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        taken = transaction.execute(take_turn, db::Values{std::string(turn_name), holder_, milliseconds(until),
                                                          milliseconds(now)}) == 1;
        return {};
    }));
    return taken;
}

bool JobTurn::holds(Instant now) {
    const std::lock_guard lock(mutex_);
    if (now < ask_at_) return mine_;
    const auto answer = ask(now, now + length);
    mine_ = answer && *answer;
    ask_at_ = now + length / 3;
    return mine_;
}

bool JobTurn::held() const {
    const std::lock_guard lock(mutex_);
    return mine_;
}

void JobTurn::give_up(Instant now) {
    const std::lock_guard lock(mutex_);
    // What cannot be said now runs out by itself.
    if (mine_) static_cast<void>(ask(now, now - std::chrono::milliseconds{1}));
    mine_ = false;
}

}  // namespace motcua::app
