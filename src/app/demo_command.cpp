#include "app/demo_command.hpp"

#include <cstdlib>
#include <ostream>
#include <vector>

#include "app/config.hpp"
#include "app/domain.hpp"
#include "app/options.hpp"
#include "app/serve_command.hpp"
#include "app/workspace.hpp"
#include "documents/blob_store.hpp"
#include "identity/demo_accounts.hpp"
#include "simulation/simulation.hpp"

namespace motcua::app {

namespace {

constexpr int history_days = 30;
constexpr int history_dossiers = 800;

/// Fills a fresh directory with the traffic of the last weeks, so that worklists, deadlines and figures have something
/// to show. Leaves a directory that has data as it is.
Result<void> fill(const std::string& data, const std::string& database_url) {
    auto workspace = TRY(Workspace::open(data, Access::fill, database_url));
    Domain domain(workspace->database(), workspace->committer(), workspace->ids());
    if (!domain.units().directory()->units().empty()) return {};
    const Instant now = workspace->clock().now();
    simulation::Options options;
    options.dossiers = history_dossiers;
    options.days = history_days;
    options.from = local_day(now) - std::chrono::days{history_days - 1};
    options.until = now;
    TRY(domain.import_demo(
        {.at = to_instant(LocalMinute{options.from}), .actor = "system", .on_behalf_of = "", .request_id = ""}));
    auto blobs = documents::open_blob_directory(std::filesystem::path(data) / "blobs");
    TRY(simulation::run({workspace->database(), workspace->committer(), domain.dossiers(), *blobs, workspace->ids()},
                        "", options));
    return {};
}

Result<identity::DemoImport> prepare(const Options& options) {
    const std::string data = *options.find("data");
    const std::string url = TRY(load_config_file(options.find("config").value_or(""), {})).values.database_url;
    if (!options.has("empty")) TRY(fill(data, url));
    auto workspace = TRY(Workspace::open(data, Access::change, url));
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
    auto options = parse_options(args, {"data", "listen", "config"}, {"prepare", "empty"});
    if (!options) {
        print_refusal(err, "demo", options.error());
        return 2;
    }
    if (!options->has("data") || !options->arguments.empty()) {
        err << "usage: motcua demo --data DIR [--listen ADDR:PORT] [--config FILE] [--prepare] [--empty]\n";
        return 2;
    }
    auto demo = prepare(*options);
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
    std::vector<std::string_view> serve_args(args.begin(), args.end());
    std::erase(serve_args, "--empty");
    return run_serve(serve_args, in, out, err);
}

}  // namespace motcua::app
