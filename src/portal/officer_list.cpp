// The worklist of officers: what is mine, my unit's, due soon, late; by due time. Owns which task counts as whose.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "dossier/separation.hpp"
#include "dossier/signing.hpp"
#include "http/parse.hpp"
#include "identity/permissions.hpp"
#include "portal/pages.hpp"

namespace motcua::portal {

namespace {

using dossier::Asker;
using dossier::TaskKind;
using dossier::TaskLine;
using Position = std::pair<std::int64_t, std::int64_t>;

constexpr int page_lines = 50;
constexpr int batch_lines = 200;
constexpr std::size_t count_max = 200;  // tabs say "200+" beyond

enum class View { mine, unit, soon, late };
struct ViewLink {
    std::string_view name;  // in the address
    View view;
    Pattern title;
};
constexpr ViewLink views[] = {{"toi", View::mine, "{portal.view_mine}"},
                              {"don-vi", View::unit, "{portal.view_unit}"},
                              {"sap-han", View::soon, "{portal.view_soon}"},
                              {"qua-han", View::late, "{portal.view_late}"}};

/// Waiting for the citizen: nothing an officer could do now.
bool waits_for_citizen(const TaskLine& line) {
    if (line.task.kind == TaskKind::payment) return true;
    const dossier::Supplement* open = line.dossier.open_supplement();
    return line.task.kind == TaskKind::supplement && open && !open->submitted;
}

class Worklist {
  public:
    Worklist(const PortalParts& parts, Context& context, const Request& request)
        : parts_(parts), context_(context), asker_(dossier::asker_of(parts.dossiers, context, request)) {
        units_ = asker_.access->scope(identity::permission::dossier_read_unit, asker_.day).units();
        if (units_.size() > std::size_t{dossier::worklist_units_max}) units_.resize(dossier::worklist_units_max);
    }

    bool empty() const { return units_.empty(); }

    /// At most `limit` lines after `after`, by due time.
    std::vector<TaskLine> list(View view, std::optional<Position> after, std::size_t limit) const {
        std::vector<TaskLine> found;
        if (view == View::mine) {
            dossier::WorklistQuery assigned = query_for(view, after);
            assigned.units.clear();
            assigned.officer = OfficerId{asker_.principal.id};
            collect(
                assigned, limit,
                [&](const TaskLine& line) {
                    // What was assigned to somebody who has moved on since is no longer his to see.
                    return !waits_for_citizen(line) && dossier::may_see(asker_, line.dossier, matter_of(line));
                },
                found);
        }
        if (!units_.empty())
            collect(
                query_for(view, after), limit, [&](const TaskLine& line) { return belongs(view, line); }, found);
        std::ranges::sort(found, {}, [](const TaskLine& line) {
            return Position(line.task.due.time_since_epoch().count(), line.task.id);
        });
        if (found.size() > limit) found.resize(limit);
        return found;
    }

    dossier::Separation separation(const TaskLine& line) const {
        return dossier::separation_of(parts_.dossiers.service, context_.db, line.dossier, line.task, matter_of(line),
                                      asker_.day);
    }

  private:
    dossier::WorklistQuery query_for(View view, std::optional<Position> after) const {
        dossier::WorklistQuery query;
        query.units = units_;
        query.limit = batch_lines;
        query.after = after;
        if (view == View::late) query.due_to = context_.now;
        if (view == View::soon) {
            query.due_from = context_.now;
            query.due_to = parts_.dossiers.service.due_soon_until(units_, context_.now);
        }
        return query;
    }

    dossier::Matter matter_of(const TaskLine& line) const {
        return dossier::matter_of(parts_.dossiers, line.dossier, asker_.day);
    }
    bool belongs(View view, const TaskLine& line) const {
        const dossier::Matter matter = matter_of(line);
        if (!dossier::may_see(asker_, line.task, matter))
            return false;  // scopes limited to a field let only those through
        if (view == View::soon && !parts_.dossiers.service.is_due_soon(line.task.unit, context_.now, line.task.due))
            return false;
        if (view != View::mine) return view == View::unit || !waits_for_citizen(line);
        if (line.task.officer || waits_for_citizen(line)) return false;
        return asker_.access->holds(line.task.role, matter.in(line.task.unit), asker_.day) &&
               !separation(line).keeps(OfficerId{asker_.principal.id});
    }

    template <class Accept>
    void collect(dossier::WorklistQuery query, std::size_t limit, Accept&& accept, std::vector<TaskLine>& found) const {
        for (std::size_t kept = 0; kept < limit;) {
            auto lines = dossier::list_tasks(context_.db, query);
            const bool last = std::ssize(lines) < query.limit;
            for (TaskLine& line : lines) {
                query.after = Position(line.task.due.time_since_epoch().count(), line.task.id);
                if (kept < limit && accept(line)) {
                    found.push_back(std::move(line));
                    ++kept;
                }
            }
            if (last) return;
        }
    }

