// The catalogue for those who answer for it: what is held back because its limit or fee cannot be trusted, and why.
#include <fmt/format.h>

#include "identity/permissions.hpp"
#include "portal/pages.hpp"

namespace motcua::portal {

namespace {

constexpr std::size_t page_procedures = 50;
constexpr std::size_t batch = 200;

Response show(const PortalParts& parts, Context& context, const Request& request) {
    const Lang lang = request.lang;
    const bool all = string_or(request.input, "xem") == "tat-ca";
    std::string after = string_or(request.input, "sau");
    auto catalogue = parts.dossiers.service.snapshots().catalogue();
    catalogue::Filter filter{.day = today(context), .published_only = false};
    std::vector<catalogue::ProcedurePtr> shown;
    std::string last = after;
    bool ended = false;
    while (shown.size() <= page_procedures && !ended) {
        auto listed = catalogue->list_procedures(filter, last, batch);
        ended = listed.size() < batch;
        for (auto& procedure : listed) {
            last = procedure->code;
            if (all || procedure->status == catalogue::Status::flagged) shown.push_back(std::move(procedure));
            if (shown.size() > page_procedures) break;
        }
    }
    const bool more = shown.size() > page_procedures;
    if (more) shown.resize(page_procedures);
    Html main(lang);
    main.add(
        R"(<a class="back" href="/officer">‹ {portal.worklist}</a><h1>{portal.catalogue}</h1><ul class="tabs"><li><a href="/officer/thu-tuc")");
    if (!all) main.add(R"( aria-current="page")");
    main.add(R"(>{portal.flagged}</a></li><li><a href="/officer/thu-tuc?xem=tat-ca")");
    if (all) main.add(R"( aria-current="page")");
    main.add(">{portal.all_procedures}</a></li></ul>");
    if (shown.empty()) {
        main.add(R"(<div class="notice success"><p>{portal.none_flagged}</p></div>)");
    } else {
        main.add(
            R"(<div class="table" tabindex="0" role="region" aria-labelledby="cap"><table class="stack"><caption id="cap" class="vh">{portal.catalogue}</caption><thead><tr>)"
            R"(<th scope="col">{portal.code}</th><th scope="col">{portal.procedure}</th><th scope="col">{portal.state}</th><th scope="col">{portal.flags}</th></tr></thead><tbody>)");
        for (const auto& procedure : shown) {
            main.add(
                R"(<tr data-row><td data-label="{portal.code}">{}</td><td data-label="{portal.procedure}">{} <span class="muted">{}</span></td><td data-label="{portal.state}"><span class="tag {}">{}</span></td><td data-label="{portal.flags}">)",
                procedure->code, procedure->name, procedure->field.name,
                procedure->status == catalogue::Status::flagged     ? "warning"
                : procedure->status == catalogue::Status::published ? "success"
                                                                    : "plain",
                main.say(fmt::format("portal.publication_{}", catalogue::to_text(procedure->status))));
            for (const catalogue::Flag& flag : procedure->flags)
                main.add("<p>{}</p>", main.say(flag.reason, {{"detail", flag.detail}}));
            main.add("</td></tr>");
        }
        main.add("</tbody></table></div>");
    }
    if (!after.empty() || more) {
        std::string_view view = all ? "tat-ca" : "";
        main.add(R"(<nav class="pager" aria-label="{portal.pages}">)");
        if (!after.empty())
            main.add(R"(<a href="/officer/thu-tuc?xem={}" rel="first">‹ {portal.first_page}</a>)", view);
        if (more)
            main.add(R"(<a href="/officer/thu-tuc?xem={}&sau={}" rel="next">{portal.next_page} ›</a>)", view,
                     shown.back()->code);
        main.add("</nav>");
    }
    return render(parts, request,
                  {.shell = "worklist", .title = main.say("portal.catalogue"), .main = std::move(main)});
}

}  // namespace

void register_catalogue(http::Router& router, const PortalParts& parts) {
    router.query("GET", "/officer/thu-tuc", identity::permission::catalogue_settle,
                 {.summary = "Procedures held back, and why",
                  .query = {field::text("xem", "flagged unless tat-ca").length(0, 10),
                            field::text("sau", "Last code seen").length(0, 60)},
                  .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return show(parts, context, request);
                 });
}

}  // namespace motcua::portal
