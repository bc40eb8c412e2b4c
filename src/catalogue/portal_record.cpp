#include "catalogue/portal_record.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "catalogue/portal_table.hpp"
#include "catalogue/trust.hpp"

namespace motcua::catalogue {

namespace {

constexpr std::string_view no_information = "Không có thông tin";
constexpr std::size_t detail_bytes_max = 500;
constexpr std::size_t phrases_bytes_max = 4000;  // of levels and subjects; real ones have a few hundred

/// NFC, runs of white space as one space when `one_line`, nothing for "no information".
std::string clean(std::string_view text, bool one_line = false) {
    std::string out = nfc(text);
    if (one_line) {
        std::string line;
        bool gap = false;
        for (char c : out) {
            if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
                gap = !line.empty();
            } else {
                if (gap) line += ' ';
                gap = false;
                line += c;
            }
        }
        out = std::move(line);
    } else {
        std::size_t first = out.find_first_not_of(" \n\r\t");
        out = first == std::string::npos ? "" : out.substr(first, out.find_last_not_of(" \n\r\t") - first + 1);
    }
    return out == no_information ? std::string() : out;
}

/// Removes `phrase` from a folded list of phrases; true when it was there.
bool take_phrase(std::string& folded, std::string_view phrase) {
    std::string padded = " " + folded + " ";
    std::size_t at = padded.find(" " + std::string(phrase) + " ");
    if (at == std::string::npos) return false;
    padded.erase(at, phrase.size() + 1);
    folded = padded.substr(1, padded.size() >= 2 ? padded.size() - 2 : 0);
    return true;
}

std::vector<Level> read_levels(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Level>, 8> phrases{{{"cap bo", Level::ministry},
                                                                         {"trung uong", Level::ministry},
                                                                         {"cap tinh", Level::province},
                                                                         {"cap huyen", Level::district},
                                                                         {"cap xa", Level::commune},
                                                                         {"co quan khac", Level::other},
                                                                         {"ngang bo", Level::ministry},
                                                                         {"tinh", Level::province}}};
    std::string folded = fold(truncate_utf8(text, phrases_bytes_max));
    std::vector<Level> levels;
    for (const auto& [phrase, level] : phrases)
        if (take_phrase(folded, phrase) && std::find(levels.begin(), levels.end(), level) == levels.end())
            levels.push_back(level);
    std::sort(levels.begin(), levels.end());
    return levels;
}

void add_subjects(std::vector<Subject>& subjects, std::string_view text) {
    // Longer phrases first: "doanh nghiệp" is part of others.
    constexpr std::array<std::pair<std::string_view, Subject>, 11> phrases{{
        {"to chuc khong bao gom doanh nghiep htx", Subject::organisation},
        {"doanh nghiep co von dau tu nuoc ngoai", Subject::foreign_enterprise},
        {"nguoi viet nam dinh cu o nuoc ngoai", Subject::overseas_vietnamese},
        {"can bo cong chuc vien chuc", Subject::officer},
        {"to chuc nuoc ngoai", Subject::foreign_organisation},
        {"cong dan viet nam", Subject::citizen},
        {"nguoi nuoc ngoai", Subject::foreigner},
        {"hop tac xa", Subject::cooperative},
        {"doanh nghiep", Subject::enterprise},
        {"to chuc", Subject::organisation},
        {"ca nhan", Subject::citizen},
    }};
    std::string folded = fold(truncate_utf8(text, phrases_bytes_max));
    auto add = [&](Subject subject) {
        if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) subjects.push_back(subject);
    };
    for (const auto& [phrase, subject] : phrases)
        while (take_phrase(folded, phrase)) add(subject);
    if (folded.find_first_not_of(' ') != std::string::npos) add(Subject::other);
    std::sort(subjects.begin(), subjects.end());
}

/// What a fee of nothing means: the page prints "Miễn phí" also where the amount is set elsewhere.
FeeKind kind_of_free(std::string_view note) {
    std::string folded = " " + fold(note) + " ";
    auto says = [&](std::string_view phrase) {
        return folded.find(" " + std::string(phrase) + " ") != std::string::npos;
    };
    if (says("hoi dong nhan dan") || says("hdnd") || says("uy ban nhan dan cap tinh") || says("chinh quyen dia phuong"))
        return FeeKind::council;
    if (!amounts_in_text(note).empty()) return FeeKind::regulated;
    if (folded.starts_with(" khong ") || folded.starts_with(" chua quy dinh ") || folded.starts_with(" mien "))
        return FeeKind::free;
    for (std::string_view phrase : {"theo quy dinh", "thong tu", "nghi dinh", "muc thu", "muc phi", "bieu gia",
                                    "bieu muc", "le phi", "phi", "usd"})
        if (says(phrase)) return FeeKind::regulated;
    return FeeKind::free;
}

