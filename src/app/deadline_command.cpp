// See deadline_command.hpp. A batch never loses a line: the n-th line printed belongs to the n-th line read.
#include "app/deadline_command.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <istream>
#include <optional>
#include <ostream>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "base/json.hpp"
#include "calendar/due.hpp"
#include "definitions/definitions.hpp"
#include "organisation/organisation.hpp"
#include "resources/messages.hpp"
#include "resources/resources.hpp"

namespace motcua::app {
using namespace calendar;

namespace {

constexpr std::size_t batch_line_bytes_max = 64 * 1024;

constexpr std::string_view usage =
    "usage: motcua deadline --from YYYY-MM-DDTHH:MM --amount N --unit working_hour|working_day|day|month\n"
    "         [--amount N --unit U]...      further parts of a mixed limit\n"
    "         [--pause FROM/TO]...          stretches in which the clock stands still\n"
    "         [--rules nd61|nd107|nd118]    default: the rules in force on the day of reception\n"
    "         [--calendar FILE | --unit-calendar ID]   default: the shipped calendar of State offices\n"
    "         [--for-unit CODE --data DIR]  the hours that this unit keeps on the day of reception\n"
    "         [--same-day [--cutoff HH:MM]] [--end-of-day]\n"
    "         [--explain [--lang vi|en]] [--json]\n"
    "       motcua deadline --batch FILE    JSON lines {\"from\",\"amount\",\"unit\"}; - reads standard input\n";

/// What one line of a batch, or the command line, asks for.
struct Question {
    LocalMinute from;
    std::vector<Limit> limits;
    std::vector<PauseSpan> pauses;
    DueRules rules;
};

/// The command line, read but not yet understood.
struct Asked {
    Options options;
    std::vector<std::string> amounts, units, pauses;
    Lang lang = Lang::vi;

