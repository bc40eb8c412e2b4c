// Rule sets of the one-stop mechanism and the articles that a due time cites.
// Owns: which decree applies on a day, and the wording of references. Leaves out: counting (due.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "calendar/calendar_data.hpp"

namespace motcua::calendar {

/// Decrees on the one-stop mechanism; chosen by the day of reception and kept for the dossier's life.
enum class RuleSet : std::uint8_t {
    nd61,   // Decree 61/2018/NĐ-CP
    nd107,  // the same as amended by Decree 107/2021/NĐ-CP, from 2021-12-06
    nd118,  // Decree 118/2025/NĐ-CP, from 2025-07-01
};
std::string_view to_text(RuleSet rules);
/// "nd61", "nd107", "nd118".
std::optional<RuleSet> find_rule_set(std::string_view text);
RuleSet rule_set_on(LocalDay reception);

enum class Topic : std::uint8_t {
    reception,      // the clock starts with the receipt
    correction,     // a wrong result is corrected within 3 working days
    online_answer,  // 8 working hours to answer an online dossier
    supplement,     // the limit is counted again after a complete supplement
    forwarding,     // paper goes on the same day, after 15:00 the next
    extension,      // one new date, told a day before the old one
    same_day,       // "trong ngày"
    first_day,      // first day of a calendar period is not counted
    last_day,       // a period in days ends with its last day
    last_month,     // a period in months ends on the corresponding day
    last_day_off,   // a last day off moves to the next working day
    day_end,        // the last day ends at 24:00
};
/// Where it is written: "khoản 5 Điều 148 Bộ luật Dân sự 2015" and its English form.
Name article(RuleSet rules, Topic topic);
/// For a rest day in place of a holiday; the Labour Code of 2019 is in force from 2021.
Name compensation_article(LocalDay day);

}  // namespace motcua::calendar