FeeBasis basis_of(std::string_view note) {
    std::string small = lower(note);
    for (std::string_view page : {"/trang", "/ trang"})
        if (small.find(page) != std::string::npos) return FeeBasis::page;
    for (std::string_view copy : {"/bản", "/ bản", "/01 bản", "/trích lục", "/văn bản"})
        if (small.find(copy) != std::string::npos) return FeeBasis::copy;
    return FeeBasis::dossier;
}

FeeRule make_fee(Scope scope, bool given, std::int64_t amount, std::string currency, std::string note) {
    FeeRule fee;
    fee.scope = std::move(scope);
    fee.note = std::move(note);
    std::string folded = fold(fee.note);
    fee.type = folded.find("le phi") != std::string::npos ? FeeType::levy
               : folded.starts_with("phi ")               ? FeeType::fee
                                                          : FeeType::levy;
    if (!given) {
        fee.kind = FeeKind::unstated;
    } else if (amount == 0) {
        fee.kind = kind_of_free(fee.note);
    } else {
        fee.kind = FeeKind::fixed;
        fee.amount = Dong{amount};
        fee.currency = std::move(currency);
        fee.basis = basis_of(fee.note);
    }
    return fee;
}

/// Facts that hold alike for every channel are said once, without a channel.
template <class Fact>
void merge_channels(std::vector<Fact>& facts, const std::vector<Channel>& channels) {
    auto same_but_channel = [](Fact& a, Fact& b) {
        std::optional<Channel> kept = std::exchange(a.scope.channel, b.scope.channel);
        bool same = a == b;
        a.scope.channel = kept;
        return same;
    };
    std::vector<bool> merged(facts.size());
    for (std::size_t i = 0; i < facts.size(); ++i) {
        if (merged[i] || !facts[i].scope.channel) continue;
        std::vector<std::size_t> alike;  // one for each other channel
        for (Channel channel : channels)
            for (std::size_t j = 0; j < facts.size() && channel != *facts[i].scope.channel; ++j)
                if (!merged[j] && facts[j].scope.channel == channel && same_but_channel(facts[i], facts[j])) {
                    alike.push_back(j);
                    break;
                }
        if (alike.size() + 1 != channels.size()) continue;
        for (std::size_t j : alike) merged[j] = true;
        facts[i].scope.channel.reset();
    }
    std::size_t i = 0;
    std::erase_if(facts, [&](const Fact&) { return merged[i++]; });
}

void add_channel(std::vector<Channel>& channels, Channel channel) {
    if (std::find(channels.begin(), channels.end(), channel) == channels.end()) channels.push_back(channel);
    std::sort(channels.begin(), channels.end());
}

Result<Procedure> finish(Procedure procedure, std::vector<Flag> noticed) {
    for (auto [field, size] : {std::pair{"components", procedure.components.size()},
                               {"results", procedure.results.size()},
                               {"legal_bases", procedure.legal_bases.size()},
                               {"cases", procedure.cases.size()},
                               {"limits", procedure.limits.size()},
                               {"fees", procedure.fees.size()}})
        if (size > parts_max)
            return fail(Errc::too_large, "catalogue.record_too_large",
                        {{"field", field}, {"limit", std::to_string(parts_max)}});
    merge_channels(procedure.limits, procedure.channels);
    merge_channels(procedure.fees, procedure.channels);
    bool online =
        std::find(procedure.channels.begin(), procedure.channels.end(), Channel::online) != procedure.channels.end();
    if (online && procedure.service_level == ServiceLevel::information) procedure.service_level = ServiceLevel::partial;
    add_flags(noticed, check_trust(procedure));
    // "No limit for a channel" follows from a limit without a unit or in words; one reason says it.
    bool explained = std::any_of(noticed.begin(), noticed.end(), [](const Flag& flag) {
        return flag.reason == flag_limit_unit_other || flag.reason == flag_limit_unreadable;
    });
    if (explained) std::erase_if(noticed, [](const Flag& flag) { return flag.reason == flag_limit_missing; });
    procedure.flags = std::move(noticed);
    procedure.status = procedure.flags.empty() ? Status::published : Status::flagged;
    return procedure;
}