    bool has(std::string_view flag) const { return options.has(flag); }
};

/// In both languages, unlike the verbs for operators: the answers go into the logs of scripts.
void print_refusal(std::ostream& err, const Error& error) {
    err << "motcua deadline: " << resources::message(Lang::vi, error) << '\n'
        << "motcua deadline: " << resources::message(Lang::en, error) << '\n';
}

Result<Asked> read_command_line(std::span<const std::string_view> args) {
    Asked asked;
    std::vector<std::string_view> once;  // what is left without the options that may be repeated
    for (std::size_t i = 0; i < args.size(); ++i) {
        std::string_view name = args[i].substr(0, args[i].find('='));
        std::vector<std::string>* several = name == "--amount"  ? &asked.amounts
                                            : name == "--unit"  ? &asked.units
                                            : name == "--pause" ? &asked.pauses
                                                                : nullptr;
        if (!several) {
            once.push_back(args[i]);
        } else if (name.size() < args[i].size()) {
            several->emplace_back(args[i].substr(name.size() + 1));
        } else if (i + 1 < args.size()) {
            several->emplace_back(args[++i]);
        } else {
            return fail(Errc::invalid, "options.value_missing", {{"option", std::string(name)}});
        }
    }
    asked.options = TRY(parse_options(
        once, {"from", "rules", "calendar", "unit-calendar", "for-unit", "data", "cutoff", "batch", "lang"},
        {"same-day", "end-of-day", "explain", "json", "help"}));
    if (asked.has("help")) return asked;
    if (auto lang = asked.options.find("lang")) {
        if (!parse_lang(*lang)) return fail(Errc::invalid, "deadline.lang_unknown", {{"lang", *lang}});
        asked.lang = *parse_lang(*lang);
    }
    if (!asked.options.arguments.empty())
        return fail(Errc::invalid, "options.unknown", {{"option", asked.options.arguments[0]}});
    auto missing = [](std::string_view option) {
        return fail(Errc::invalid, "deadline.option_missing", {{"option", std::string(option)}});
    };
    if (asked.has("calendar") + asked.has("unit-calendar") + asked.has("for-unit") > 1)
        return fail(Errc::invalid, "deadline.calendar_twice");
    if (asked.has("for-unit") && !asked.has("data")) return missing("--data");
    if (asked.has("data") && !asked.has("for-unit")) return missing("--for-unit");
    if (asked.has("batch")) {
        if (asked.has("from") || !asked.amounts.empty() || !asked.units.empty() || !asked.pauses.empty())
            return fail(Errc::invalid, "deadline.batch_alone");
        return asked;
    }
    if (!asked.has("from")) return missing("--from");
    if (asked.amounts.empty()) return missing("--amount");
    if (asked.units.size() != asked.amounts.size()) return missing("--unit");
    return asked;
}

/// Minutes, or a whole day ("2023-02-23" is its first minute), or a time with an offset.
Result<LocalMinute> read_moment(std::string_view text) {
    if (auto day = parse_day(text)) return LocalMinute{*day};
    return to_local(TRY(parse_iso(text)));
}

Result<PauseSpan> read_pause(std::string_view text) {
    auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return fail(Errc::invalid, "deadline.pause_malformed", {{"text", std::string(text.substr(0, 60))}});
    LocalMinute from = TRY(read_moment(text.substr(0, slash)));
    return PauseSpan{from, TRY(read_moment(text.substr(slash + 1)))};
}

Result<Limit> read_limit(std::string_view amount, std::string_view unit) {
    std::int64_t milli = TRY(parse_amount_milli(amount));
    auto found = find_time_unit(unit);
    if (!found) return fail(Errc::invalid, "calendar.unit_unknown", {{"unit", std::string(unit.substr(0, 60))}});
    return Limit{milli, *found};
}

Result<DueRules> read_rules(const Asked& asked, std::optional<std::string_view> rules, LocalMinute from) {
    DueRules due_rules{.same_day = asked.has("same-day"), .due_at_end_of_day = asked.has("end-of-day")};
    if (auto cutoff = asked.options.find("cutoff")) {
        // Any day will do: only the time of day is wanted.
        auto moment = parse_local("2000-01-01T" + *cutoff);
        if (!moment) return fail(Errc::malformed, "deadline.cutoff_malformed", {{"text", *cutoff}});
        due_rules.cutoff = *moment - std::chrono::floor<std::chrono::days>(*moment);
    }
    due_rules.rule_set = rule_set_on(std::chrono::floor<std::chrono::days>(from));
    if (rules) {
        auto found = find_rule_set(*rules);
        if (!found)
            return fail(Errc::invalid, "calendar.rules_unknown", {{"rules", std::string(rules->substr(0, 60))}});
        due_rules.rule_set = *found;
    }
    return due_rules;
}

Result<Question> read_question(const Asked& asked) {
    Question question;
    question.from = TRY(read_moment(asked.options.find("from").value_or("")));
    for (std::size_t i = 0; i < asked.amounts.size(); ++i)
        question.limits.push_back(TRY(read_limit(asked.amounts[i], asked.units[i])));
    for (const auto& pause : asked.pauses) question.pauses.push_back(TRY(read_pause(pause)));
    question.rules = TRY(read_rules(asked, asked.options.find("rules"), question.from));
    return question;
}

/// The amount of a batch line as text: a JSON number in plain decimals, or a string as it stands.
Result<std::string> amount_text(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    if (value.is_double()) {
        double amount = value.get_double();
        // The nearest thousandth when the number is one; otherwise all its digits, for the reader to refuse.
        double milli = std::round(amount * 1000);
        if (std::abs(milli) <= 1e12 && milli / 1000 == amount) return format_amount(static_cast<std::int64_t>(milli));
        return fmt::format("{:f}", amount);
    }
    return fail(Errc::invalid, "calendar.amount_invalid", {{"amount", json::serialize(value).substr(0, 40)}});
}

Result<std::string_view> text_member(const json::object& object, std::string_view member) {
    auto text = find_string(object, member);
    if (!text) return fail(Errc::invalid, "deadline.member_missing", {{"member", std::string(member)}});
    return *text;
}

Result<Question> read_batch_line(const Asked& asked, std::string_view line) {
    if (line.size() > batch_line_bytes_max)
        return fail(Errc::too_large, "json.too_large", {{"limit", std::to_string(batch_line_bytes_max)}});
    json::value value = TRY(parse_json(line));
    if (!value.is_object()) return fail(Errc::malformed, "deadline.line_not_object");
    const json::object& object = value.get_object();
    Question question;
    std::string_view from = TRY(text_member(object, "from"));
    question.from = TRY(read_moment(from));
    const auto* amount = object.if_contains("amount");
    if (!amount) return fail(Errc::invalid, "deadline.member_missing", {{"member", "amount"}});
    std::string text = TRY(amount_text(*amount));
    std::string_view unit = TRY(text_member(object, "unit"));
    question.limits.push_back(TRY(read_limit(text, unit)));
    auto rules = asked.options.find("rules");
    if (auto own = find_string(object, "rules")) rules = std::string(*own);
    question.rules = TRY(read_rules(asked, rules, question.from));
    return question;
}

Result<std::ifstream> open_file(const std::string& path) {
    std::error_code ignored;
    std::ifstream file(path, std::ios::binary);
    // A directory opens as a file and only fails, silently, when it is read.
    if (!file || std::filesystem::is_directory(path, ignored))
        return fail(Errc::not_found, "deadline.file_unreadable", {{"path", path}});
    return file;
}

std::optional<std::string_view> shipped_text(std::string_view id) {
    return resources::find_resource(fmt::format("calendars/{}.json", id));
}

struct Hours {
    WorkCalendarPtr calendar;
    std::optional<Note> whose = std::nullopt;  // said first in an explanation
};

/// The hours that a unit of the data directory keeps on the day of reception (of a batch: today).
Result<Hours> hours_of_unit(const Asked& asked, const std::string& code) {
    auto workspace = TRY(Workspace::open(*asked.options.find("data"), Access::look));
    auto session = workspace->database().reader();
    auto directory = organisation::load_directory(*session);
    auto definitions = definitions::load_definitions(*session);
    const organisation::Unit* unit = directory->find_code(code);
    if (!unit) return fail(Errc::not_found, "deadline.unit_unknown", {{"unit", code}});
    LocalDay day = local_day(workspace->clock().now());
    if (auto from = asked.options.find("from")) day = std::chrono::floor<std::chrono::days>(TRY(read_moment(*from)));
    auto named = directory->hours_of(unit->id, day);
    const auto* found = named ? definitions->find_calendar(named->calendar) : &definitions->standard();
    if (!found) return fail(Errc::conflict, "calendar.unknown", {{"id", std::string(named->calendar)}});
    Note note{"dossier.trace_hours",
              {{"unit", organisation::office_name(*unit)}},
              {{"calendar", found->calendar->data().name}}};
    return Hours{found->calendar, std::move(note)};
}

Result<Hours> choose_hours(const Asked& asked) {
    if (auto unit = asked.options.find("for-unit")) return hours_of_unit(asked, *unit);
    auto path = asked.options.find("calendar");
    if (!path)
        return Hours{TRY(load_calendar_by_id(asked.options.find("unit-calendar").value_or("vietnam"), shipped_text))};
    std::ifstream file = TRY(open_file(*path));
    std::ostringstream text;
    text << file.rdbuf();
    return Hours{TRY(load_calendar(text.view(), shipped_text))};
}

/// "Line 3: …", "File x: …".
void print_refusal_within(std::ostream& err, std::string_view where, const Param& place, const Error& error) {
    for (Lang lang : {Lang::vi, Lang::en}) {
        std::vector<Param> params{place, {"problem", resources::message(lang, error)}};
        err << "motcua deadline: " << resources::message(lang, where, params) << '\n';
    }
}

/// Tells once that a calendar file may say less than the reader of the answer believes.
class Warnings {
  public:
    Warnings(const WorkCalendar& calendar, std::ostream& err) : calendar_(calendar), err_(err) {
        for (const auto& member : calendar.data().ignored_members)
            print_refusal(err_, {Errc::invalid, "deadline.calendar_member_ignored", {{"member", member}}, {}});
    }
    void look_at(LocalMinute t) {
        LocalDay day = std::chrono::floor<std::chrono::days>(t);
        if (told_ || !calendar_.covers(day) || calendar_.knows(day)) return;
        told_ = true;
        print_refusal(err_, {Errc::invalid,
                             "deadline.year_not_listed",
                             {{"day", format_day(day)},
                              {"first", std::to_string(calendar_.data().known_first_year.value_or(0))},
                              {"last", std::to_string(calendar_.data().known_last_year.value_or(0))}},
                             {}});
    }

