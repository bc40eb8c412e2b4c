#include "catalogue/trust.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace motcua::catalogue {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string describe(const TimeLimit& limit) {
    return calendar::format_amount(limit.limit.amount_milli) + " " + std::string(calendar::to_text(limit.limit.unit));
}

std::string describe(const FeeRule& fee) {
    std::string text =
        std::to_string(fee.amount.value_or(Dong{}).amount) + " " + (fee.currency.empty() ? "đ" : fee.currency);
    if (!fee.note.empty()) text += " (" + fee.note + ")";
    return text;
}

/// A text names money, never the fee itself, but ten, a hundred or a thousand times more or less.
bool is_slip(Dong fee, const std::vector<Dong>& named) {
    bool slipped = false;
    for (Dong other : named) {
        if (other == fee) return false;
        for (std::int64_t factor : {10, 100, 1000})
            slipped = slipped || other.amount == fee.amount * factor || fee.amount == other.amount * factor;
    }
    return slipped;
}

}  // namespace

std::vector<Dong> amounts_in_text(std::string_view text) {
    std::vector<Dong> amounts;
    for (std::size_t i = 0; i < text.size();) {
        if (!is_digit(text[i]) || (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '/'))) {
            ++i;
            continue;
        }
        std::size_t start = i;
        std::int64_t number = 0;
        bool grouped = true;
        while (i < text.size() && number < 1'000'000'000'000) {
            if (is_digit(text[i])) {
                number = number * 10 + (text[i] - '0');
                ++i;
            } else if ((text[i] == '.' || text[i] == ',') && i + 3 < text.size() && is_digit(text[i + 1]) &&
                       is_digit(text[i + 2]) && is_digit(text[i + 3])) {
                ++i;
            } else {
                break;
            }
        }
        if (start > 0 && (text[start - 1] == '.' || text[start - 1] == ',')) grouped = false;
        // The unit of money follows: đ, đồng, vnđ, đ/…, triệu đồng, nghìn đồng.
        std::string after = lower(text.substr(i, 24));
        std::string_view unit = after;
        while (unit.starts_with(' ')) unit.remove_prefix(1);
        std::int64_t factor = 1;
        for (auto [word, times] :
             {std::pair<std::string_view, std::int64_t>{"triệu", 1'000'000}, {"nghìn", 1'000}, {"ngàn", 1'000}})
            if (unit.starts_with(word)) {
                factor = times;
                unit.remove_prefix(word.size());
                while (unit.starts_with(' ')) unit.remove_prefix(1);
            }
        bool money = unit.starts_with("đồng") || unit.starts_with("vnđ") || unit.starts_with("vnd") || unit == "đ" ||
                     unit.starts_with("đ/") || unit.starts_with("đ ") || unit.starts_with("đ,") ||
                     unit.starts_with("đ.") || unit.starts_with("đ)");
        if (money && grouped && number > 0) amounts.push_back(Dong{number * factor});
    }
    return amounts;
}

void add_flags(std::vector<Flag>& flags, std::vector<Flag> more) {
    for (Flag& flag : more)
        if (std::find(flags.begin(), flags.end(), flag) == flags.end()) flags.push_back(std::move(flag));
}

std::vector<Flag> check_trust(const Procedure& procedure) {
    std::vector<Flag> flags;
    auto raise = [&](std::string_view reason, std::string detail) {
        add_flags(flags, {Flag{std::string(reason), std::move(detail)}});
    };
    for (Channel channel : procedure.channels) {
        bool any = std::any_of(procedure.limits.begin(), procedure.limits.end(), [&](const TimeLimit& limit) {
            return !limit.scope.channel || *limit.scope.channel == channel;
        });
        if (!any) raise(flag_limit_missing, std::string(to_text(channel)));
    }
    if (procedure.limits.empty() && procedure.channels.empty() && procedure.service_level != ServiceLevel::information)
        raise(flag_limit_missing, "");
    for (const TimeLimit& limit : procedure.limits)
        if (limit.limit.unit != procedure.limits.front().limit.unit) {
            raise(flag_limit_mixed_units, describe(procedure.limits.front()) + ", " + describe(limit));
            break;
        }
    for (const FeeRule& fee : procedure.fees) {
        if (!fee.amount || fee.kind == FeeKind::free) continue;
        if (!fee.currency.empty())
            raise(flag_fee_currency, describe(fee));
        else if (*fee.amount < fee_min)
            raise(flag_fee_too_small, describe(fee));
        else if (is_slip(*fee.amount, amounts_in_text(fee.note)))
            raise(flag_fee_contradicts, describe(fee));
    }
    for (const FeeRule& fee : procedure.fees)
        for (const FeeStep& step : fee.steps)
            if (step.price < fee_min) raise(flag_fee_too_small, std::to_string(step.price.amount) + " đ");
    return flags;
}

}  // namespace motcua::catalogue
