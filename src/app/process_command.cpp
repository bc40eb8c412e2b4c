#include "app/process_command.hpp"

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/process_migration.hpp"
#include "process/check_model.hpp"
#include "process/scenario.hpp"
#include "resources/messages.hpp"

namespace motcua::app {
namespace {

int print_usage(std::ostream& err) {
    err << "usage: motcua process check FILE.bpmn…\n"
           "       motcua process run FILE.bpmn… --steps STEPS.json\n"
           "       motcua process run FILE.bpmn… --trace [--set NAME=VALUE]…\n"
           "       motcua process migrate NAME --data DIR --to N [--from N] [--map OLD=NEW,…] [--reason TEXT "
           "--execute]\n";
    return 2;
}

Result<std::string> read_file(std::string_view path) {
    std::ifstream file{std::string(path), std::ios::binary};
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof())
        return fail(Errc::not_found, "process_command.unreadable", {{"file", std::string(path)}});
    return text;
}

struct Arguments {
    std::vector<std::string_view> files;
    std::string_view steps;
    bool trace = false;
    json::object variables;
};

Result<process::ModelPtr> read_files(const Arguments& arguments, std::span<const process::ScriptAlias> aliases) {
    std::vector<std::string> texts;
    for (auto file : arguments.files) texts.push_back(TRY(read_file(file)));
    std::vector<std::string_view> views(texts.begin(), texts.end());
    return process::read_models(views, aliases);
}

int refuse(std::ostream& err, const Error& error) {
    print_refusal(err, "process", error);
    return 1;
}

int check(const Arguments& arguments, std::ostream& out, std::ostream& err) {
    auto model = read_files(arguments, {});
    if (!model) return refuse(err, model.error());
    auto problems = process::check_model(**model, {});
    for (const auto& p : problems) {
        bool error = p.severity == process::Problem::Severity::error;
        out << (error ? "error" : "warning") << '\t' << p.element << '\t' << p.reason << '\t'
            << resources::message(terminal_lang(), p.reason, p.params) << '\n';
    }
    if (process::has_errors(problems)) return 1;
    out << "accepted\n";
    return 0;
}

Result<json::array> read_steps(std::string_view path) {
    auto text = TRY(read_file(path));
    auto value = TRY(parse_json(text));
    if (value.is_array()) return std::move(value.get_array());
    if (value.is_object())
        if (auto* steps = find_array(value.get_object(), "steps")) return *steps;
    return fail(Errc::malformed, "process_command.steps", {{"file", std::string(path)}});
}

int run(const Arguments& arguments, std::ostream& out, std::ostream& err) {
    if (arguments.trace) {
        auto model = read_files(arguments, process::trace_scripts());
        if (!model) return refuse(err, model.error());
        auto result = process::run_trace(**model, arguments.variables);
        out << json::serialize(result) << '\n';
        return result.at("ended").as_bool() ? 0 : 1;
    }
    auto model = read_files(arguments, {});
    if (!model) return refuse(err, model.error());
    auto steps = read_steps(arguments.steps);
    if (!steps) return refuse(err, steps.error());
    bool all = true;
    for (const auto& answer : process::run_steps(**model, *steps)) {
        out << json::serialize(answer) << '\n';
        all = all && answer.at("ok").as_bool();
    }
    return all ? 0 : 1;
}

}  // namespace

int run_process(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    if (args.size() < 2) return print_usage(err);
    auto verb = args[0];
    if (verb == "migrate") return run_process_migration(args.subspan(1), out, err);
    Arguments arguments;
    for (std::size_t i = 1; i < args.size(); ++i) {
        auto value = [&](std::string_view option) -> std::string_view {
            if (args[i].starts_with(std::string(option) + "=")) return args[i].substr(option.size() + 1);
            return args[i] == option && i + 1 < args.size() ? args[++i] : std::string_view();
        };
        if (args[i] == "--trace") {
            arguments.trace = true;
        } else if (args[i] == "--steps" || args[i].starts_with("--steps=")) {
            arguments.steps = value("--steps");
        } else if (args[i] == "--set" || args[i].starts_with("--set=")) {
            auto pair = value("--set");
            auto equals = pair.find('=');
            if (equals == 0 || equals == std::string_view::npos) return print_usage(err);
            // A number, true, false or other JSON is taken as that; anything else is text.
            auto text = pair.substr(equals + 1);
            auto read = parse_json(text);
            arguments.variables[pair.substr(0, equals)] = read ? *read : json::value(text);
        } else if (args[i].starts_with("--")) {
            return print_usage(err);
        } else {
            arguments.files.push_back(args[i]);
        }
    }
    if (arguments.files.empty()) return print_usage(err);
    if (verb == "check" && !arguments.trace && arguments.steps.empty()) return check(arguments, out, err);
    if (verb == "run" && arguments.trace == arguments.steps.empty()) return run(arguments, out, err);
    return print_usage(err);
}

}  // namespace motcua::app
