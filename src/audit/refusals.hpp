// Refused requests of accounts as records: the first at once, those that follow within the pause are counted and come
// with the next, so that nobody fills the ledger by being refused. Visitors are no accounts: their failed sign-ins are
// counted by identity. Bounded memory.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "audit/records.hpp"
#include "http/dispatcher.hpp"
#include "ledger/committer.hpp"

namespace motcua::audit {

class Refusals {
  public:
    static constexpr std::chrono::minutes pause{10};  // between two records of one account
    static constexpr std::size_t accounts_max = 20'000;

    Refusals(ledger::Committer& committer, IdMaker& ids) : committer_(committer), ids_(ids) {}
    /// For http::DispatcherOptions::refused. Queues the record and does not wait for it.
    void note(const http::Exchange& exchange, const Error& error);

  private:
    struct Counted {
        std::int64_t since_record = 0;
        Instant recorded_at;
    };
    ledger::Committer& committer_;
    IdMaker& ids_;
    std::mutex mutex_;
    std::unordered_map<std::string, Counted> accounts_;
};

}  // namespace motcua::audit
