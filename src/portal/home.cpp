// Home and search: words, life events, filters. Open to everybody.
#include <array>

#include <fmt/format.h>

#include "http/parse.hpp"
#include "portal/pages.hpp"

namespace motcua::portal {

namespace {

constexpr std::size_t results_max = 30;

/// Life events: sentence names and the words to search for.
struct LifeEvent {
    Pattern title, text;
    std::string_view words;
};
constexpr std::array life_events = {
    LifeEvent{"{portal.event_birth}", "{portal.event_birth_text}", "đăng ký khai sinh"},
    LifeEvent{"{portal.event_marriage}", "{portal.event_marriage_text}", "kết hôn"},
    LifeEvent{"{portal.event_home}", "{portal.event_home_text}", "cư trú"},
    LifeEvent{"{portal.event_copy}", "{portal.event_copy_text}", "chứng thực"},
    LifeEvent{"{portal.event_land}", "{portal.event_land_text}", "đất đai"},
    LifeEvent{"{portal.event_building}", "{portal.event_building_text}", "giấy phép xây dựng"},
    LifeEvent{"{portal.event_business}", "{portal.event_business_text}", "hộ kinh doanh"},
    LifeEvent{"{portal.event_work}", "{portal.event_work_text}", "việc làm"},
    LifeEvent{"{portal.event_help}", "{portal.event_help_text}", "trợ cấp"},
    LifeEvent{"{portal.event_death}", "{portal.event_death_text}", "khai tử"},
};

Response home(const PortalParts& parts, Context&, const Request& request) {
    Html main(request.lang);
    main.add("<h1>{portal.home_title}</h1>{}", search_form(request.lang, "/thu-tuc", ""));
    main.add(R"(<section aria-labelledby="events"><h2 id="events">{portal.events}</h2><ul class="cards">)");
    for (const LifeEvent& event : life_events)
        main.add(R"(<li><h3><a href="/thu-tuc?q={}">{}</a></h3><p>{}</p></li>)", http::percent_encode(event.words),
                 Html(request.lang).add(event.title), Html(request.lang).add(event.text));
    main.add(
        R"(</ul></section><section aria-labelledby="after"><h2 id="after">{portal.after_filing}</h2><ul class="cards">)"
        R"(<li><h3><a href="/tra-cuu">{portal.track_dossier}</a></h3><p>{portal.track_text}</p></li>)"
        R"(<li><h3><a href="/ho-so-cua-toi">{portal.own_dossiers}</a></h3><p>{portal.own_text}</p></li></ul></section>)"
        R"(<div class="notice"><p>{portal.anywhere}</p></div>)");
    return render(parts, request, {.shell = "home", .title = main.say("portal.home_title"), .main = std::move(main)});
}

/// A filter's <select>; the first option means any.
void add_filter(Html& html, std::string_view name, const std::string& label,
                const std::vector<std::pair<std::string, std::string>>& options, std::string_view chosen) {
    html.add(
        R"(<div class="field"><label for="{}">{}</label><select id="{}" name="{}"><option value="">{portal.any}</option>)",
        name, label, name, name);
    for (const auto& [value, text] : options) add_option(html, value, text, value == chosen);
    html.add("</select></div>");
}

Response search(const PortalParts& parts, Context& context, const Request& request) {
    const json::object& in = request.input;
    std::string words = string_or(in, "q"), field_code = string_or(in, "linh-vuc");
    std::string level = string_or(in, "cap"), subject = string_or(in, "doi-tuong"), after = string_or(in, "sau");
    auto catalogue = parts.dossiers.service.snapshots().catalogue();
    catalogue::Filter filter{.day = today(context)};
    auto fields = catalogue->list_fields(filter);
    filter.field = field_code;
    filter.level = organisation::find_level(level);
    filter.subject = catalogue::find_subject(subject);

    Html main(request.lang);
    main.add("<h1>{portal.find_procedure}</h1>{}", search_form(request.lang, "/thu-tuc", words));
    std::vector<std::pair<std::string, std::string>> field_options, level_options, subject_options;
    for (const auto& count : fields) {
        std::string value = count.field.code.empty() ? count.field.name : count.field.code;
        field_options.emplace_back(value, fmt::format("{} ({})", count.field.name, count.procedures));
    }
    for (std::string_view one : {"province", "district", "commune"})
        level_options.emplace_back(one, main.say(fmt::format("portal.level_{}", one)));
    for (std::string_view one :
         {"citizen", "enterprise", "cooperative", "organisation", "foreigner", "overseas_vietnamese"})
        subject_options.emplace_back(one, main.say(fmt::format("portal.subject_{}", one)));
    main.add(R"(<form class="filters" action="/thu-tuc"><input type="hidden" name="q" value="{}">)", words);
    add_filter(main, "linh-vuc", main.say("portal.field"), field_options, field_code);
    add_filter(main, "cap", main.say("portal.level"), level_options, level);
    add_filter(main, "doi-tuong", main.say("portal.subject"), subject_options, subject);
    main.add(R"(<div class="field"><button class="btn secondary">{portal.filter}</button></div></form>)");

    std::vector<catalogue::SearchHit> hits;
    bool more = false;
    if (words.empty()) {
        auto listed = catalogue->list_procedures(filter, after, results_max + 1);
        more = listed.size() > results_max;
        if (more) listed.pop_back();
        for (auto& procedure : listed) hits.push_back({std::move(procedure), 0, {}});
    } else {
        hits = catalogue->search(words, filter, results_max);
    }
    if (hits.empty()) {
        main.add(R"(<div class="notice"><h2>{portal.nothing_found}</h2><p>{portal.nothing_found_hint}</p></div>)");
    } else {
        main.add("<h2>{}</h2>",
                 words.empty() ? main.say("portal.all_procedures")
                               : main.say("portal.found", {{"words", words}, {"count", std::to_string(hits.size())}}));
        main.add(R"(<ol class="results">)");
        for (const auto& hit : hits) {
            Html link(request.lang);
            link.add(R"(<a href="/thu-tuc/{}">{}</a>)", hit.procedure->code, hit.procedure->name);
            main.add("{}", procedure_line(request.lang, *hit.procedure, link));
        }
        main.add("</ol>");
    }
    if (!after.empty() || more) {
        std::string query = fmt::format("/thu-tuc?linh-vuc={}&cap={}&doi-tuong={}", http::percent_encode(field_code),
                                        http::percent_encode(level), http::percent_encode(subject));
        main.add(R"(<nav class="pager" aria-label="{portal.pages}">)");
        if (!after.empty()) main.add(R"(<a href="{}" rel="first">‹ {portal.first_page}</a>)", query);
        if (more)
            main.add(R"(<a href="{}&sau={}" rel="next">{portal.next_page} ›</a>)", query, hits.back().procedure->code);
        main.add("</nav>");
    }
    std::string title = words.empty() ? main.say("portal.find_procedure")
                                      : fmt::format("{} – {}", words, main.say("portal.find_procedure"));
    return render(parts, request, {.shell = "search", .title = std::move(title), .main = std::move(main)});
}

}  // namespace

Html search_form(Lang lang, std::string_view action, std::string_view words) {
    Html html(lang);
    return html.add(
        R"(<form class="search" role="search" action="{}"><div class="field"><label for="q">{portal.search_label}</label>)"
        R"(<input type="search" id="q" name="q" value="{}"></div><button class="btn">{portal.search}</button></form>)",
        action, words);
}

Html procedure_line(Lang lang, const catalogue::Procedure& procedure, const Html& link) {
    Html html(lang);
    html.add(R"(<li><h3>{}</h3><p class="muted">{})", link, procedure.code);
    if (!procedure.field.name.empty()) html.add(" · {}", procedure.field.name);
    for (organisation::Level level : procedure.levels)
        html.add(" · {}", html.say(fmt::format("portal.level_{}", organisation::to_text(level))));
    if (!procedure.limits.empty())
        html.add(" · {}", procedure.limits.front().same_day ? html.say("portal.same_day")
                                                            : limit_words(lang, procedure.limits.front().limit));
    return html.add("</p></li>");
}

void register_home(http::Router& router, const PortalParts& parts) {
    using http::permission::open;
    router.query("GET", "/", open, {.summary = "Home", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return home(parts, context, request);
                 });
    router.query(
        "GET", "/thu-tuc", open,
        {.summary = "Find a procedure",
         .query = {field::text("q", "Words or code").length(0, 400), field::text("linh-vuc", "Field").length(0, 200),
                   field::text("cap", "Level").length(0, 20), field::text("doi-tuong", "Subject").length(0, 40),
                   field::text("sau", "Code of the last one seen").length(0, 60)},
         .html = true},
        [&parts](Context& context, const Request& request) -> Result<Response> {
            return search(parts, context, request);
        });
}

}  // namespace motcua::portal
