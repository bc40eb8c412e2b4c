#include "merkle/tiles.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::merkle {

namespace {

constexpr std::size_t tiles_kept_max = 32;

std::string_view take_segment(std::string_view& path) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    return segment;
}

}  // namespace

std::optional<std::uint64_t> read_number(std::string_view text) {
    std::uint64_t number = 0;
    if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string tile_path(const TileName& name) {
    std::string path = name.level == TileName::entries ? "tile/entries/" : fmt::format("tile/{}/", name.level);
    std::string index = fmt::format("{:03}", name.index % 1000);
    for (std::uint64_t rest = name.index / 1000; rest > 0; rest /= 1000)
        index = fmt::format("x{:03}/", rest % 1000) + index;
    path += index;
    if (name.width < tile_width) path += fmt::format(".p/{}", name.width);
    return path;
}

std::optional<TileName> parse_tile_path(std::string_view path) {
    const std::string whole = "tile/" + std::string(path);
    TileName name;
    const std::string_view level = take_segment(path);
    if (level == "entries") {
        name.level = TileName::entries;
    } else {
        const auto number = read_number(level);
        if (!number || *number > tile_level_max) return std::nullopt;
        name.level = static_cast<int>(*number);
    }
    for (int segments = 0;; ++segments) {
        std::string_view digits = take_segment(path);
        const bool more = digits.starts_with('x');
        if (more) digits.remove_prefix(1);
        const bool partial = !more && digits.ends_with(".p");
        if (partial) digits.remove_suffix(2);
        unsigned group = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), group);
        // Seven groups would go beyond 64 bits.
        if (digits.size() != 3 || error != std::errc{} || end != digits.data() + 3 || segments == 6)
            return std::nullopt;
        name.index = name.index * 1000 + group;
        if (more) continue;
        if (partial) {
            const auto width = read_number(path);
            if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
            name.width = *width;
        } else if (!path.empty()) {
            return std::nullopt;
        }
        break;
    }
    // One name a tile: superfluous zeros and slashes are somebody else's.
    if (tile_path(name) != whole) return std::nullopt;
    return name;
}

std::uint64_t level_size(int level, std::uint64_t tree_size) {
    return level == TileName::entries ? tree_size : tree_size >> (level * tile_height);
}

std::uint64_t width_at(int level, std::uint64_t index, std::uint64_t tree_size) {
    const std::uint64_t hashes = level_size(level, tree_size);
    if (index > hashes / tile_width) return 0;
    return std::min(hashes - index * tile_width, tile_width);
}

std::vector<TileName> list_tiles(std::uint64_t tree_size) {
    std::vector<TileName> tiles;
    for (int level = TileName::entries; level <= tile_level_max; ++level)
        for (std::uint64_t index = 0; width_at(level, index, tree_size) > 0; ++index)
            tiles.push_back({level, index, width_at(level, index, tree_size)});
    return tiles;
}

std::string encode_bundle(const std::vector<std::string>& entries) {
    std::string bytes;
    for (const std::string& entry : entries) {
        CHECK(entry.size() <= entry_bytes_max, "an entry of {} bytes", entry.size());
        bytes += static_cast<char>(entry.size() >> 8);
        bytes += static_cast<char>(entry.size() & 0xff);
        bytes += entry;
    }
    return bytes;
}

Result<std::vector<std::string>> decode_bundle(std::string_view bytes) {
    std::vector<std::string> entries;
    while (!bytes.empty()) {
        if (bytes.size() < 2 || entries.size() == tile_width) return fail(Errc::malformed, "merkle.bundle_malformed");
        const std::size_t size =
            static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
        if (bytes.size() < 2 + size) return fail(Errc::malformed, "merkle.bundle_malformed");
        entries.emplace_back(bytes.substr(2, size));
        bytes.remove_prefix(2 + size);
    }
    return entries;
}

Hash TileNodes::operator()(int level, std::uint64_t index) {
    const int tile_level = level / tile_height;
    const int height = level % tile_height;  // of the node above the tile's hashes
    const std::uint64_t first = index << height;
    const TileName name{tile_level, first / tile_width, width_at(tile_level, first / tile_width, tree_size_)};
    const std::vector<Hash>& hashes = tile(name);
    const std::size_t offset = first % tile_width;
    const std::size_t count = std::size_t{1} << height;
    CHECK(offset + count <= hashes.size(), "node {}/{} is not in a tree of {}", level, index, tree_size_);
    std::vector<Hash> row(hashes.begin() + static_cast<std::ptrdiff_t>(offset),
                          hashes.begin() + static_cast<std::ptrdiff_t>(offset + count));
    for (; row.size() > 1; row.resize(row.size() / 2))
        for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
    return row.front();
}

const std::vector<Hash>& TileNodes::tile(const TileName& name) {
    const auto found = kept_.find(name);
    if (found != kept_.end()) return found->second;
    if (kept_.size() == tiles_kept_max) kept_.clear();
    return kept_.emplace(name, fetch_(name)).first->second;
}

}  // namespace motcua::merkle
