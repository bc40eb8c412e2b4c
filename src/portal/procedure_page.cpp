// A procedure for the person who needs it: what, for whom, how long, what it costs, which papers, why; one button to
// file.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "portal/pages.hpp"

namespace motcua::portal {

namespace {

using catalogue::Procedure;

bool offers(const Procedure& procedure, catalogue::Channel channel) {
    return procedure.channels.empty() || std::ranges::find(procedure.channels, channel) != procedure.channels.end();
}

std::string scope_words(const Html& html, const Procedure& procedure, const catalogue::Scope& scope) {
    std::string text;
    if (scope.channel) text = channel_words(html.lang(), catalogue::to_text(*scope.channel));
    if (!scope.case_code.empty()) {
        auto named = std::ranges::find(procedure.cases, scope.case_code, &catalogue::Case::code);
        text += (text.empty() ? "" : ", ") + (named == procedure.cases.end() ? scope.case_code : named->name);
    }
    return text;
}

void add_limits(Html& html, const Procedure& procedure) {
    html.add(R"(<div><dt>{portal.time_limit}</dt><dd>)");
    if (procedure.limits.empty()) html.add("{portal.limit_unstated}");
    for (const auto& limit : procedure.limits) {
        std::string scope = scope_words(html, procedure, limit.scope);
        html.add("<p>{}{}{}{}</p>", scope, scope.empty() ? "" : ": ",
                 limit.same_day ? html.say("portal.same_day") : limit_words(html.lang(), limit.limit),
                 limit.note.empty() ? "" : " (" + limit.note + ")");
    }
    html.add("</dd></div>");
}

void add_fees(Html& html, const Procedure& procedure) {
    html.add(R"(<div><dt>{portal.fees}</dt><dd>)");
    if (procedure.fees.empty()) html.add("{portal.fee_free}");
    std::set<std::string> said;  // sources repeat a fee for each channel
    for (const auto& fee : procedure.fees) {
        std::string scope = scope_words(html, procedure, fee.scope);
        std::string text = fmt::format("{}{}{}", scope, scope.empty() ? "" : ": ", fee_words(html.lang(), fee));
        if (said.insert(text).second) html.add("<p>{}</p>", text);
    }
    html.add("</dd></div>");
}

void add_papers(Html& html, const Procedure& procedure) {
    if (procedure.components.empty()) return;
    html.add(R"(<section aria-labelledby="papers"><h2 id="papers">{portal.papers}</h2>)");
    std::string group;
    bool open = false;
    for (const auto& component : procedure.components) {
        if (!open || component.group != group) {
            if (open) html.add("</ul>");
            group = component.group;
            if (!group.empty()) html.add("<h3>{}</h3>", group);
            html.add("<ul>");
            open = true;
        }
        html.add("<li>{}", component.name);
        std::vector<std::string> counts;
        if (component.originals > 0)
            counts.push_back(html.say("portal.n_originals", {{"n", std::to_string(component.originals)}}));
        if (component.copies > 0)
            counts.push_back(html.say("portal.n_copies", {{"n", std::to_string(component.copies)}}));
        if (component.kind == catalogue::ComponentKind::shown) counts.push_back(html.say("portal.shown_only"));
        if (component.optional) counts.push_back(html.say("portal.if_any"));
        if (!counts.empty())
            html.add(R"( <span class="muted">({})</span>)", fmt::format("{}", fmt::join(counts, ", ")));
        html.add("</li>");
    }
    html.add("</ul></section>");
}

void add_folded(Html& html, const std::string& title, const std::string& text) {
    if (text.empty()) return;
    html.add("<details><summary>{}</summary>", title);
    std::string_view rest = text;
    while (!rest.empty()) {
        std::size_t end = std::min(rest.find('\n'), rest.size());
        if (std::string_view line = rest.substr(0, end); line.find_first_not_of(" \t\r") != std::string_view::npos)
            html.add("<p>{}</p>", line);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    html.add("</details>");
}

Result<Response> show(const PortalParts& parts, Context& context, const Request& request) {
    auto found = TRY(get_procedure(parts, request.param("code"), today(context)));
    const Procedure& p = *found;
    Html main(request.lang);
    main.add(
        R"(<nav aria-label="{portal.where}"><ol class="crumbs"><li><a href="/">{portal.home}</a></li><li><a href="/thu-tuc">{portal.find_procedure}</a></li>)");
    if (!p.field.name.empty())
        main.add(R"(<li><a href="/thu-tuc?linh-vuc={}">{}</a></li>)",
                 p.field.code.empty() ? p.field.name : p.field.code, p.field.name);
    main.add("</ol></nav><h1>{}</h1>", p.name);
    const bool online =
        offers(p, catalogue::Channel::online) && p.service_level != catalogue::ServiceLevel::information;
    if (online) {
        main.add(R"(<div class="actions"><a class="btn" href="/nop-ho-so/{}">{portal.file}</a></div>)", p.code);
    } else {
        main.add(R"(<div class="notice"><p>{portal.counter_only}</p></div>)");
    }
    main.add(R"(<dl class="summary"><div><dt>{portal.code}</dt><dd>{}</dd></div>)", p.code);
    if (!p.subjects.empty()) {
        std::vector<std::string> who;
        for (auto subject : p.subjects)
            who.push_back(main.say(fmt::format("portal.subject_{}", catalogue::to_text(subject))));
        main.add("<div><dt>{portal.who}</dt><dd>{}</dd></div>", fmt::format("{}", fmt::join(who, ", ")));
    }
    add_limits(main, p);
    add_fees(main, p);
    std::vector<std::string> channels;
    for (auto channel : p.channels) channels.push_back(channel_words(request.lang, catalogue::to_text(channel)));
    if (!channels.empty())
        main.add("<div><dt>{portal.channels}</dt><dd>{}</dd></div>", fmt::format("{}", fmt::join(channels, ", ")));
    if (!p.authorities.empty()) main.add("<div><dt>{portal.authority}</dt><dd>{}</dd></div>", p.authorities);
    if (!p.results.empty()) {
        main.add("<div><dt>{portal.result}</dt><dd>");
        for (const auto& result : p.results) main.add("<p>{}</p>", result.name);
        main.add("</dd></div>");
    }
    main.add("</dl>");
    add_papers(main, p);
    if (!p.cases.empty()) {
        main.add(R"(<details><summary>{portal.cases}</summary><ul>)");
        for (const auto& one : p.cases) main.add("<li>{}</li>", one.name);
        main.add("</ul></details>");
    }
    add_folded(main, main.say("portal.steps"), p.steps);
    add_folded(main, main.say("portal.conditions"), p.conditions);
    if (!p.legal_bases.empty()) {
        main.add("<details><summary>{portal.legal_bases}</summary><ul>");
        for (const auto& base : p.legal_bases)
            main.add("<li>{}{}{}</li>", base.code, base.code.empty() || base.name.empty() ? "" : " – ", base.name);
        main.add("</ul></details>");
    }
    const std::vector<Param> version = {{"version", std::to_string(p.version)},
                                        {"from", p.validity.is_open_start() ? "" : format_day_vi(p.validity.from)}};
    main.add(R"(<p class="muted">{})",
             main.say(p.validity.is_open_start() ? "portal.version_only" : "portal.version_line", version));
    if (!p.decision.empty()) main.add(" {}", main.say("portal.published_by", {{"decision", p.decision}}));
    main.add("</p>");
    return render(parts, request, {.shell = "procedure", .title = p.name, .main = std::move(main)});
}

}  // namespace

Result<catalogue::ProcedurePtr> get_procedure(const PortalParts& parts, std::string_view code, LocalDay day) {
    auto procedure = parts.dossiers.service.snapshots().catalogue()->find_procedure(code, day);
    if (!procedure || !procedure->is_published_on(day))
        return fail(Errc::not_found, "dossier.procedure_unknown", {{"procedure", std::string(code)}});
    return procedure;
}

void register_procedures(http::Router& router, const PortalParts& parts) {
    router.query("GET", "/thu-tuc/{code}", http::permission::open, {.summary = "A procedure", .html = true},
                 [&parts](Context& context, const Request& request) { return show(parts, context, request); });
}

}  // namespace motcua::portal
