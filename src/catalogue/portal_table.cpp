#include "catalogue/portal_table.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace motcua::catalogue {

namespace {

constexpr std::string_view no_information = "Không có thông tin";
constexpr std::string_view free_of_charge = "Miễn phí";
constexpr std::string_view method_header = "Hình thức nộpThời gianPhí, lệ phíMô tả";
constexpr std::string_view component_header = "Tên giấy tờMẫu đơn, tờ khaiSố lượng";
constexpr std::string_view legal_header = "Tên văn bản pháp lýMã văn bản";
constexpr std::string_view original = " bản chính";
constexpr std::string_view copy = " bản sao";

constexpr std::array<std::pair<std::string_view, Channel>, 3> channels{
    {{"Trực tuyến", Channel::online}, {"Dịch vụ bưu chính", Channel::post}, {"Trực tiếp", Channel::counter}}};
constexpr std::array<std::pair<std::string_view, calendar::TimeUnit>, 5> units{
    {{"Ngày làm việc", calendar::TimeUnit::working_day},
     {"Ngày", calendar::TimeUnit::day},
     {"Giờ làm việc", calendar::TimeUnit::working_hour},
     {"Giờ", calendar::TimeUnit::working_hour},
     {"Tháng", calendar::TimeUnit::month}}};
constexpr std::array<std::string_view, 4> dong_names{"Việt Nam Đồng", "VNĐ", "VND", "Đồng"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_white(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_upper_ascii(char c) { return c >= 'A' && c <= 'Z'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view first_letter(std::string_view text) {
    std::size_t bytes = text.empty() ? 0 : 1;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
    return text.substr(0, bytes);
}

/// A letter that begins a word in capitals, also Vietnamese ones: its lower case differs.
bool starts_upper(std::string_view text) {
    std::string_view first = first_letter(text);
    if (first.size() == 1) return is_upper_ascii(first[0]);
    return !first.empty() && lower(first) != first;
}

bool starts_lower(std::string_view text) {
    std::string_view first = first_letter(text);
    if (first.size() == 1) return first[0] >= 'a' && first[0] <= 'z';
    return !fold(first).empty() && lower(first) == first;
}

/// Reads the amount of a fee cell at the start of `text`; the bytes it takes, 0 when there is none.
std::size_t read_fee_amount(std::string_view text, FeeCell& fee) {
    std::size_t used = 0;
    if (text.starts_with(free_of_charge)) {
        fee.kind = FeeCell::Kind::free;
        used = free_of_charge.size();
    } else if (text.starts_with(no_information)) {
        fee.kind = FeeCell::Kind::absent;
        used = no_information.size();
    } else {
        // "5,700,000 Việt Nam Đồng", "850 VNĐ", "145 USD": groups of three, no leading zero.
        std::size_t i = 0;
        std::int64_t amount = 0;
        while (i < text.size() && is_digit(text[i]) && i < 15) amount = amount * 10 + (text[i++] - '0');
        if (i == 0 || (i > 1 && text[0] == '0')) return 0;
        bool grouped = i <= 3;
        while (grouped && i + 3 < text.size() && text[i] == ',' && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
               is_digit(text[i + 3]) && amount <= fee_max) {
            if (text[0] == '0') return 0;
            amount = amount * 1000 + (text[i + 1] - '0') * 100 + (text[i + 2] - '0') * 10 + (text[i + 3] - '0');
            i += 4;
        }
        if (i >= text.size() || text[i] != ' ' || amount > fee_max) return 0;
        std::string_view unit = text.substr(i + 1);
        auto dong = std::find_if(dong_names.begin(), dong_names.end(),
                                 [&](std::string_view name) { return unit.starts_with(name); });
        std::size_t unit_bytes = 0;
        if (dong != dong_names.end()) {
            unit_bytes = dong->size();
        } else if (unit.size() >= 3 && is_upper_ascii(unit[0]) && is_upper_ascii(unit[1]) && is_upper_ascii(unit[2])) {
            unit_bytes = 3;  // ISO 4217
            fee.currency = unit.substr(0, 3);
        } else {
            return 0;
        }
        fee.kind = FeeCell::Kind::amount;
        fee.amount = amount;
        used = i + 1 + unit_bytes;
    }
    fee.text = text.substr(0, used);
    return used;
}

/// The same with the note in brackets that may follow it.
std::size_t read_fee(std::string_view text, FeeCell& fee) {
    std::size_t used = read_fee_amount(text, fee);
    if (used > 0 && used < text.size() && text[used] == '(') {
        std::size_t depth = 0;
        std::size_t end = used;
        for (; end < text.size(); ++end) {
            if (text[end] == '(') ++depth;
            if (text[end] == ')' && --depth == 0) break;
        }
        fee.note = trim(text.substr(used + 1, end - used - 1));
        used = std::min(end + 1, text.size());
    }
    return used;
}

bool begins_fee(std::string_view text) {
    FeeCell fee;
    return read_fee_amount(text, fee) > 0;
}

/// Reads a time cell that a fee cell follows; nullopt when there is none at the start of `text`.
std::optional<std::size_t> time_cell_bytes(std::string_view text, bool words_too) {
    if (text.starts_with(no_information) && begins_fee(text.substr(no_information.size())))
        return no_information.size();
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    std::size_t number = digits;
    if (digits > 0 && number + 1 < text.size() && (text[number] == '.' || text[number] == ',') &&
        is_digit(text[number + 1])) {
        ++number;
        while (number < text.size() && is_digit(text[number])) ++number;
    }
    for (std::size_t end : {number, digits})
        if (end > 0 && end < text.size() && text[end] == ' ')
            for (const auto& [name, unit] : units)
                if (text.substr(end + 1).starts_with(name) && begins_fee(text.substr(end + 1 + name.size())))
                    return end + 1 + name.size();
    // A number whose unit the page does not print; the fee's own digits follow at once ("1250 VNĐ" is 1 and 250 VNĐ).
    for (std::size_t end = 0; end <= digits; ++end)
        if (begins_fee(text.substr(end)) && (end > 0 || digits == 0)) return end;
    if (!words_too && !starts_upper(text)) return std::nullopt;
    constexpr std::size_t words_bytes_max = 400;
    for (std::size_t end = 1; end < std::min(text.size(), words_bytes_max); ++end)
        if (text.substr(end).starts_with(free_of_charge) || text.substr(end).starts_with(no_information)) return end;
    return std::nullopt;
}

/// A row begins at the start of `text`: channel, time cell, fee cell. `first` allows any words as the time.
bool read_row_start(std::string_view text, bool first, MethodRow& row, std::size_t& used) {
    for (const auto& [name, channel] : channels) {
        if (!text.starts_with(name)) continue;
        auto bytes = time_cell_bytes(text.substr(name.size()), first);
        if (!bytes) return false;
        row.channel = channel;
        row.time = read_time_cell(text.substr(name.size(), *bytes));
        used = name.size() + *bytes;
        return true;
    }
    return false;
}

bool is_row_start(std::string_view text) {
    MethodRow row;
    std::size_t used = 0;
    return read_row_start(text, false, row, used);
}

/// Where the next row begins at or after `from`.
std::size_t next_row(std::string_view text, std::size_t from) {
    std::size_t best = text.size();
    for (const auto& [name, channel] : channels)
        for (std::size_t at = text.find(name, from); at < best; at = text.find(name, at + 1))
            if (is_row_start(text.substr(at))) {
                best = at;
                break;
            }
    return best;
}

}  // namespace

TimeCell read_time_cell(std::string_view text) {
    TimeCell cell;
    text = trim(text);
    cell.text = text;
    if (text.empty() || text == no_information) return cell;
    std::size_t space = text.find(' ');
    auto amount = calendar::parse_amount_milli(text.substr(0, space));
    if (amount && space == std::string_view::npos) {
        cell.kind = TimeCellKind::no_unit;
        return cell;
    }
    cell.kind = TimeCellKind::unreadable;
    if (!amount || *amount <= 0) return cell;
    for (const auto& [name, unit] : units)
        if (lower(text.substr(space + 1)) == lower(name)) {
            cell.kind = TimeCellKind::limit;
            cell.limit = {*amount, unit};
        }
    return cell;
}

MethodTable read_method_table(std::string_view source) {
    MethodTable table;
    std::string text = nfc(trim(source));
    std::string_view rest = text;
    if (rest.starts_with(method_header)) rest.remove_prefix(method_header.size());
    rest = trim(rest);
    bool first = true;
    while (!rest.empty()) {
        MethodRow row;
        std::size_t used = 0;
        if (!read_row_start(rest, first, row, used)) {
            std::size_t next = next_row(rest, 0);
            if (next == 0) next = rest.size();
            table.unread += rest.substr(0, next);
            rest = rest.substr(next);
            continue;
        }
        first = false;
        if (table.rows.size() == method_rows_max) {
            table.unread += rest;
            break;
        }
        std::size_t end = next_row(rest, used);
        std::string_view cells = rest.substr(used, end - used);
        while (true) {
            FeeCell fee;
            std::size_t bytes = read_fee(cells, fee);
            if (bytes == 0 || row.fees.size() == method_fees_max) break;
            cells.remove_prefix(bytes);
            row.fees.push_back(std::move(fee));
        }
        row.note = trim(cells);
        table.rows.push_back(std::move(row));
        rest = rest.substr(end);
    }
    return table;
}

namespace {

struct Quantity {
    std::size_t begin = 0;  // of the digits
    std::size_t end = 0;
    int originals = 0;
    int copies = 0;
};

/// The next quantity cell. It touches the name before it and the row after it; a quantity inside a sentence has white
/// space or punctuation there.
std::optional<Quantity> next_quantity(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find(" bản ", from); at != std::string_view::npos; at = text.find(" bản ", at + 1)) {
        std::string_view here = text.substr(at);
        bool is_original = here.starts_with(original);
        if ((!is_original && !here.starts_with(copy)) || at == 0 || !is_digit(text[at - 1])) continue;
        std::size_t begin = at;
        while (begin > from && is_digit(text[begin - 1])) --begin;
        // Digits that end the name run into the quantity ("Mẫu số 05" + "1"): more than two digits, or after white
        // space,
        // "/" or "-", only the last one is the quantity.
        bool whole = at - begin <= 2 && text[begin] != '0' && begin > from && !is_white(text[begin - 1]) &&
                     text[begin - 1] != '/' && text[begin - 1] != '-';
        if (at - begin > 1 && !whole) begin = at - 1;
        if (begin == from || (is_white(text[begin - 1]) && begin + 1 == at)) continue;
        Quantity quantity{begin, at + (is_original ? original.size() : copy.size()), 0, 0};
        int number = 0;
        for (std::size_t i = begin; i < at; ++i) number = number * 10 + (text[i] - '0');
        (is_original ? quantity.originals : quantity.copies) = number;
        if (is_original && quantity.end + 2 < text.size() && text[quantity.end] == ',' &&
            is_digit(text[quantity.end + 1])) {
            std::size_t i = quantity.end + 1;
            int copies = 0;
            while (i < text.size() && is_digit(text[i]) && copies < sheets_max)
                copies = copies * 10 + (text[i++] - '0');
            if (text.substr(i).starts_with(copy)) {
                quantity.copies = static_cast<int>(std::min<std::int64_t>(copies, sheets_max));
                quantity.end = i + copy.size();
            }
        }
        if (quantity.end < text.size() &&
            std::string_view(" ),;.:/").find(text[quantity.end]) != std::string_view::npos)
            continue;
        return quantity;
    }
    return std::nullopt;
}

/// Cuts the file name of the template off the end of a component's name: it begins where a small letter or a closing
/// mark meets a capital or digit without a space.
std::string cut_template(std::string_view& name) {
    constexpr std::array<std::string_view, 9> endings{".doc", ".docx", ".pdf", ".xls", ".xlsx",
                                                      ".rar", ".zip",  ".rtf", ".odt"};
    std::string small = lower(name);
    if (std::none_of(endings.begin(), endings.end(), [&](std::string_view ending) { return small.ends_with(ending); }))
        return {};
    constexpr std::size_t file_bytes_max = 120;
    for (std::size_t i = name.size() > file_bytes_max ? name.size() - file_bytes_max : 1; i < name.size(); ++i) {
        bool boundary_char = (static_cast<unsigned char>(name[i]) & 0xC0) != 0x80;
        char before = name[i - 1];
        bool closes = before == ')' || before == ';' || before == ':' || (before >= 'a' && before <= 'z') ||
                      static_cast<unsigned char>(before) >= 0x80 || (before == '.' && i >= 2 && !is_digit(name[i]));
        bool opens = is_digit(name[i]) || starts_upper(name.substr(i));
        if (!boundary_char || !closes || !opens || starts_upper(name.substr(i - 1))) continue;
        std::string file(name.substr(i));
        name = trim(name.substr(0, i));
        return file;
    }
    return {};
}

}  // namespace

std::vector<Component> read_component_table(std::string_view source) {
    std::vector<Component> components;
    std::string text = nfc(source);
    std::size_t from = 0;
    std::size_t header = text.find(component_header);
    std::string group;
    while (from < text.size() && components.size() <= parts_max) {
        // What precedes a header is the name of its group; the first group begins the text.
        if (header < from) header = text.find(component_header, from);
        auto quantity = next_quantity(text, from);
        if (header != std::string::npos && (!quantity || header < quantity->begin)) {
            group = trim(std::string_view(text).substr(from, header - from));
            while (group.starts_with('-')) group.erase(0, 1);
            from = header + component_header.size();
            continue;
        }
        std::string_view name =
            trim(std::string_view(text).substr(from, quantity ? quantity->begin - from : std::string::npos));
        Component component;
        component.group = trim(group);
        component.template_name = cut_template(name);
        component.name = name;
        std::string folded = fold(component.group);
        component.kind = folded.find("xuat trinh") != std::string::npos ? ComponentKind::shown : ComponentKind::paper;
        if (component.kind == ComponentKind::paper &&
            (!component.template_name.empty() || fold(name).starts_with("to khai")))
            component.kind = ComponentKind::form;
        if (quantity) {
            component.originals = quantity->originals;
            component.copies = quantity->copies;
        }
        if (!component.name.empty() && component.name != no_information) components.push_back(std::move(component));
        from = quantity ? quantity->end : text.size();
    }
    return components;
}

namespace {

/// Length of a document number at the start of `text` ("118/2025/NĐ-CP", "31/2024/QH15", "02/2017/TT-VPCP"), 0 if none.
/// The suffix is a run of capitals and hyphens; a capital that begins the next word ("…TT-BTPLuật") is not part of it.
std::size_t number_bytes(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && (is_digit(text[i]) || text[i] == '.')) ++i;
    if (i == 0 || i > 7) return 0;
    if (i < text.size() && text[i] >= 'a' && text[i] <= 'z') ++i;  // 105a/QĐ-NHNN
    if (i + 5 >= text.size() || text[i] != '/') return 0;
    ++i;
    if (std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.begin() + static_cast<std::ptrdiff_t>(i + 4),
                    is_digit)) {
        i += 4;
        if (i >= text.size() || text[i] != '/') return 0;
        ++i;
    }
    if (text.substr(i).starts_with("QH")) {
        std::size_t end = i + 2;
        while (end < text.size() && is_digit(text[end]) && end < i + 4) ++end;
        return end > i + 2 ? end : 0;
    }
    std::size_t suffix = i;
    std::size_t end = i;
    while (end < text.size()) {
        std::string_view letter = first_letter(text.substr(end));
        bool capital = (letter.size() == 1 && is_upper_ascii(letter[0])) || letter == "Đ";
        if (letter == "g" && text.substr(0, end).ends_with("TT")) {  // Thủ tướng: "TTg"
            end += letter.size();
            break;
        }
        if (!capital && letter != "-") break;
        end += letter.size();
    }
    std::string_view suffix_text = text.substr(suffix, end - suffix);
    // Whole suffixes of the common kinds, so that a title in capitals does not run into them.
    for (std::string_view known : {"NĐ-CP", "NQ-CP", "NQ-HĐND", "QĐ-UBND", "QĐ-TTg", "CT-TTg"})
        if (suffix_text.starts_with(known)) return suffix + known.size();
    if (starts_lower(text.substr(end)) && !suffix_text.ends_with("TTg"))
        end -= suffix_text.ends_with("Đ") ? std::string_view("Đ").size() : 1;
    if (end <= suffix) return 0;
    while (end > suffix && text[end - 1] == '-') --end;
    return end > suffix + 1 ? end : 0;
}

}  // namespace

