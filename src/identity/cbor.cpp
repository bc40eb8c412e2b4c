#include "identity/cbor.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace motcua::identity {

namespace {

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    std::optional<CborValue> value(int depth);
    std::size_t used() const { return at_; }

  private:
    enum Major { positive = 0, negative = 1, byte_string = 2, text_string = 3, array = 4, map = 5, simple = 7 };

    std::size_t left() const { return bytes_.size() - at_; }
    std::optional<std::uint8_t> byte() {
        if (left() == 0) return std::nullopt;
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    /// The number behind a head, in its shortest form.
    std::optional<std::uint64_t> number(std::uint8_t info);
    std::optional<std::string> string(std::uint64_t size);

    std::string_view bytes_;
    std::size_t at_ = 0;
};

std::optional<std::uint64_t> Reader::number(std::uint8_t info) {
    constexpr std::uint8_t small = 24, widest = 27;
    if (info < small) return info;
    if (info > widest) return std::nullopt;
    const int width = 1 << (info - small);
    std::uint64_t number = 0;
    for (int i = 0; i < width; ++i) {
        const auto next = byte();
        if (!next) return std::nullopt;
        number = number << 8 | *next;
    }
    const std::uint64_t least = width == 1 ? small : std::uint64_t{1} << (width * 4);
    return number < least ? std::nullopt : std::optional(number);
}

std::optional<std::string> Reader::string(std::uint64_t size) {
    if (size > left()) return std::nullopt;
    std::string text(bytes_.substr(at_, size));
    at_ += size;
    return text;
}

std::optional<CborValue> Reader::value(int depth) {
    const auto head = byte();
    if (!head || depth > cbor_depth_max) return std::nullopt;
    const auto major = static_cast<Major>(*head >> 5);
    const std::uint8_t info = *head & 0x1F;
    if (major == simple) {
        constexpr std::uint8_t no = 20, yes = 21, null = 22;
        if (info == no || info == yes) return CborValue{info == yes};
        return info == null ? std::optional(CborValue{std::monostate{}}) : std::nullopt;
    }
    const auto count = number(info);
    constexpr auto integer_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!count || *count > integer_max) return std::nullopt;
    switch (major) {
        case positive:
            return CborValue{static_cast<std::int64_t>(*count)};
        case negative:
            return CborValue{-1 - static_cast<std::int64_t>(*count)};
        case byte_string: {
            auto bytes = string(*count);
            return bytes ? std::optional(CborValue{CborBytes{*std::move(bytes)}}) : std::nullopt;
        }
        case text_string: {
            auto text = string(*count);
            return text && is_utf8(*text) ? std::optional(CborValue{*std::move(text)}) : std::nullopt;
        }
        case array: {
            if (*count > left()) return std::nullopt;  // each takes a byte at least
            CborArray items;
            for (std::uint64_t i = 0; i < *count; ++i) {
                auto item = value(depth + 1);
                if (!item) return std::nullopt;
                items.push_back(*std::move(item));
            }
            return CborValue{std::move(items)};
        }
        case map: {
            if (*count > left() || *count > cbor_members_max) return std::nullopt;
            CborMap members;
            for (std::uint64_t i = 0; i < *count; ++i) {
                auto key = value(depth + 1);
                if (!key || std::ranges::find(members, *key, &CborMember::key) != members.end()) return std::nullopt;
                auto member = value(depth + 1);
                if (!member) return std::nullopt;
                members.push_back({*std::move(key), *std::move(member)});
            }
            return CborValue{std::move(members)};
        }
        default:
            return std::nullopt;  // tags
    }
}

template <class Key>
const CborValue* find_member(const CborValue& value, const Key& key) {
    const auto* members = std::get_if<CborMap>(&value.value);
    if (!members) return nullptr;
    for (const auto& [name, member] : *members)
        if (const auto* own = std::get_if<Key>(&name.value); own && *own == key) return &member;
    return nullptr;
}

}  // namespace

bool CborValue::operator==(const CborValue& other) const { return value == other.value; }

const CborValue* CborValue::find(std::int64_t key) const { return find_member(*this, key); }
const CborValue* CborValue::find(std::string_view key) const { return find_member(*this, std::string(key)); }

std::optional<std::int64_t> CborValue::integer() const {
    const auto* number = std::get_if<std::int64_t>(&value);
    return number ? std::optional(*number) : std::nullopt;
}
const std::string* CborValue::text() const { return std::get_if<std::string>(&value); }
const std::string* CborValue::bytes() const {
    const auto* found = std::get_if<CborBytes>(&value);
    return found ? &found->bytes : nullptr;
}

std::optional<std::pair<CborValue, std::size_t>> read_cbor(std::string_view bytes) {
    Reader reader(bytes);
    auto value = reader.value(0);
    if (!value) return std::nullopt;
    return std::pair{*std::move(value), reader.used()};
}

}  // namespace motcua::identity
