#include "ledger/recent_events.hpp"

#include <utility>

#include "ledger/upcast.hpp"

namespace motcua::ledger {

void RecentEvents::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
}

void RecentEvents::add(std::span<Request* const> committed) noexcept {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    for (Request* request : committed)
        if (request->outcome && !request->set.events.empty()) keep(*request);
}

void RecentEvents::keep(Request& request) {
    WriteSet& set = request.set;
    Write write{request.outcome->first_position,
                set.kind,
                set.stream,
                set.head,
                std::move(set.meta),
                std::move(set.memory),
                std::move(set.events),
                std::move(request.data)};
    for (const std::string& text : write.texts) write.bytes += text.size();
    // Nobody came for them, or events were written on another way (an administrative change).
    const bool full = events_ + write.events.size() > events_max || bytes_ + write.bytes > bytes_max;
    if (full || (!writes_.empty() && writes_.back().end() != write.first))
        while (!writes_.empty()) drop_first();
    events_ += write.events.size();
    bytes_ += write.bytes;
    writes_.push_back(std::move(write));
}

void RecentEvents::drop_first() {
    events_ -= writes_.front().events.size();
    bytes_ -= writes_.front().bytes;
    writes_.pop_front();
}

EventBatch RecentEvents::take(std::int64_t position, std::size_t limit) {
    std::vector<Write> taken;
    std::size_t count = 0;
    {
        const std::lock_guard lock(mutex_);
        while (!writes_.empty() && writes_.front().end() <= position + 1) drop_first();
        if (writes_.empty() || writes_.front().first > position + 1) return {};
        while (!writes_.empty() && count < limit) {
            count += writes_.front().events.size();
            taken.push_back(std::move(writes_.front()));
            events_ -= taken.back().events.size();
            bytes_ -= taken.back().bytes;
            writes_.pop_front();
        }
    }
    EventBatch batch;
    batch.events.reserve(count);
    for (Write& write : taken) {
        if (write.memory) batch.memory.push_back(std::move(write.memory));
        Head head = write.head;
        for (std::size_t i = 0; i < write.events.size(); ++i) {
            NewEvent& fresh = write.events[i];
            const std::int64_t at = write.first + static_cast<std::int64_t>(i);
            batch.events.push_back(StoredEvent{at, write.kind, write.stream, head.version + 1, std::string(fresh.type),
                                               fresh.schema, write.meta, std::move(fresh.data),
                                               EventRow{head.position, fresh.schema, std::move(write.texts[i])}});
            upcast(batch.events.back());
            head = {head.version + 1, at};
        }
    }
    return batch;
}

}  // namespace motcua::ledger
