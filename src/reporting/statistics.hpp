// Statistics in memory, exact: one row a dossier in columns, fed by the ledger (architecture.md §3.6). Every figure is
// a count over rows and so opens into its dossiers. Rebuilt from the ledger at start; about 60 bytes a dossier. Owns
// the columns and the quarter's report. Leaves out who may see which unit's figures (api.cpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "dossier/dossier.hpp"
#include "ledger/follower.hpp"

namespace motcua::reporting {

/// Times as minutes since 1970 in UTC; `never` when it has not happened.
using Minute = std::int32_t;
inline constexpr Minute never = INT32_MAX;
Minute to_minute(Instant t);

/// What a report asks of one dossier.
struct Facts {
    dossier::Channel channel{};
    UnitId receiving_unit, competent_unit;
    Minute received = never, due = never, finished = never, returned = never;
    Minute closed = never;  // refused, withdrawn or stopped
    Minute stands = never;  // since when the legal clock stands still
    std::string_view code, procedure;

    /// As dossier::Dossier::is_late: time for which the clock stands still does not count.
    bool is_late(Minute as_of) const { return received != never && std::min({finished, stands, as_of}) > due; }
};

/// Thread safe: one writer (the follower), readers under a shared lock.
class Statistics {
  public:
    void apply(const ledger::StoredEvent& event);
    std::int64_t position() const;
    std::size_t size() const;
    /// Calls `visit` for every received dossier, in the order of their ids.
    void each(const std::function<void(const Facts&)>& visit) const;

  private:
    std::size_t row_of(std::int64_t stream);
    std::uint16_t index_of(std::vector<std::string>& names, std::unordered_map<std::string, std::uint16_t>& known,
                           const std::string& name);

    mutable std::shared_mutex mutex_;
    std::int64_t position_ = 0;
    std::unordered_map<std::int64_t, std::uint32_t> rows_;
    std::vector<std::int8_t> channel_;
    std::vector<std::uint16_t> procedure_;
    std::vector<std::int64_t> receiving_unit_, competent_unit_;
    std::vector<Minute> received_, due_, finished_, returned_, closed_, stands_;
    std::vector<std::string> code_;
    std::vector<std::string> procedures_;
    std::unordered_map<std::string, std::uint16_t> procedure_index_;
};

/// Keeps Statistics up with the ledger; a cursor in memory, from the beginning at each start.
class StatisticsFollower final : public ledger::Follower {
  public:
    explicit StatisticsFollower(Statistics& statistics) : statistics_(statistics) {}
    std::string_view name() const override { return "statistics"; }
    ledger::CursorKind cursor_kind() const override { return ledger::CursorKind::memory; }
    std::int64_t start_position() const override { return statistics_.position(); }
    void handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>& rows) override;

  private:
    Statistics& statistics_;
};

}  // namespace motcua::reporting
