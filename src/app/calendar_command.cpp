#include "app/calendar_command.hpp"

#include <climits>
#include <istream>
#include <ostream>

#include "app/domain.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"
#include "definitions/notices.hpp"
#include "dossier/redate.hpp"

namespace motcua::app {

namespace {

constexpr std::string_view usage =
    "usage: motcua calendar list --data DIR\n"
    "       motcua calendar notice FILE --data DIR [--calendar NAME] [--dry-run] [--json]\n";

std::string moment(const std::optional<Instant>& t) { return t ? format_local(to_local(*t)) : "-"; }

json::object to_json(const dossier::MovedDossier& moved) {
    json::object o{{"id", to_string(moved.id)}, {"tasks", moved.tasks}};
    if (!moved.code.empty()) o["code"] = moved.code;
    if (moved.old_due) o["old_due"] = format_iso(*moved.old_due);
    if (moved.new_due) o["new_due"] = format_iso(*moved.new_due);
    return o;
}

struct Outcome {
    definitions::LateNotice notice;
    std::vector<std::string> calendars;  // versions made
    dossier::RedateReport report;
    std::vector<dossier::MovedDossier> moved;
};

void print(const Outcome& outcome, bool as_json, std::ostream& out) {
    const std::string document = definitions::document_text(outcome.notice.notice.document);
    if (as_json) {
        json::array calendars, moved;
        for (const std::string& id : outcome.calendars) calendars.push_back(json::value(id));
        for (const auto& each : outcome.moved) moved.push_back(to_json(each));
        out << json::serialize(json::object{{"notice", format_id(outcome.notice.id)},
                                            {"document", document},
                                            {"calendars", std::move(calendars)},
                                            {"examined", outcome.report.examined},
                                            {"standing", outcome.report.standing},
                                            {"moved", std::move(moved)}})
            << '\n';
        return;
    }
    for (const auto& each : outcome.moved)
        out << (each.code.empty() ? to_string(each.id) : each.code) << '\t' << moment(each.old_due) << '\t'
            << moment(each.new_due) << '\t' << document << '\n';
    out << "examined " << outcome.report.examined << ", moved " << outcome.moved.size() << ", standing "
        << outcome.report.standing << '\n';
}

/// Counts with calendars that are not stored.
Result<Outcome> rehearse(const std::string& data, const std::string& calendar, const std::string& text) {
    auto workspace = TRY(Workspace::open(data, Access::look));
    Domain domain(workspace->database(), workspace->committer(), workspace->ids());
    Outcome outcome;
    auto announced = TRY(definitions::announce_notice(*workspace->database().reader(), workspace->ids(), calendar, text,
                                                      workspace->meta()));
    for (const auto& made : announced.made) outcome.calendars.push_back(made.id);
    dossier::Service as_if({[&] { return domain.units().directory(); }, [&] { return domain.procedures().catalogue(); },
                            [all = domain.definitions()->with_calendars(announced.made)] { return all; }},
                           workspace->ids());
    outcome.notice = announced.notice;
    outcome.moved =
        TRY(dossier::rehearse_move(workspace->database(), as_if, outcome.notice, workspace->meta(), outcome.report));
    return outcome;
}

Result<Outcome> announce(const std::string& data, const std::string& calendar, const std::string& text) {
    auto workspace = TRY(Workspace::open(data, Access::change));
    Domain domain(workspace->database(), workspace->committer(), workspace->ids());
    Outcome outcome;
    auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        auto announced =
            TRY(definitions::announce_notice(session, workspace->ids(), calendar, text, workspace->meta()));
        outcome.notice = std::move(announced.notice);
        outcome.calendars.clear();
        for (const auto& made : announced.made) outcome.calendars.push_back(made.id);
        return announced.write ? std::move(*announced.write) : ledger::WriteSet{};
    };
    TRY(ledger::run_command(workspace->database(), workspace->committer(), prepare));
    outcome.notice = *definitions::find_notice(*workspace->database().reader(), outcome.notice.id);
    domain.reload_definitions();
    outcome.report = TRY(dossier::apply_notice(workspace->database(), workspace->committer(), domain.dossiers(),
                                               outcome.notice, workspace->meta()));
    outcome.moved = dossier::list_moved(*workspace->database().reader(), outcome.notice, 0, INT_MAX);
    return outcome;
}

Result<void> list(const std::string& data, std::ostream& out) {
    auto workspace = TRY(Workspace::open(data, Access::look));
    auto session = workspace->database().reader();
    auto definitions = definitions::load_definitions(*session);
    for (const auto* calendar : definitions->list_calendars())
        out << calendar->id << '\t' << calendar->calendar->data().name.vi << '\n';
    for (const auto& notice : definitions::list_notices(*session)) {
        out << format_id(notice.id) << '\t' << notice.calendar << '\t'
            << definitions::document_text(notice.notice.document) << '\t';
        if (notice.applied)
            out << "moved " << notice.moved << '\n';
        else
            out << "being applied\n";
    }
    return {};
}

}  // namespace

int run_calendar(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err) {
    auto refuse = [&](const Error& error, int status) {
        print_refusal(err, "calendar", error);
        return status;
    };
    auto options = parse_options(args, {"data", "calendar"}, {"dry-run", "json"});
    if (!options) return refuse(options.error(), 2);
    const auto& words = options->arguments;
    auto data = options->find("data");
    const bool listing = words.size() == 1 && words[0] == "list";
    if (!data || !(listing || (words.size() == 2 && words[0] == "notice"))) {
        err << usage;
        return 2;
    }
    if (listing) {
        auto listed = list(*data, out);
        return listed ? 0 : refuse(listed.error(), 1);
    }
    auto text = read_input(words[1], in);
    if (!text) return refuse(text.error(), 1);
    const std::string calendar = options->find("calendar").value_or(std::string(definitions::standard_calendar));
    auto outcome = options->has("dry-run") ? rehearse(*data, calendar, *text) : announce(*data, calendar, *text);
    if (!outcome) return refuse(outcome.error(), 1);
    print(*outcome, options->has("json"), out);
    return 0;
}

}  // namespace motcua::app
