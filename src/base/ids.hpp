// Strong ids. An id is 63 bits, time-ordered and made by the program: 41 bits of milliseconds since 2020-01-01,
// 22 bits that count up within a millisecond from a random start. Sorted by id is sorted by creation.
// Outside the program an id is 13 characters of Crockford base 32 (no I, L, O, U), so that a person can read it out.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace motcua {

template <class Tag>
struct Id {
    std::int64_t value = 0;  // 0 = none
    auto operator<=>(const Id&) const = default;
    explicit operator bool() const { return value != 0; }
};

using DossierId = Id<struct DossierTag>;
using UnitId = Id<struct UnitTag>;
using ProcedureId = Id<struct ProcedureTag>;
using PersonId = Id<struct PersonTag>;    // a citizen or business account
using OfficerId = Id<struct OfficerTag>;  // a staff account
using DocumentId = Id<struct DocumentTag>;

std::string format_id(std::int64_t value);
/// Reads 13 characters, either case; nullopt for anything else.
std::optional<std::int64_t> parse_id(std::string_view text);

template <class Tag>
std::string to_string(Id<Tag> id) {
    return format_id(id.value);
}

/// Makes ids; thread safe, strictly increasing, also when the clock stands still.
class IdMaker {
  public:
    IdMaker(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
    std::int64_t next();
    template <class IdType>
    IdType make() {
        return IdType{next()};
    }

  private:
    const Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    std::int64_t last_ = 0;
};

}  // namespace motcua

template <class Tag>
struct std::hash<motcua::Id<Tag>> {
    size_t operator()(motcua::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