Result<void> set_code_and_name(Procedure& procedure, std::string_view code, std::string_view name) {
    auto parts = parse_procedure_code(code);
    if (!parts)
        return fail(Errc::invalid, "catalogue.code_malformed", {{"code", std::string(truncate_utf8(code, 60))}});
    procedure.code = parts->code;
    procedure.name = clean(name, true);
    if (fold(procedure.name).empty()) return fail(Errc::invalid, "catalogue.name_missing", {{"code", procedure.code}});
    return {};
}

Result<Procedure> read_page(const json::object& record) {
    for (const auto& member : record)
        if (!member.value().is_string() && !member.key().starts_with("_") && !member.value().is_null())
            return fail(Errc::invalid, "catalogue.record_malformed", {{"field", std::string(member.key())}});
    auto text = [&](std::string_view key) { return find_string(record, key).value_or(std::string_view()); };
    Procedure procedure;
    TRY(set_code_and_name(procedure, text("ma_thu_tuc"), text("ten_thu_tuc")));
    procedure.field.name = clean(text("linh_vuc"), true);
    procedure.levels = read_levels(text("cap_thuc_hien"));
    add_subjects(procedure.subjects, text("doi_tuong_thuc_hien"));
    procedure.decision = clean(text("so_quyet_dinh"), true);
    procedure.authorities = clean(text("co_quan_thuc_hien"), true);
    if (procedure.authorities.empty()) procedure.authorities = clean(text("co_quan_co_tham_quyen"), true);
    procedure.steps = clean(text("trinh_tu_thuc_hien"));
    procedure.conditions = clean(text("yeu_cau_dieu_kien"));
    procedure.source = clean(text("detail_url"), true);
    procedure.components = read_component_table(text("thanh_phan_ho_so"));
    procedure.legal_bases = read_legal_table(text("can_cu_phap_ly"));
    procedure.results = read_result_table(text("ket_qua_xu_ly"));

    MethodTable table = read_method_table(text("cach_thuc_thuc_hien"));
    std::vector<Flag> noticed;
    auto notice = [&](std::string_view reason, std::string detail) {
        add_flags(noticed, {Flag{std::string(reason), std::move(detail)}});
    };
    if (table.rows.empty()) notice(flag_limit_missing, "");
    if (!table.unread.empty())
        notice(flag_limit_unreadable, std::string(truncate_utf8(clean(table.unread, true), detail_bytes_max)));
    // Several rows for one channel are cases: the page numbers none, so they are numbered in the order of the rows.
    std::vector<MethodRow> rows;
    for (MethodRow& row : table.rows) {
        bool repeated = std::any_of(rows.begin(), rows.end(), [&](const MethodRow& other) {
            return other.channel == row.channel && other.time.text == row.time.text && other.note == row.note &&
                   std::equal(other.fees.begin(), other.fees.end(), row.fees.begin(), row.fees.end(),
                              [](const FeeCell& a, const FeeCell& b) { return a.text == b.text && a.note == b.note; });
        });
        if (!repeated) rows.push_back(std::move(row));
    }
    std::array<int, 3> seen{};
    int most = 0;
    for (const MethodRow& row : rows) most = std::max(most, ++seen[static_cast<std::size_t>(row.channel)]);
    seen = {};
    for (const MethodRow& row : rows) {
        int number = ++seen[static_cast<std::size_t>(row.channel)];
        Scope scope{row.channel, most > 1 ? std::to_string(number) : std::string()};
        if (most > 1 && procedure.cases.size() < static_cast<std::size_t>(number))
            procedure.cases.push_back(
                {scope.case_code, std::string(truncate_utf8(clean(row.note, true), detail_bytes_max))});
        add_channel(procedure.channels, row.channel);
        std::string where = std::string(to_text(row.channel)) + ": " + row.time.text;
        switch (row.time.kind) {
            case TimeCellKind::limit:
                procedure.limits.push_back({scope, row.time.limit, false, clean(row.note)});
                break;
            case TimeCellKind::absent:
                notice(flag_limit_missing, std::string(to_text(row.channel)));
                break;
            case TimeCellKind::no_unit:
                notice(flag_limit_unit_other, where);
                break;
            case TimeCellKind::unreadable:
                notice(flag_limit_unreadable, std::string(truncate_utf8(where, detail_bytes_max)));
                break;
        }
        for (const FeeCell& fee : row.fees)
            procedure.fees.push_back(
                make_fee(scope, fee.kind != FeeCell::Kind::absent, fee.amount, fee.currency, clean(fee.note)));
    }
    return finish(std::move(procedure), std::move(noticed));
}