std::vector<Named> read_legal_table(std::string_view source) {
    std::vector<Named> bases;
    std::string text = nfc(source);
    std::string_view rest = text;
    if (rest.starts_with(legal_header)) rest.remove_prefix(legal_header.size());
    rest = trim(rest);
    if (rest == no_information) return bases;
    std::size_t name_start = 0;
    std::size_t number_end = 0;  // a number may follow the one that ends the title ("…QH1447/2014/QH14")
    for (std::size_t i = 0; i < rest.size() && bases.size() <= parts_max;) {
        bool start = is_digit(rest[i]) && (i == number_end || !is_digit(rest[i - 1]));
        std::size_t bytes = start ? number_bytes(rest.substr(i)) : 0;
        // A number that ends its row touches the next title; inside a title a space or mark follows it.
        bool ends_row = bytes > 0 && (i + bytes == rest.size() || starts_upper(rest.substr(i + bytes)));
        if (bytes > 0) number_end = i + bytes;
        if (!ends_row) {
            i += bytes > 0 ? bytes : 1;
            continue;
        }
        Named base{std::string(rest.substr(i, bytes)), std::string(trim(rest.substr(name_start, i - name_start)))};
        // "…tại Việt NamLuật 47/2014/QH13": the kind of document written before its number belongs to neither.
        for (std::string_view kind : {"Luật số", "Luật", "Nghị định số", "NĐ", "Thông tư số"})
            if (base.name.size() > kind.size() && base.name.ends_with(kind) &&
                !is_white(base.name[base.name.size() - kind.size() - 1]))
                base.name = trim(std::string_view(base.name).substr(0, base.name.size() - kind.size()));
        bases.push_back(std::move(base));
        i += bytes;
        name_start = i;
    }
    if (auto tail = trim(rest.substr(name_start)); !tail.empty()) bases.push_back({"", std::string(tail)});
    return bases;
}

