// Writes one group at a time on the writing connection, whatever happens: together, each with a savepoint, or each in a
// transaction of its own. Every request gets its outcome. Private to src/ledger; used by one thread at a time.
#pragma once

#include <atomic>
#include <span>

#include "base/check.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/recent_events.hpp"
#include "ledger/request.hpp"

namespace motcua::ledger {

/// Attempts of a group as a handful of statements, each without those that conflicted, before its write sets get
/// savepoints.
inline constexpr int joined_attempts_max = 4;

class GroupWriter {
  public:
    GroupWriter(db::Database& database, const CommitterHooks& hooks);

    /// An administrative change alone, or write sets; of a shared database, no stream and no key comes twice.
    void write(std::vector<Request*> requests);

    /// The end of the ledger after the last group; of a shared database, others may have written since.
    const Tail& tail() const { return tail_; }
    void set_tail(const Tail& tail) { tail_ = tail; }
    /// Filled where nobody else writes.
    RecentEvents& recent_events() { return recent_; }

    /// Settles those whose time is too far before the newest event's, and takes them out.
    void refuse_clock_behind(std::vector<Request*>& requests, const Tail& tail);
    std::int64_t clock_behind() const { return clock_behind_; }
    void report(std::string_view reason, std::string_view what) const;

    static Error unavailable(const Fault& fault);

  private:
    struct Applied {
        std::optional<Error> refused;
        bool dirty = false;  // refused after rows were changed: they have to be undone
    };
    enum class Savepoints { none, each };
    enum class GroupEnd { committed, dirty, broken };
    enum class JoinedEnd { settled, again, refused };

    void run_joined(std::vector<Request*>& part);
    JoinedEnd try_joined(std::vector<Request*>& part, int attempt);
    bool try_together(std::span<Request* const> requests);
    GroupEnd try_group(std::span<Request* const> group, Savepoints savepoints);
    void run_single(Request& request);
    void run_admin(Request& request);
    template <class Work>
    void guarded(Request& request, Work&& work);
    void begin();
    void roll_back();
    void settle(Request& request, Applied applied, const Tail& before, const Tail& after);
    bool is_clock_behind(const WriteSet& set, const Tail& tail);
    Applied apply(Request& request, Tail& tail);

    db::Database& database_;
    const CommitterHooks& hooks_;
    const bool shared_;
    Tail tail_;
    EventWriter events_;
    RecentEvents recent_;
    std::atomic<std::int64_t> clock_behind_{0};
};

}  // namespace motcua::ledger
