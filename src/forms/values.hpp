// Values of the domain, one string at a time: citizen id, old id, tax code, phone, e-mail, names, dates, numbers.
// Each function either gives the canonical notation or says what is wrong. Its twin is web/src/core/forms/values.ts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "forms/definition.hpp"

namespace motcua::forms {

/// What is wrong with one value: reason and the parameters of its sentence.
struct Flaw {
    std::string reason;
    std::vector<Param> params = {};
};
/// Either the canonical value or a flaw.
using Checked = std::expected<std::string, Flaw>;

/// White space that JavaScript's trim() removes, at both ends; NFC.
std::string clean_line(std::string_view text);
/// The same for several lines; line ends become \n.
std::string clean_area(std::string_view text);
std::size_t count_chars(std::string_view utf8);
/// Control characters other than those listed in `allowed`.
bool has_control(std::string_view utf8, std::string_view allowed);

/// 12 digits: place (province of 2016 or a country), century and sex, two digits of the birth year (Decree 137/2015,
/// Circular 59/2021/TT-BCA). "forms.citizen_id_digits", "…_place" {place}, "…_year" {year}.
Checked check_citizen_id(std::string_view text, LocalDay today);
/// Of a valid citizen id.
int birth_year_of(std::string_view citizen_id);
std::string_view sex_of(std::string_view citizen_id);  // "male" or "female"

Checked check_old_id(std::string_view text);
/// 10 digits with check digit, or 13 written "0101243150-001" (Circular 105/2020/TT-BTC art. 5). `personal` also takes
/// a citizen id, which is a person's tax code from 1 July 2025 (Circular 86/2024/TT-BTC).
Checked check_tax_code(std::string_view text, bool personal, LocalDay today);
/// Digits with the leading 0 ("0912345678", "02973812345"); "+…" for other countries.
Checked check_phone(std::string_view text, bool mobile, bool international);
Checked check_email(std::string_view text);
Checked check_person_name(std::string_view text, std::size_t chars_max);

/// A date known to the day, month or year: "2026-03-02", "2026-03", "2026"; years 1800 to 2199.
struct PartialDate {
    int year = 0;
    unsigned month = 0;  // 0: unknown
    unsigned day = 0;    // 0: unknown
    std::string text() const;
};
std::expected<PartialDate, Flaw> check_date(std::string_view text, Precision vaguest);
LocalDay resolve(const DateBound& bound, LocalDay today);
/// Compares as far as `date` is known.
int compare(const PartialDate& date, LocalDay day);

/// Vietnamese notation ("1.250.000", "12,5") or plain ("1250000", "12.5"). nullopt: neither.
std::optional<double> read_number(std::string_view text);
/// Plain notation without superfluous zeros: "12.5", "1250000"; what JavaScript's String(n) writes below 1e21.
std::string number_text(double number);

}  // namespace motcua::forms