/// Names in a list whose items are texts or objects with "name" (or "title").
std::vector<Named> read_list(const json::object& record, std::string_view key) {
    std::vector<Named> items;
    if (const json::array* array = find_array(record, key))
        for (const json::value& item : *array) {
            if (item.is_string()) items.push_back({"", clean(std::string_view(item.get_string()), true)});
            if (!item.is_object()) continue;
            const json::object& object = item.get_object();
            items.push_back({clean(string_or(object, "code"), true),
                             clean(string_or(object, "name", string_or(object, "title")), true)});
        }
    std::erase_if(items, [](const Named& item) { return item.code.empty() && item.name.empty(); });
    return items;
}

std::string join(const std::vector<Named>& items, std::string_view separator) {
    std::string all;
    for (const Named& item : items) all += (all.empty() ? std::string() : std::string(separator)) + item.name;
    return all;
}

std::optional<Channel> find_submission(std::string_view text) {
    if (text == "ONLINE") return Channel::online;
    if (text == "POSTAL") return Channel::post;
    if (text == "DIRECT") return Channel::counter;
    return std::nullopt;
}

std::optional<calendar::TimeUnit> find_processing_unit(std::string_view text) {
    if (text == "HOUR") return calendar::TimeUnit::working_hour;
    if (text == "WORKING_DAY") return calendar::TimeUnit::working_day;
    if (text == "DAY") return calendar::TimeUnit::day;
    if (text == "MONTH") return calendar::TimeUnit::month;
    return std::nullopt;
}

/// A number or its text in thousandths; nullopt when it is none or not above zero.
std::optional<std::int64_t> read_amount(const json::value* value) {
    if (!value || (!value->is_number() && !value->is_string())) return std::nullopt;
    auto milli =
        calendar::parse_amount_milli(value->is_string() ? std::string(value->get_string()) : json::serialize(*value));
    if (!milli || *milli <= 0) return std::nullopt;
    return *milli;
}

