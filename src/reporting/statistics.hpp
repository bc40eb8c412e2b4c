// Statistics in memory, exact: one row a dossier in columns, fed by the ledger (architecture.md §3.6). Every figure is
// a count over rows and so opens into its dossiers. Counted from the ledger, at a start from where
// stored_statistics.hpp left off; about 80 bytes a dossier. Owns the columns and the quarter's report. Leaves out who
// may see which unit's figures (api.cpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
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

    struct Dump {
        std::int64_t position = 0;
        std::string columns;
    };
    /// All of it as bytes, for restore() by the same program on the same kind of machine.
    Dump dump() const;
    /// The position in what dump() wrote.
    static std::optional<std::int64_t> position_of(std::string_view columns);
    /// False when it is not a whole dump; the statistics are then as empty as before. Only while they are empty.
    bool restore(std::string_view columns);

  private:
    struct Table {
        std::int64_t position = 0;
        std::unordered_map<std::int64_t, std::uint32_t> rows;  // by the dossier's id
        std::vector<std::int8_t> channel;
        std::vector<std::uint16_t> procedure;
        std::vector<std::int64_t> receiving_unit, competent_unit;
        std::vector<Minute> received, due, finished, returned, closed, stands;
        std::vector<std::string> code;
        std::vector<std::string> procedures;
        std::unordered_map<std::string, std::uint16_t> procedure_index;

        std::size_t row_of(std::int64_t stream);
        std::uint16_t procedure_of(const std::string& code);
    };
    /// The columns of plain numbers, the same for writing and reading.
    template <class AnyTable, class Visit>
    static void each_column(AnyTable& table, const Visit& visit);

    mutable std::shared_mutex mutex_;
    Table table_;
};

/// Keeps Statistics up with the ledger; a cursor in memory, from what they hold at the start.
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
