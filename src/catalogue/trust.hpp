// The publication rule: which limits and fees cannot be trusted. A version with such a flag is kept and shown to
// officers, but no dossier can be filed under it until someone has settled it (settle_procedure).
// Pure; reads a Procedure and what the reader of a record noticed while reading.
#pragma once

#include <vector>

#include "catalogue/procedure.hpp"

namespace motcua::catalogue {

// Flags raised while reading a record, because the text is gone afterwards:
inline constexpr std::string_view flag_limit_missing = "catalogue.limit_missing";        // a channel without any limit
inline constexpr std::string_view flag_limit_unit_other = "catalogue.limit_unit_other";  // a number without a unit
inline constexpr std::string_view flag_limit_unreadable = "catalogue.limit_unreadable";  // words instead of a number
inline constexpr std::string_view flag_fee_unreadable = "catalogue.fee_unreadable";
// Flags that follow from the parts:
inline constexpr std::string_view flag_limit_mixed_units = "catalogue.limit_mixed_units";  // days here, hours there
inline constexpr std::string_view flag_fee_too_small = "catalogue.fee_too_small";  // under 1.000 đ: "135" for 135.000
inline constexpr std::string_view flag_fee_currency = "catalogue.fee_currency";    // not in đồng
inline constexpr std::string_view flag_fee_contradicts =
    "catalogue.fee_contradicts_text";  // 10 or 100 times what its text says

inline constexpr Dong fee_min{1000};

/// The flags of the parts, each reason at most once for each different detail: no limit at all or none for a channel
/// that is offered, mixed units, fees under `fee_min`, in another currency or at odds with their own text. A version of
/// service level "information" without channels needs no limit.
std::vector<Flag> check_trust(const Procedure& procedure);

/// Adds flags that are not there yet.
void add_flags(std::vector<Flag>& flags, std::vector<Flag> more);

/// Sums of money named in a text, in đồng: "8.000 đồng/bản", "02 triệu đồng", "400000 Đồng".
std::vector<Dong> amounts_in_text(std::string_view text);

}  // namespace motcua::catalogue
