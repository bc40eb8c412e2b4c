// The newest committed events, kept in memory for followers that are close behind: they need not read and parse again
// what has just been written. Bounded, and never the only place: whoever is too far behind reads the ledger.
// Private to src/ledger.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/request.hpp"

namespace motcua::ledger {

/// Events and what their data live in.
struct EventBatch {
    std::vector<std::shared_ptr<json::monotonic_resource>> memory = {};
    std::vector<StoredEvent> events = {};
};

class RecentEvents {
  public:
    static constexpr std::size_t events_max = 4096;
    static constexpr std::size_t bytes_max = 8 << 20;  // of data as text

    /// Somebody will take them: from now on events are kept.
    void open();
    /// Right after their commit and in order of position. The events and their texts are taken out of the requests.
    void add(std::span<Request* const> committed) noexcept;
    /// Some of the events from the one after `position` on, in order, about `limit` of them; the first may stand before
    /// it. They and all before them are forgotten. Empty when they are not here.
    EventBatch take(std::int64_t position, std::size_t limit);

  private:
    struct Write {
        std::int64_t first = 0;  // position
        StreamKind kind{};
        std::int64_t stream = 0;
        Head head;
        Meta meta;
        std::shared_ptr<json::monotonic_resource> memory;
        std::vector<NewEvent> events;
        std::vector<std::string> texts;  // of their data
        std::size_t bytes = 0;

        std::int64_t end() const { return first + static_cast<std::int64_t>(events.size()); }
    };
    void keep(Request& request);
    void drop_first();

    std::mutex mutex_;
    bool open_ = false;
    std::deque<Write> writes_;  // without gaps
    std::size_t events_ = 0;    // in them
    std::size_t bytes_ = 0;
};

}  // namespace motcua::ledger
