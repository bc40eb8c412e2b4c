#include "portal/words.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/due.hpp"

namespace motcua::portal {

namespace {

constexpr std::int64_t day_minutes = 480;

std::string count_words(const Html& html, std::int64_t minutes) {
    if (minutes >= day_minutes)
        return html.say("portal.n_working_days", {{"n", std::to_string(minutes / day_minutes)}});
    if (minutes >= 60) return html.say("portal.n_working_hours", {{"n", std::to_string(minutes / 60)}});
    return html.say("portal.n_minutes", {{"n", std::to_string(minutes)}});
}

}  // namespace

std::string time_words(Instant at) {
    std::string local = format_local(to_local(at));  // 2026-03-02T08:30
    return fmt::format("{} {}/{}/{}", local.substr(11, 5), local.substr(8, 2), local.substr(5, 2), local.substr(0, 4));
}

Html time_tag(Lang lang, Instant at) {
    Html html(lang);
    html.add(R"(<time datetime="{}">{}</time>)", format_iso(at), time_words(at));
    return html;
}

std::string due_words(Lang lang, const calendar::WorkCalendar& calendar, Instant now, Instant due) {
    Html html(lang);
    std::int64_t minutes = calendar::working_minutes_between(calendar, to_local(now), to_local(due));
    if (now <= due) return html.say("portal.left", {{"time", count_words(html, std::max<std::int64_t>(0, minutes))}});
    return html.say("portal.over", {{"time", count_words(html, std::max<std::int64_t>(0, -minutes))}});
}

std::string limit_words(Lang lang, const calendar::Limit& limit) {
    Html html(lang);
    std::string amount = calendar::format_amount(limit.amount_milli);
    if (lang == Lang::vi) std::ranges::replace(amount, '.', ',');
    return html.say(fmt::format("portal.limit_{}", calendar::to_text(limit.unit)), {{"n", amount}});
}

std::string fee_words(Lang lang, const catalogue::FeeRule& fee) {
    Html html(lang);
    using catalogue::FeeKind;
    std::string text;
    switch (fee.kind) {
        case FeeKind::free:
            return html.say("portal.fee_free");
        case FeeKind::fixed:
            if (fee.amount && fee.amount->amount == 0) return html.say("portal.fee_free");
            if (fee.amount)
                text = html.say(fmt::format("portal.fee_{}", catalogue::to_text(fee.basis)),
                                {{"amount", format_dong(*fee.amount)}});
            break;
        case FeeKind::stepped:
            for (const catalogue::FeeStep& step : fee.steps)
                text += (text.empty() ? "" : "; ") +
                        html.say("portal.fee_step",
                                 {{"page", std::to_string(step.from_page)}, {"amount", format_dong(step.price)}});
            break;
        case FeeKind::council:
            text = fee.amount ? format_dong(*fee.amount) : html.say("portal.fee_council");
            break;
        case FeeKind::regulated:
            text = html.say("portal.fee_regulated");
            break;
        case FeeKind::unstated:
            text = html.say("portal.fee_unstated");
            break;
    }
    if (!fee.name.empty()) text = fee.name + ": " + text;
    if (!fee.note.empty() && fee.note != fee.name) text += " (" + fee.note + ")";
    return text;
}

std::string channel_words(Lang lang, std::string_view channel) {
    return Html(lang).say(fmt::format("portal.channel_{}", channel));
}

std::string file_size_words(Lang lang, std::int64_t bytes) {
    if (bytes < 1000) return fmt::format("{} B", bytes);
    if (bytes < 1'000'000) return fmt::format("{} KB", (bytes + 500) / 1000);
    std::string text = fmt::format("{}.{} MB", bytes / 1'000'000, bytes % 1'000'000 / 100'000);
    if (lang == Lang::vi) std::ranges::replace(text, '.', ',');
    return text;
}

Html status_tag(Lang lang, const dossier::Dossier& dossier, Instant now) {
    using dossier::Status;
    Html html(lang);
    std::string word = html.say(fmt::format("portal.state_{}", dossier::to_text(dossier.status)));
    switch (dossier.status) {
        case Status::draft:
        case Status::registered:
        case Status::withdrawn:
        case Status::stopped:
            return html.add(R"(<span class="tag plain">{}</span>)", word);
        case Status::awaiting_supplement:
        case Status::awaiting_payment:
            html.add(R"(<span class="tag warning">{}</span>)", word);
            break;
        case Status::refused:
            return html.add(R"(<span class="tag danger">{}</span>)", word);
        case Status::finished:
        case Status::returned:
            html.add(R"(<span class="tag success">{}</span>)", word);
            break;
        case Status::received:
        case Status::processing:
            html.add(R"(<span class="tag">{}</span>)", word);
            break;
    }
    if (dossier.is_late(now)) html.add(R"( <span class="tag danger">{portal.late}</span>)");
    return html;
}

void add_option(Html& html, std::string_view value, std::string_view label, bool selected) {
    html.add(
        selected ? Pattern(R"(<option value="{}" selected>{}</option>)") : Pattern(R"(<option value="{}">{}</option>)"),
        value, label);
}

}  // namespace motcua::portal