std::vector<Named> read_result_table(std::string_view source) {
    constexpr std::string_view mark = "Mã: ";
    std::vector<Named> results;
    std::string text = nfc(source);
    std::string_view rest = text;
    rest = rest.substr(0, rest.find("Từ khóaKhông có thông tin"));
    rest = rest.substr(0, rest.find("Từ khóaMô tả"));
    while (!trim(rest).empty() && results.size() <= parts_max) {
        std::size_t at = rest.find(mark);
        Named result{"", std::string(trim(rest.substr(0, at)))};
        if (at == std::string_view::npos) {
            if (result.name != no_information) results.push_back(std::move(result));
            break;
        }
        // "KQ.G15.000168", "G15-KQ005477", "000.00.00.G15-KQ004389": ends after the run of digits, at most six.
        std::size_t begin = at + mark.size();
        std::size_t end = begin;
        std::size_t last_digits = 0;
        while (end < rest.size() &&
               (is_digit(rest[end]) || is_upper_ascii(rest[end]) || rest[end] == '.' || rest[end] == '-')) {
            last_digits = is_digit(rest[end]) ? last_digits + 1 : 0;
            if (last_digits > 6) break;
            // A capital after the serial begins the next name.
            if (is_upper_ascii(rest[end]) && end > begin && is_digit(rest[end - 1]) &&
                rest.substr(begin, end - begin).find("KQ") != std::string_view::npos &&
                rest.substr(begin, end - begin).find_last_of(".-") != std::string_view::npos && end - begin >= 10)
                break;
            ++end;
        }
        result.code = rest.substr(begin, end - begin);
        results.push_back(std::move(result));
        rest = rest.substr(end);
    }
    return results;
}

}  // namespace motcua::catalogue