  private:
    const WorkCalendar& calendar_;
    std::ostream& err_;
    bool told_ = false;
};

json::value explained_json(const DueTime& due) {
    json::value trace = to_json(due.trace);
    json::object sentences;
    for (Lang lang : {Lang::vi, Lang::en}) {
        json::array lines;
        for (const auto& note : due.trace.notes)
            lines.emplace_back(resources::message(lang, note.reason, params_in(lang, note)));
        sentences[to_string(lang)] = std::move(lines);
    }
    return json::object{
        {"due", format_local(due.due)}, {"trace", std::move(trace)}, {"sentences", std::move(sentences)}};
}

/// A list of days off says nothing about other years: nothing can start there. A due time just beyond it is only warned
/// of.
Result<void> check_start(const WorkCalendar& calendar, LocalMinute from) {
    LocalDay day = std::chrono::floor<std::chrono::days>(from);
    if (!calendar.covers(day) || calendar.knows(day)) return {};
    return fail(Errc::invalid, "calendar.out_of_range",
                {{"day", format_day(day)},
                 {"first", fmt::format("{}-01-01", calendar.data().known_first_year.value_or(0))},
                 {"last", fmt::format("{}-12-31", calendar.data().known_last_year.value_or(0))}});
}

Result<void> answer(const Hours& hours, const Question& question, const Asked& asked, Warnings& warnings,
                    std::ostream& out) {
    const WorkCalendar& calendar = *hours.calendar;
    TRY(check_start(calendar, question.from));
    bool as_json = asked.has("json") || (asked.has("explain") && asked.has("batch"));
    if (!asked.has("explain") && !as_json) {
        LocalMinute due = TRY(due_time(calendar, question.from, question.limits, question.rules, question.pauses));
        out << format_local(due) << '\n';
        warnings.look_at(due);
        return {};
    }
    DueTime due = TRY(explain_due_time(calendar, question.from, question.limits, question.rules, question.pauses));
    if (hours.whose) due.trace.notes.insert(due.trace.notes.begin(), *hours.whose);
    if (as_json) {
        out << json::serialize(explained_json(due)) << '\n';
    } else {
        out << format_local(due.due) << '\n';
        for (const auto& note : due.trace.notes)
            out << resources::message(asked.lang, note.reason, params_in(asked.lang, note)) << '\n';
    }
    warnings.look_at(due.due);
    return {};
}

/// 1 when some line was refused; such a line prints "error REASON" in its place.
int answer_batch(const Hours& hours, const Asked& asked, std::istream& lines, Warnings& warnings, std::ostream& out,
                 std::ostream& err) {
    int status = 0;
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (line.ends_with('\r')) line.pop_back();
        auto question = read_batch_line(asked, line);
        Result<void> answered =
            question ? answer(hours, *question, asked, warnings, out) : Result<void>(std::unexpected(question.error()));
        if (answered) continue;
        const Error& error = answered.error();
        status = 1;
        out << "error " << error.reason << '\n';
        print_refusal_within(err, "deadline.batch_line", {"line", std::to_string(number)}, error);
    }
    return status;
}

Result<int> run(const Asked& asked, std::istream& in, std::ostream& out, std::ostream& err) {
    auto hours = choose_hours(asked);
    if (!hours) {
        auto path = asked.options.find("calendar");
        if (!path || hours.error().reason == "deadline.file_unreadable") return std::unexpected(hours.error());
        print_refusal_within(err, "deadline.calendar_file", {"path", *path}, hours.error());
        return 1;
    }
    Warnings warnings(*hours->calendar, err);
    auto batch = asked.options.find("batch");
    if (!batch) {
        Question question = TRY(read_question(asked));
        TRY(answer(*hours, question, asked, warnings, out));
        return 0;
    }
    if (*batch == "-") return answer_batch(*hours, asked, in, warnings, out, err);
    std::ifstream file = TRY(open_file(*batch));
    return answer_batch(*hours, asked, file, warnings, out, err);
}

}  // namespace

int run_deadline(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err) {
    auto asked = read_command_line(args);
    if (!asked) {
        print_refusal(err, asked.error());
        err << usage;
        return 2;
    }
    if (asked->has("help")) {
        out << usage;
        return 0;
    }
    auto status = run(*asked, in, out, err);
    if (!status) {
        print_refusal(err, status.error());
        return 1;
    }
    out.flush();
    if (!out) {
        print_refusal(err, {Errc::unavailable, "deadline.output_failed", {}, {}});
        return 1;
    }
    return *status;
}

}  // namespace motcua::app
