// What a program that shares its database knows of streams by itself: which have a write set on its way, and which
// version it made lately of which. Private to the committer, which guards it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"

namespace motcua::ledger {

struct StreamKey {
    StreamKind kind;
    std::int64_t stream;
    bool operator==(const StreamKey&) const = default;
};

struct StreamKeyHash {
    std::size_t operator()(const StreamKey& key) const {
        const auto kind = static_cast<std::uint64_t>(key.kind) << 56;
        return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(key.stream) ^ kind);
    }
};

class StreamHeads {
  public:
    static StreamKey key_of(const WriteSet& set) { return {set.kind, set.stream}; }

    bool is_on_its_way(const WriteSet& set) const { return !set.events.empty() && on_their_way_.contains(key_of(set)); }
    void set_out(const std::vector<StreamKey>& streams) { on_their_way_.insert(streams.begin(), streams.end()); }
    void arrive(const std::vector<StreamKey>& streams) {
        for (const StreamKey& stream : streams) on_their_way_.erase(stream);
    }

    /// Versions only grow: what was decided on an older one cannot pass its version check, and need not be asked.
    bool is_stale(const WriteSet& set) const {
        if (set.events.empty()) return false;
        const auto known = versions_.find(key_of(set));
        return known != versions_.end() && set.head.version < known->second;
    }
    void committed(const WriteSet& set) {
        if (set.events.empty()) return;
        const auto version = set.head.version + static_cast<std::int64_t>(set.events.size());
        const auto [known, is_new] = versions_.try_emplace(key_of(set), version);
        if (!is_new) {
            known->second = std::max(known->second, version);
            return;
        }
        order_.push_back(key_of(set));
        if (order_.size() <= kept_max) return;
        versions_.erase(order_.front());
        order_.pop_front();
    }

  private:
    static constexpr std::size_t kept_max = 2048;  // many more than are decided and not yet committed

    std::unordered_set<StreamKey, StreamKeyHash> on_their_way_;
    std::unordered_map<StreamKey, std::int64_t, StreamKeyHash> versions_;
    std::deque<StreamKey> order_;  // of `versions_`, the oldest first
};

/// No stream and no key twice, so that the rows of one kind can be one statement.
class Independent {
  public:
    bool add(const WriteSet& set) {
        if (!set.events.empty() && !streams_.insert(StreamHeads::key_of(set)).second) return false;
        return !set.answer || keys_.insert(set.answer->key).second;
    }

  private:
    std::unordered_set<StreamKey, StreamKeyHash> streams_;
    std::unordered_set<std::string_view> keys_;
};

}  // namespace motcua::ledger
