#include "catalogue/procedure.hpp"

#include <algorithm>
#include <array>

namespace motcua::catalogue {

namespace {

template <class Enum, std::size_t Size>
std::optional<Enum> find_name(const std::array<std::string_view, Size>& names, std::string_view text) {
    auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

constexpr std::array<std::string_view, 3> channel_names{"counter", "online", "post"};
constexpr std::array<std::string_view, 3> service_level_names{"information", "partial", "full"};
constexpr std::array<std::string_view, 10> subject_names{
    "citizen",      "overseas_vietnamese",  "foreigner", "enterprise", "foreign_enterprise", "cooperative",
    "organisation", "foreign_organisation", "officer",   "other"};
constexpr std::array<std::string_view, 3> status_names{"draft", "published", "flagged"};
constexpr std::array<std::string_view, 6> fee_kind_names{"free",    "fixed",     "stepped",
                                                         "council", "regulated", "unstated"};
constexpr std::array<std::string_view, 3> fee_type_names{"fee", "levy", "service"};
constexpr std::array<std::string_view, 3> fee_basis_names{"dossier", "copy", "page"};
constexpr std::array<std::string_view, 3> component_kind_names{"form", "paper", "shown"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool applies(const Scope& scope, Channel channel, std::string_view case_code) {
    return (!scope.channel || *scope.channel == channel) && (scope.case_code.empty() || scope.case_code == case_code);
}
int closeness(const Scope& scope) { return (scope.channel ? 1 : 0) + (scope.case_code.empty() ? 0 : 2); }

Result<void> check_case(const Procedure& procedure, std::string_view case_code) {
    bool known = case_code.empty() || std::any_of(procedure.cases.begin(), procedure.cases.end(),
                                                  [&](const Case& item) { return item.code == case_code; });
    if (!known) return fail(Errc::invalid, "catalogue.case_unknown", {{"case", std::string(case_code)}});
    return {};
}

/// One copy of `pages` pages by steps; the price of a page is that of the last step it has reached.
Dong price_by_steps(const FeeRule& rule, int pages) {
    Dong sum;
    for (int page = 1; page <= pages; ++page) {
        Dong price;
        for (const FeeStep& step : rule.steps)
            if (step.from_page <= page) price = step.price;
        sum = sum + price;
    }
    return rule.max && sum > *rule.max ? *rule.max : sum;
}

}  // namespace

std::string_view to_text(Channel channel) { return channel_names[static_cast<std::size_t>(channel)]; }
std::string_view to_text(ServiceLevel level) { return service_level_names[static_cast<std::size_t>(level)]; }
std::string_view to_text(Subject subject) { return subject_names[static_cast<std::size_t>(subject)]; }
std::string_view to_text(Status status) { return status_names[static_cast<std::size_t>(status)]; }
std::string_view to_text(FeeKind kind) { return fee_kind_names[static_cast<std::size_t>(kind)]; }
std::string_view to_text(FeeType type) { return fee_type_names[static_cast<std::size_t>(type)]; }
std::string_view to_text(FeeBasis basis) { return fee_basis_names[static_cast<std::size_t>(basis)]; }
std::string_view to_text(ComponentKind kind) { return component_kind_names[static_cast<std::size_t>(kind)]; }
std::optional<Channel> find_channel(std::string_view text) { return find_name<Channel>(channel_names, text); }
std::optional<ServiceLevel> find_service_level(std::string_view text) {
    return find_name<ServiceLevel>(service_level_names, text);
}
std::optional<Subject> find_subject(std::string_view text) { return find_name<Subject>(subject_names, text); }
std::optional<Status> find_status(std::string_view text) { return find_name<Status>(status_names, text); }
std::optional<FeeKind> find_fee_kind(std::string_view text) { return find_name<FeeKind>(fee_kind_names, text); }
std::optional<FeeType> find_fee_type(std::string_view text) { return find_name<FeeType>(fee_type_names, text); }
std::optional<FeeBasis> find_fee_basis(std::string_view text) { return find_name<FeeBasis>(fee_basis_names, text); }
std::optional<ComponentKind> find_component_kind(std::string_view text) {
    return find_name<ComponentKind>(component_kind_names, text);
}

std::optional<CodeParts> parse_procedure_code(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(white) - first + 1);
    constexpr std::size_t code_chars = 8;  // d.dddddd
    constexpr std::size_t text_chars_max = 40;
    if (text.size() < code_chars || text.size() > text_chars_max || !is_digit(text[0]) || text[1] != '.' ||
        !std::all_of(text.begin() + 2, text.begin() + code_chars, is_digit))
        return std::nullopt;
    CodeParts parts{std::string(text.substr(0, code_chars)), {}};
    std::string_view rest = text.substr(code_chars);
    if (rest.empty()) return parts;
    bool last_dot = true;
    if (rest[0] != '.') return std::nullopt;
    for (char c : rest.substr(1)) {
        bool dot = c == '.';
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if ((dot && last_dot) || (!dot && !letter && !is_digit(c))) return std::nullopt;
        last_dot = dot;
    }
    if (last_dot) return std::nullopt;
    if (rest.size() == 3 && is_digit(rest[1]) && is_digit(rest[2])) parts.case_code = text;
    return parts;
}

Result<TimeLimit> find_limit(const Procedure& procedure, Channel channel, std::string_view case_code) {
    TRY(check_case(procedure, case_code));
    const TimeLimit* best = nullptr;
    for (const TimeLimit& limit : procedure.limits) {
        if (!applies(limit.scope, channel, case_code)) continue;
        if (!best || closeness(limit.scope) > closeness(best->scope)) best = &limit;
    }
    if (best) return *best;
    std::string cases;
    for (const TimeLimit& limit : procedure.limits)
        if (!limit.scope.case_code.empty() && applies(limit.scope, channel, limit.scope.case_code))
            cases += (cases.empty() ? "" : ", ") + limit.scope.case_code;
    if (case_code.empty() && !cases.empty()) return fail(Errc::invalid, "catalogue.case_required", {{"cases", cases}});
    return fail(Errc::conflict, "catalogue.limit_missing", {{"code", procedure.code}});
}

Result<FeeQuote> compute_fees(const Procedure& procedure, const FeeInput& input) {
    TRY(check_case(procedure, input.case_code));
    if (input.copies < 0 || input.copies > fee_count_max || input.pages < 0 || input.pages > fee_count_max)
        return fail(Errc::invalid, "catalogue.count_out_of_bounds", {{"max", std::to_string(fee_count_max)}});
    FeeQuote quote;
    for (std::size_t i = 0; i < procedure.fees.size(); ++i) {
        const FeeRule& rule = procedure.fees[i];
        if (!applies(rule.scope, input.channel, input.case_code)) continue;
        // A rule for this channel or case stands in for the general one of the same name and type.
        bool replaced = std::any_of(procedure.fees.begin(), procedure.fees.end(), [&](const FeeRule& other) {
            return other.type == rule.type && other.name == rule.name &&
                   closeness(other.scope) > closeness(rule.scope) &&
                   applies(other.scope, input.channel, input.case_code);
        });
        if (replaced) continue;
        FeeLine line{i, rule.name, rule.type, std::nullopt};
        std::int64_t times = rule.basis == FeeBasis::dossier ? 1 : input.copies;
        bool by_page = rule.basis == FeeBasis::page || rule.kind == FeeKind::stepped;
        if (by_page && rule.kind != FeeKind::free && input.pages == 0)
            return fail(Errc::invalid, "catalogue.pages_required", {{"code", procedure.code}});
        switch (rule.kind) {
            case FeeKind::free:
            case FeeKind::unstated:
                line.amount = Dong{0};
                break;
            case FeeKind::fixed:
            case FeeKind::council:
                if (rule.amount && rule.currency.empty())
                    line.amount = *rule.amount * times * (rule.basis == FeeBasis::page ? input.pages : 1);
                break;
            case FeeKind::stepped:
                line.amount = price_by_steps(rule, input.pages) * input.copies;
                break;
            case FeeKind::regulated:
                break;
        }
        if (line.amount)
            quote.total = quote.total + *line.amount;
        else
            quote.complete = false;
        quote.lines.push_back(std::move(line));
    }
    return quote;
}

}  // namespace motcua::catalogue
