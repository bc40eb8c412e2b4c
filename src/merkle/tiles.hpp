// How a tree is cut into files that never change: C2SP tlog-tiles. A tile holds up to 256 hashes of one level (level L
// = complete subtrees of 256^L leaves); an entry bundle up to 256 entries, each after its length (16 bits, big-endian).
// Names, contents, and a NodeReader on top of tiles wherever they lie. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "merkle/tree.hpp"

namespace motcua::merkle {

/// A decimal number as the C2SP formats write it: without sign and leading zeros; nullopt for anything else.
std::optional<std::uint64_t> read_number(std::string_view text);

inline constexpr std::uint64_t tile_width = 256;
inline constexpr int tile_height = 8;
inline constexpr int tile_level_max = 63 / tile_height;
inline constexpr std::size_t entry_bytes_max = 65535;

struct TileName {
    static constexpr int entries = -1;  // as level: an entry bundle

    int level = 0;
    std::uint64_t index = 0;
    std::uint64_t width = tile_width;  // less: a partial one, the last of its level
    auto operator<=>(const TileName&) const = default;
};

/// "tile/0/x001/x234/067", "tile/entries/000.p/17".
std::string tile_path(const TileName& name);
/// Reads what follows "tile/"; nullopt unless it is exactly as tile_path writes it.
std::optional<TileName> parse_tile_path(std::string_view path);

/// Hashes in level `level` of a tree, and the width of its tile `index` (0 = there is none).
std::uint64_t level_size(int level, std::uint64_t tree_size);
std::uint64_t width_at(int level, std::uint64_t index, std::uint64_t tree_size);
/// Every tile or bundle that a tree of that size has, by level; for mirrors and checks.
std::vector<TileName> list_tiles(std::uint64_t tree_size);

std::string encode_bundle(const std::vector<std::string>& entries);
/// Reason: malformed "merkle.bundle_malformed".
Result<std::vector<std::string>> decode_bundle(std::string_view bytes);

/// The nodes of a tree of a given size, computed from its tiles. `fetch` gets names of tiles that the tree has, as wide
/// as they are at that size, and answers their hashes; what it throws passes through. Keeps the last few tiles.
class TileNodes {
  public:
    using Fetch = std::function<std::vector<Hash>(const TileName&)>;
    TileNodes(std::uint64_t tree_size, Fetch fetch) : tree_size_(tree_size), fetch_(std::move(fetch)) {}

    Hash operator()(int level, std::uint64_t index);
    NodeReader reader() {
        return [this](int level, std::uint64_t index) { return (*this)(level, index); };
    }

  private:
    const std::vector<Hash>& tile(const TileName& name);

    std::uint64_t tree_size_;
    Fetch fetch_;
    std::map<TileName, std::vector<Hash>> kept_;
};

}  // namespace motcua::merkle