    const PortalParts& parts_;
    Context& context_;
    Asker asker_;
    std::vector<UnitId> units_;
};

std::optional<Position> read_position(std::string_view text) {
    Position position;
    std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const char* end = text.substr(0, dash).end();
    auto [one, bad] = std::from_chars(text.begin(), end, position.first);
    if (bad != std::errc{} || one != end) return std::nullopt;
    auto id = parse_id(text.substr(dash + 1));
    if (!id) return std::nullopt;
    position.second = *id;
    return position;
}

std::string count_words(std::size_t count) {
    return count >= count_max ? fmt::format("{}+", count_max) : std::to_string(count);
}

Result<Response> show(const PortalParts& parts, Context& context, const Request& request) {
    const Lang lang = request.lang;
    std::string words = string_or(request.input, "q");
    std::vector<Wrong> wrong;
    Html main(lang);
    if (!words.empty()) {
        std::size_t begin = words.find_first_not_of(' ');
        std::string code =
            begin == std::string::npos ? "" : words.substr(begin, words.find_last_not_of(' ') - begin + 1);
        if (auto found = dossier::get_visible(parts.dossiers, context, request, code))
            return Response::see_other("/officer/ho-so/" + to_string(found->id));
        wrong.push_back({"q", main.say("portal.code_not_found")});
    }
    Worklist worklist(parts, context, request);
    const auto* named = std::ranges::find(views, std::string_view(string_or(request.input, "xem")), &ViewLink::name);
    const ViewLink& shown = named == std::end(views) ? views[0] : *named;
    const View view = shown.view;
    const std::string_view chosen = shown.name;

    main.add("{}<h1>{portal.worklist}</h1>", error_summary(lang, wrong));
    main.add(
        R"(<form class="search" role="search" action="/officer"><div class="field"><label for="q">{portal.find_by_code}</label><input type="search" id="q" name="q" value="{}"></div><button class="btn secondary">{portal.open}</button></form>)",
        words);
    main.add(R"(<div class="actions">)");
    if (request.principal.has(identity::permission::dossier_receive))
        main.add(R"(<a class="btn" href="/officer/tiep-nhan">{portal.counter_title}</a>)");
    if (request.principal.has(identity::permission::catalogue_settle))
        main.add(R"(<a class="btn secondary" href="/officer/thu-tuc">{portal.catalogue}</a>)");
    main.add("</div>");

    main.add(R"(<ul class="tabs">)");
    std::vector<TaskLine> lines;
    auto after = read_position(string_or(request.input, "sau"));
    for (const auto& [name, one, title] : views) {
        std::size_t count = worklist.list(one, std::nullopt, count_max).size();
        main.add(R"(<li><a href="/officer?xem={}")", name);
        if (one == view) main.add(R"( aria-current="page")");
        main.add(">{} ({})</a></li>", Html(lang).add(title), count_words(count));
    }
    main.add("</ul>");
    lines = worklist.list(view, after, page_lines + 1);
    const bool more = lines.size() > page_lines;
    if (more) lines.pop_back();
    if (worklist.empty()) main.add(R"(<div class="notice"><p>{portal.no_scope}</p></div>)");
    if (lines.empty()) {
        main.add(R"(<div class="notice success"><p>{portal.nothing_to_do}</p></div>)");
    } else {
        main.add(
            R"(<div class="table" tabindex="0" role="region" aria-labelledby="cap"><table class="stack"><caption id="cap" class="vh">{}</caption><thead><tr>)"
            R"(<th scope="col">{portal.dossier_code}</th><th scope="col">{portal.procedure}</th><th scope="col">{portal.applicant}</th><th scope="col">{portal.step}</th>)"
            R"(<th scope="col">{portal.unit}</th><th scope="col">{portal.due}</th></tr></thead><tbody>)",
            Html(lang).add(shown.title));
        for (const TaskLine& line : lines) {
            const dossier::Dossier& d = line.dossier;
            std::string step = line.task.name.empty()
                                   ? main.say(fmt::format("dossier.task.{}", dossier::to_text(line.task.kind)))
                                   : line.task.name;
            Html step_cell(lang);
            step_cell.add("{}", step);
            if (dossier::is_signature(parts.dossiers.service, d, line.task))
                step_cell.add(R"( <span class="tag plain">{portal.signature}</span>)");
            if (d.amended && *d.amended >= line.task.opened)
                step_cell.add(R"( <span class="tag warning">{portal.amended}</span>)");
            if (worklist.separation(line).needs_somebody)
                step_cell.add(R"( <span class="tag danger">{portal.needs_somebody}</span>)");
            const auto* unit = parts.dossiers.service.snapshots().directory()->find(line.task.unit);
            main.add(
                R"(<tr data-row><td data-label="{portal.dossier_code}"><a href="/officer/ho-so/{}">{}</a></td><td data-label="{portal.procedure}">{}</td>)"
                R"(<td data-label="{portal.applicant}">{}</td><td data-label="{portal.step}">{}</td><td data-label="{portal.unit}">{}</td><td data-label="{portal.due}">{}</td></tr>)",
                to_string(d.id), d.code.empty() ? main.say("portal.no_code_yet") : d.code, d.procedure_name,
                d.applicant.name, step_cell, unit ? unit->name : "",
                due_cell(lang, parts.dossiers.service, d, line.task, context.now));
        }
        main.add("</tbody></table></div>");
    }
    if (after || more) {
        main.add(R"(<nav class="pager" aria-label="{portal.pages}">)");
        if (after) main.add(R"(<a href="/officer?xem={}" rel="first">‹ {portal.first_page}</a>)", chosen);
        if (more)
            main.add(R"(<a href="/officer?xem={}&sau={}-{}" rel="next">{portal.next_page} ›</a>)", chosen,
                     lines.back().task.due.time_since_epoch().count(), format_id(lines.back().task.id));
        main.add("</nav>");
    }
    return render(parts, request,
                  {.shell = "worklist",
                   .title = main.say("portal.worklist"),
                   .main = std::move(main),
                   .data = {},
                   .status = wrong.empty() ? 200 : 404});
}

}  // namespace

void register_worklist(http::Router& router, const PortalParts& parts) {
    router.query(
        "GET", "/officer", http::permission::as_officer,
        {.summary = "Worklist",
         .query = {field::text("xem", "Which tasks").length(0, 20), field::text("sau", "Last line seen").length(0, 40),
                   field::text("q", "Code of a dossier").length(0, 60)},
         .slow = true,
         .html = true},
        [&parts](Context& context, const Request& request) { return show(parts, context, request); });
}

}  // namespace motcua::portal
