// The command line: one program, one verb an invocation. Each verb is a function of src/app; a new one is a line below.
#include <cstdlib>
#include <iostream>
#include <span>
#include <string_view>
#include <vector>

#include "app/account_command.hpp"
#include "app/audit_command.hpp"
#include "app/backup_command.hpp"
#include "app/calendar_command.hpp"
#include "app/deadline_command.hpp"
#include "app/demo_command.hpp"
#include "app/doctor_command.hpp"
#include "app/import_command.hpp"
#include "app/keys_command.hpp"
#include "app/move_command.hpp"
#include "app/person_command.hpp"
#include "app/process_command.hpp"
#include "app/report_command.hpp"
#include "app/search_command.hpp"
#include "app/serve_command.hpp"
#include "app/simulate_command.hpp"
#include "app/verify_command.hpp"
#include "base/check.hpp"

namespace {

struct Verb {
    std::string_view name;
    int (*run)(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);
    std::string_view does;
};

constexpr Verb verbs[] = {
    {"account", motcua::app::run_account, "create a staff account, or give it a new password"},
    {"audit", motcua::app::run_audit, "who signed in, changed rights, opened records or was refused, for an inspector"},
    {"backup", motcua::app::run_backup, "copy a data directory while it is in use, and check the copy"},
    {"calendar", motcua::app::run_calendar, "working calendars, and notices announced late"},
    {"config", motcua::app::run_config, "the settings, and what each means (--explain)"},
    {"deadline", motcua::app::run_deadline, "when a legal time limit ends, and why"},
    {"demo", motcua::app::run_demo, "a demo province with sample accounts, served"},
    {"doctor", motcua::app::run_doctor, "is what is stored what it should be?"},
    {"export", motcua::app::run_export, "a whole installation as files, for another database"},
    {"import", motcua::app::run_import,
     "facts from files: units, calendars, procedures, processes, forms; or an export (database)"},
    {"keys", motcua::app::run_keys, "the keys that files and personal values are sealed with: rotate, seal again"},
    {"migrate", motcua::app::run_migrate, "bring a database up to date, or try it on a copy (--dry-run)"},
    {"person", motcua::app::run_person, "what is kept about a person; erasing what the law no longer needs"},
    {"process", motcua::app::run_process, "check a BPMN process, or run one step by step"},
    {"report", motcua::app::run_report, "figures of a period, and the dossiers behind them"},
    {"restore", motcua::app::run_restore, "put a backup into an empty data directory"},
    {"search", motcua::app::run_search, "procedures by words or code"},
    {"serve", motcua::app::run_serve, "the server"},
    {"simulate", motcua::app::run_simulate, "believable traffic through the real use cases"},
    {"verify", motcua::app::run_verify, "a ledger, a published log or a receipt, checked on its own"},
};

int print_usage(std::ostream& to) {
    to << "usage: motcua VERB [OPTIONS]\n";
    for (const Verb& verb : verbs) to << "  " << verb.name << "\t" << verb.does << '\n';
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    std::vector<std::string_view> args(argv + 1, argv + argc);
    if (args.empty()) return print_usage(std::cerr);
    if (args[0] == "--help" || args[0] == "help") return print_usage(std::cout), EXIT_SUCCESS;
    for (const Verb& verb : verbs) {
        if (verb.name != args[0]) continue;
        try {
            return verb.run(std::span(args).subspan(1), std::cin, std::cout, std::cerr);
        } catch (const motcua::Fault& fault) {
            std::cerr << "motcua " << verb.name << ": " << fault.reason() << ": " << fault.what() << '\n';
        } catch (const std::exception& error) {
            std::cerr << "motcua " << verb.name << ": internal error: " << error.what() << '\n';
        }
        return EXIT_FAILURE;
    }
    std::cerr << "motcua: không có lệnh “" << args[0] << "”.\nmotcua: there is no verb “" << args[0] << "”.\n";
    return print_usage(std::cerr);
}
