// Of several servers on one database one does what comes with time: legal dates, messages, checkpoints. It says so
// again before its turn runs out; when it goes away without a word, another takes over after at most `length`. A turn
// spares double work and a command run twice, no more: every job bears being done twice, for the clocks of servers may
// differ.
#pragma once

#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "ledger/committer.hpp"

namespace motcua::app {

class JobTurn {
  public:
    static constexpr std::chrono::seconds length{30};

    /// `holder` is this server, by a name that no other has.
    JobTurn(ledger::Committer& committer, std::string holder) : committer_(committer), holder_(std::move(holder)) {}

    /// Whether it is this server's turn, which it takes when nobody has it. Costs a transaction every third of
    /// `length`; false as well when the database does not answer.
    bool holds(Instant now);
    /// As the last answer of holds().
    bool held() const;
    /// Lets another begin at once.
    void give_up(Instant now);

  private:
    Result<bool> ask(Instant now, Instant until);

    ledger::Committer& committer_;
    const std::string holder_;
    mutable std::mutex mutex_;
    bool mine_ = false;
    Instant ask_at_{};
};

}  // namespace motcua::app
