#include "forms/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "forms/unicode.hpp"

namespace motcua::forms {

namespace {

bool is_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

std::string_view trim(std::string_view text) {
    std::size_t begin = text.size(), end = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t start = at;
        if (is_space(next_code_point(text, at))) continue;
        begin = std::min(begin, start);
        end = at;
    }
    return begin >= end ? std::string_view{} : text.substr(begin, end - begin);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }

std::string without(std::string_view text, std::string_view dropped) {
    std::string out;
    for (char c : text)
        if (!dropped.contains(c)) out += c;
    return out;
}

std::unexpected<Flaw> flaw(std::string_view reason, std::vector<Param> params = {}) {
    return std::unexpected(Flaw{std::string(reason), std::move(params)});
}

/// Province codes of citizen ids: the 63 provinces in being when the numbers were designed (Circular 07/2016/TT-BCA,
/// annex 1); mergers since then did not change numbers. Codes of countries, for people registered abroad, begin at 101.
bool is_place_code(int code) {
    static constexpr std::array<std::uint8_t, 63> provinces{
        1,  2,  4,  6,  8,  10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33,
        34, 35, 36, 37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66,
        67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96};
    return code > 100 ? code < 400 : std::ranges::binary_search(provinces, code);
}

int year_of(LocalDay day) { return static_cast<int>(std::chrono::year_month_day(day).year()); }

/// Letters of the Latin script with marks, as in names of Vietnamese and passport holders.
bool is_name_letter(char32_t c) {
    return (c < 0x80 && is_letter(static_cast<char>(c))) || (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) ||
           (c >= 0x1E00 && c <= 0x1EFF);
}

bool is_email_local(std::string_view text) {
    if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '.' && text[i + 1] == '.') return false;
        if (!is_letter(c) && !is_digit(c) && !std::string_view(".!#$%&'*+/=?^_`{|}~-").contains(c)) return false;
    }
    return true;
}

bool is_email_domain(std::string_view text) {
    std::size_t labels = 0;
    std::string_view last;
    while (true) {
        std::size_t dot = text.find('.');
        last = text.substr(0, dot);
        if (last.empty() || last.size() > 63 || last.front() == '-' || last.back() == '-') return false;
        if (!std::ranges::all_of(last, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; })) return false;
        ++labels;
        if (dot == std::string_view::npos) break;
        text.remove_prefix(dot + 1);
    }
    return labels >= 2 && last.size() >= 2 && std::ranges::all_of(last, is_letter);
}

}  // namespace

std::string clean_line(std::string_view text) { return std::string(trim(nfc(text))); }

std::string clean_area(std::string_view text) {
    std::string composed = nfc(text), lines;
    for (std::size_t i = 0; i < composed.size(); ++i) {
        if (composed[i] != '\r')
            lines += composed[i];
        else if (i + 1 == composed.size() || composed[i + 1] != '\n')
            lines += '\n';
    }
    return std::string(trim(lines));
}

