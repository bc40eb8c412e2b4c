#include "app/demo_command.hpp"

#include <cstdlib>
#include <ostream>
#include <vector>

#include "app/domain.hpp"
#include "app/options.hpp"
#include "app/serve_command.hpp"
#include "app/workspace.hpp"
#include "identity/demo_accounts.hpp"

namespace motcua::app {

namespace {

Result<identity::DemoImport> prepare(const std::string& data) {
    auto workspace = TRY(Workspace::open(data, Access::change));
    Domain domain(workspace->database(), workspace->committer(), workspace->ids());
    TRY(domain.import_demo(workspace->meta()));
    SystemRandom random;
    identity::Identity identity(workspace->database(), workspace->committer(), workspace->clock(), workspace->ids(),
                                random, domain.units().directory(), {.demo = true});
    TRY(identity.start());
    return identity::import_demo_accounts(identity, workspace->meta());
}

}  // namespace

int run_demo(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "listen", "config"}, {"prepare"});
    if (!options) {
        print_refusal(err, "demo", options.error());
        return 2;
    }
    auto data = options->find("data");
    if (!data || !options->arguments.empty()) {
        err << "usage: motcua demo --data DIR [--listen ADDR:PORT] [--config FILE] [--prepare]\n";
        return 2;
    }
    auto demo = prepare(*data);
    if (!demo) {
        print_refusal(err, "demo", demo.error());
        return 1;
    }
    out << "Tài khoản mẫu (người và hồ sơ đều là giả định); mật khẩu chung: " << demo->password << "\n"
        << "Sample accounts (people and dossiers are invented); password of all: " << demo->password << "\n";
    for (const auto& account : demo->accounts)
        out << "  " << account.user_name << "\t" << account.name << " – " << account.does << '\n';
    out << std::flush;
    if (options->has("prepare")) return 0;
    ::setenv("MOTCUA_DEMO_ENABLED", "true", 1);
    return run_serve(args, in, out, err);
}

}  // namespace motcua::app
