#include "app/simulate_command.hpp"

#include <charconv>
#include <ostream>

#include "app/domain.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"
#include "documents/blob_store.hpp"
#include "simulation/simulation.hpp"

namespace motcua::app {

namespace {

Result<std::uint64_t> number(const Options& options, std::string_view name, std::uint64_t fallback, std::uint64_t min,
                             std::uint64_t max) {
    auto text = options.find(name);
    if (!text) return fallback;
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < min || value > max)
        return fail(Errc::invalid, "simulation.out_of_bounds",
                    {{"option", "--" + std::string(name)}, {"max", std::to_string(max)}});
    return value;
}

Result<simulation::Options> read_options(const Options& options) {
    simulation::Options wanted;
    wanted.dossiers = static_cast<int>(TRY(number(options, "dossiers", 1000, 1, simulation::dossiers_max)));
    wanted.days = static_cast<int>(TRY(number(options, "days", 30, 1, simulation::days_max)));
    wanted.seed = TRY(number(options, "seed", 1, 0, UINT64_MAX));
    if (auto from = options.find("from")) wanted.from = TRY(parse_day(*from));
    return wanted;
}

Result<simulation::Summary> simulate(const std::string& data, const std::string& profile,
                                     const simulation::Options& wanted) {
    LocalDay first = TRY(simulation::first_day(profile, wanted));
    auto workspace = TRY(Workspace::open(data, Access::fill));
    Domain domain(workspace->database(), workspace->committer(), workspace->ids());
    if (domain.units().directory()->units().empty())
        TRY(domain.import_demo(
            {.at = to_instant(LocalMinute{first}), .actor = "system", .on_behalf_of = "", .request_id = ""}));
    auto blobs = documents::open_blob_directory(std::filesystem::path(data) / "blobs");
    simulation::World world{workspace->database(), workspace->committer(), domain.dossiers(), *blobs, workspace->ids()};
    return simulation::run(world, profile, wanted);
}

}  // namespace

int run_simulate(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "profile", "dossiers", "days", "from", "seed"}, {});
    if (!options) {
        print_refusal(err, "simulate", options.error());
        return 2;
    }
    if (!options->has("data") || !options->arguments.empty()) {
        err << "usage: motcua simulate --data DIR [--profile kien-giang-2019q3] [--dossiers N] [--days D] [--from DAY] "
               "[--seed S]\n";
        return 2;
    }
    auto wanted = read_options(*options);
    if (!wanted) {
        print_refusal(err, "simulate", wanted.error());
        return 2;
    }
    auto summary = simulate(*options->find("data"), options->find("profile").value_or(""), *wanted);
    if (!summary) {
        print_refusal(err, "simulate", summary.error());
        return 1;
    }
    out << json::serialize(json::object{{"seed", wanted->seed},
                                        {"received", summary->received},
                                        {"returned", summary->returned},
                                        {"late", summary->late},
                                        {"open", summary->open},
                                        {"refused", summary->refused},
                                        {"withdrawn", summary->withdrawn},
                                        {"supplemented", summary->supplemented},
                                        {"events", summary->events}})
        << '\n';
    return 0;
}

}  // namespace motcua::app