std::size_t count_chars(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool has_control(std::string_view utf8, std::string_view allowed) {
    for (std::size_t at = 0; at < utf8.size();) {
        char32_t c = next_code_point(utf8, at);
        if (c < 0x80 && allowed.contains(static_cast<char>(c))) continue;
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
            return true;
    }
    return false;
}

Checked check_citizen_id(std::string_view text, LocalDay today) {
    std::string digits = without(text, " ");
    if (digits.size() != 12 || !all_digits(digits)) return flaw("forms.citizen_id_digits");
    int place = std::stoi(digits.substr(0, 3));
    if (!is_place_code(place)) return flaw("forms.citizen_id_place", {{"place", digits.substr(0, 3)}});
    if (int year = birth_year_of(digits); year > year_of(today))
        return flaw("forms.citizen_id_year", {{"year", std::to_string(year)}});
    return digits;
}

int birth_year_of(std::string_view citizen_id) {
    return 1900 + 100 * ((citizen_id[3] - '0') / 2) + 10 * (citizen_id[4] - '0') + (citizen_id[5] - '0');
}

std::string_view sex_of(std::string_view citizen_id) { return (citizen_id[3] - '0') % 2 == 0 ? "male" : "female"; }

Checked check_old_id(std::string_view text) {
    std::string digits = without(text, " ");
    if (digits.size() != 9 || !all_digits(digits)) return flaw("forms.old_id_digits");
    return digits;
}

Checked check_tax_code(std::string_view text, bool personal, LocalDay today) {
    std::string digits = without(text, " -");
    if (personal && digits.size() == 12 && all_digits(digits)) return check_citizen_id(digits, today);
    bool branch = digits.size() == 13;
    if (!all_digits(digits) || (digits.size() != 10 && !branch)) return flaw("forms.tax_code_digits");
    static constexpr std::array weights{31, 29, 23, 19, 17, 13, 7, 5, 3};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * (digits[i] - '0');
    if (10 - sum % 11 != digits[9] - '0' || (branch && digits.ends_with("000"))) return flaw("forms.tax_code_check");
    return branch ? digits.substr(0, 10) + "-" + digits.substr(10) : digits;
}

Checked check_phone(std::string_view text, bool mobile, bool international) {
    std::string digits = without(text, " .-()");
    if (digits.starts_with("+84"))
        digits = "0" + digits.substr(digits.starts_with("+840") ? 4 : 3);
    else if (digits.starts_with("84") && digits.size() >= 11)
        digits = "0" + digits.substr(2);
    if (digits.starts_with("+")) {
        bool plausible = digits.size() >= 8 && digits.size() <= 16 && all_digits(digits.substr(1)) && digits[1] != '0';
        if (international && plausible) return digits;
        return flaw("forms.phone_malformed");
    }
    if (digits.size() < 10 || digits.size() > 11 || !all_digits(digits) || digits[0] != '0')
        return flaw("forms.phone_malformed");
    char group = digits[1], next = digits[2];
    bool is_mobile = digits.size() == 10 &&
                     ((group == '3' && next >= '2') || (group == '5' && next >= '2') ||
                      (group == '7' && (next == '0' || next >= '6')) || (group == '8' && next >= '1') || group == '9');
    bool is_landline = digits.size() == 11 && group == '2' && digits.substr(1, 3) >= "203";
    if (mobile && is_landline) return flaw("forms.phone_mobile");
    if (!is_mobile && !is_landline) return flaw("forms.phone_malformed");
    return digits;
}

Checked check_email(std::string_view text) {
    std::size_t at = text.rfind('@');
    if (text.size() > 254 || at == std::string_view::npos || !is_email_local(text.substr(0, at)) ||
        !is_email_domain(text.substr(at + 1)))
        return flaw("forms.email_malformed");
    std::string out(text);
    std::ranges::transform(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(),
                           out.begin() + static_cast<std::ptrdiff_t>(at),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

Checked check_person_name(std::string_view text, std::size_t chars_max) {
    std::string out;
    std::size_t letters = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t start = at;
        char32_t c = next_code_point(text, at);
        if (is_space(c)) {
            if (!out.empty() && out.back() != ' ') out += ' ';
            continue;
        }
        bool mark = c == '\'' || c == 0x2019 || c == '-' || c == '.' || c == ',';
        if (!is_name_letter(c) && !mark)
            return flaw("forms.name_character", {{"character", std::string(text.substr(start, at - start))}});
        if (!mark) ++letters;
        out += text.substr(start, at - start);
    }
    if (letters == 0 || count_chars(out) < 2) return flaw("forms.name_too_short");
    if (count_chars(out) > chars_max) return flaw("forms.too_long", {{"max", std::to_string(chars_max)}});
    return out;
}

std::string PartialDate::text() const {
    std::string out = std::to_string(year);
    auto append = [&](unsigned part) { out += (part < 10 ? "-0" : "-") + std::to_string(part); };
    if (month) append(month);
    if (day) append(day);
    return out;
}

std::expected<PartialDate, Flaw> check_date(std::string_view text, Precision vaguest) {
    auto number = [&](std::size_t at, std::size_t length) {
        unsigned value = 0;
        std::from_chars(text.data() + at, text.data() + at + length, value);
        return value;
    };
    std::string shape(text);
    std::ranges::replace_if(shape, is_digit, '9');
    if (shape != "9999-99-99" && shape != "9999-99" && shape != "9999") return flaw("forms.date_malformed");
    PartialDate date{.year = static_cast<int>(number(0, 4))};
    if (text.size() >= 7) date.month = number(5, 2);
    if (text.size() == 10) date.day = number(8, 2);
    using namespace std::chrono;
    bool exists = date.year >= 1800 && date.year < 2200 && (text.size() < 7 || month(date.month).ok()) &&
                  (text.size() < 10 || year_month_day(year(date.year), month(date.month), day(date.day)).ok());
    if (!exists) return flaw("forms.date_no_such_day");
    Precision known = date.day ? Precision::day : date.month ? Precision::month : Precision::year;
    if (known > vaguest) return flaw(vaguest == Precision::day ? "forms.date_needs_day" : "forms.date_needs_month");
    return date;
}

LocalDay resolve(const DateBound& bound, LocalDay today) {
    using namespace std::chrono;
    if (bound.fixed) return *bound.fixed;
    year_month_day moved = year_month_day(today) + months(12 * bound.years + bound.months);
    if (!moved.ok()) moved = moved.year() / moved.month() / last;
    return local_days(moved) + days(bound.days);
}

int compare(const PartialDate& date, LocalDay day) {
    std::chrono::year_month_day other(day);
    auto order = [](auto left, auto right) { return left < right ? -1 : left > right ? 1 : 0; };
    if (int result = order(date.year, static_cast<int>(other.year()))) return result;
    if (date.month)
        if (int result = order(date.month, static_cast<unsigned>(other.month()))) return result;
    return date.day ? order(date.day, static_cast<unsigned>(other.day())) : 0;
}

std::optional<double> read_number(std::string_view text) {
    if (text.size() > 40) return std::nullopt;
    std::string plain;
    if (text.starts_with("-")) {
        plain = "-";
        text.remove_prefix(1);
    }
    auto separator = text.find_first_not_of("0123456789");
    if (text.empty() || separator == 0) return std::nullopt;
    std::string_view whole = text.substr(0, separator), rest = text.substr(whole.size());
    auto is_group = [](std::string_view t) {
        return t.size() >= 4 && t[0] == '.' && all_digits(t.substr(1, 3)) && (t.size() == 4 || !is_digit(t[4]));
    };
    plain += whole;
    if (whole.size() <= 3 && whole[0] != '0' && is_group(rest)) {
        while (is_group(rest)) {
            plain += rest.substr(1, 3);
            rest.remove_prefix(4);
        }
        if (rest.starts_with('.')) return std::nullopt;
    }
    if (!rest.empty()) {
        if ((rest[0] != ',' && rest[0] != '.') || rest.size() == 1 || !all_digits(rest.substr(1))) return std::nullopt;
        plain += '.';
        plain += rest.substr(1);
    }
    double value = 0;
    auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    if (error != std::errc{} || end != plain.data() + plain.size()) return std::nullopt;
    return value;
}

std::string number_text(double number) {
    if (number == 0) return "0";
    std::array<char, 400> buffer;
    auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
    return error == std::errc{} ? std::string(buffer.data(), end) : std::string();
}

}  // namespace motcua::forms