Result<Procedure> read_interface_record(const json::object& record) {
    for (const char* key : {"executionMethods", "cases", "executionCases", "legalBasisesDetails"})
        if (const json::value* value = record.if_contains(key); value && !value->is_array() && !value->is_null())
            return fail(Errc::invalid, "catalogue.record_malformed", {{"field", key}});
    Procedure procedure;
    TRY(set_code_and_name(procedure, string_or(record, "code"), string_or(record, "name")));
    if (const json::object* category = find_object(record, "category"))
        procedure.field = {clean(string_or(*category, "code"), true), clean(string_or(*category, "name"), true)};
    auto units = read_list(record, "unitGroupsExecuting");
    procedure.authorities = join(units, ", ");
    if (procedure.authorities.empty())
        procedure.authorities = clean(string_or(record, "departmentPromulgateName"), true);
    procedure.levels = read_levels(join(units, ", "));
    for (const Named& subject : read_list(record, "subjectTypesDetails"))
        add_subjects(procedure.subjects, subject.name);
    procedure.results = read_list(record, "resultsDetails");
    procedure.legal_bases = read_list(record, "legalBasisesDetails");
    procedure.conditions = clean(string_or(record, "requirementsAndConditions"));
    procedure.decision = clean(string_or(record, "decisionNumber"), true);
    procedure.steps = join(read_list(record, "executionSteps"), "\n");
    if (const json::array* groups = find_array(record, "executionCases"))
        for (const json::value& group : *groups) {
            if (!group.is_object()) continue;
            const json::array* papers = find_array(group.get_object(), "profileComponents");
            for (const json::value& paper : papers ? *papers : json::array()) {
                if (!paper.is_object()) continue;
                const json::object& object = paper.get_object();
                Component component;
                component.code = clean(string_or(object, "code"), true);
                component.name = clean(string_or(object, "name"));
                component.group = clean(string_or(group.get_object(), "name"), true);
                component.originals =
                    static_cast<int>(std::clamp<std::int64_t>(int_or(object, "originalQty", 0), 0, sheets_max));
                component.copies =
                    static_cast<int>(std::clamp<std::int64_t>(int_or(object, "copyQty", 0), 0, sheets_max));
                auto attachments = read_list(object, "attachments");
                if (!attachments.empty()) component.template_name = attachments[0].name;
                if (fold(component.group).find("xuat trinh") != std::string::npos)
                    component.kind = ComponentKind::shown;
                else if (!component.template_name.empty())
                    component.kind = ComponentKind::form;
                if (!component.name.empty()) procedure.components.push_back(std::move(component));
            }
        }

    std::vector<Flag> noticed;
    auto notice = [&](std::string_view reason, std::string detail) {
        add_flags(noticed, {Flag{std::string(reason), std::move(detail)}});
    };
    const json::array* methods = find_array(record, "executionMethods");
    auto too_large = [](std::string_view field, std::size_t limit) {
        return fail(Errc::too_large, "catalogue.record_too_large",
                    {{"field", std::string(field)}, {"limit", std::to_string(limit)}});
    };
    if (methods && methods->size() > method_rows_max) return too_large("executionMethods", method_rows_max);
    if (!methods || methods->empty()) notice(flag_limit_missing, "");
    for (const json::value& item : methods ? *methods : json::array()) {
        const json::object* method = item.if_object();
        auto channel = method ? find_submission(string_or(*method, "submissionMethod")) : std::nullopt;
        if (!channel) return fail(Errc::invalid, "catalogue.record_malformed", {{"field", "executionMethods"}});
        add_channel(procedure.channels, *channel);
        std::string unit_name = string_or(*method, "processingTimeUnit");
        auto amount = read_amount(method->if_contains("processingTime"));
        auto unit = find_processing_unit(unit_name);
        std::string where = std::string(to_text(*channel));
        if (unit_name == "OTHER")
            notice(flag_limit_unit_other, where);
        else if (!amount)
            notice(flag_limit_missing, where);
        else if (!unit)
            notice(flag_limit_unreadable, where.append(": ").append(unit_name));
        else
            procedure.limits.push_back(
                {Scope{channel, ""}, {*amount, *unit}, false, clean(string_or(*method, "description"))});
        const json::array* fees = find_array(*method, "fees");
        if (fees && fees->size() > method_fees_max) return too_large("fees", method_fees_max);
        for (const json::value& entry : fees ? *fees : json::array()) {
            const json::object* fee = entry.if_object();
            auto value = fee ? find_int(*fee, "value") : std::nullopt;
            if (!value || *value < 0 || *value > fee_max) {
                notice(flag_fee_unreadable,
                       fee ? std::string(truncate_utf8(json::serialize(*fee), detail_bytes_max)) : "");
                continue;
            }
            FeeRule rule = make_fee(Scope{channel, ""}, true, *value, "", clean(string_or(*fee, "description")));
            rule.type = find_string(*fee, "type") == "SERVICE_FEE" ? FeeType::service : rule.type;
            procedure.fees.push_back(std::move(rule));
        }
    }
    // Cases carry their own number of days; a unit is not given, and administrative days are working days.
    const json::array* cases = find_array(record, "cases");
    if (cases && cases->size() > parts_max) return too_large("cases", parts_max);
    if (cases)
        for (const json::value& item : *cases) {
            const json::object* object = item.if_object();
            std::string code = object ? clean(string_or(*object, "code"), true) : std::string();
            if (code.empty() || std::any_of(procedure.cases.begin(), procedure.cases.end(),
                                            [&](const Case& known) { return known.code == code; }))
                continue;
            procedure.cases.push_back({code, clean(string_or(*object, "name"), true)});
            if (auto days = read_amount(object->if_contains("processingDay")))
                procedure.limits.push_back(
                    {Scope{std::nullopt, code}, {*days, calendar::TimeUnit::working_day}, false, {}});
        }
    return finish(std::move(procedure), std::move(noticed));
}

}  // namespace

Result<Procedure> read_portal_record(const json::value& record) {
    const json::object* object = record.if_object();
    if (object && object->contains("data") && !object->contains("code")) object = find_object(*object, "data");
    if (object && object->contains("ma_thu_tuc")) return read_page(*object);
    if (object && object->contains("code")) return read_interface_record(*object);
    return fail(Errc::invalid, "catalogue.record_unknown");
}

}  // namespace motcua::catalogue
