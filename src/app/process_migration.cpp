#include "app/process_migration.hpp"

#include <charconv>
#include <ostream>

#include "app/domain.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"
#include "dossier/process_work.hpp"
#include "resources/messages.hpp"

namespace motcua::app {

namespace {

int print_usage(std::ostream& err) {
    err << "usage: motcua process migrate NAME --data DIR --to N [--from N] [--map OLD=NEW,…] [--reason TEXT "
           "--execute]\n";
    return 2;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

bool read_mapping(std::string_view text, std::map<std::string, std::string>& mapping) {
    while (!text.empty()) {
        auto pair = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        auto equals = pair.find('=');
        if (equals == 0 || equals == std::string_view::npos || equals + 1 == pair.size()) return false;
        mapping.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return true;
}

}  // namespace

int run_process_migration(std::span<const std::string_view> args, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "to", "from", "map", "reason"}, {"execute"});
    if (!options) {
        print_refusal(err, "process", options.error());
        return 2;
    }
    dossier::MigrationOrder order;
    order.rehearse = !options->has("execute");
    order.reason = options->find("reason").value_or(order.rehearse ? "rehearsal" : "");
    auto data = options->find("data");
    auto to = number(options->find("to").value_or(""));
    if (options->arguments.size() != 1 || !data || !to || order.reason.empty() ||
        !read_mapping(options->find("map").value_or(""), order.mapping))
        return print_usage(err);
    if (auto from = options->find("from")) {
        order.from_version = number(*from);
        if (!order.from_version) return print_usage(err);
    }
    order.process = options->arguments.front();
    order.to_version = *to;

    auto workspace = Workspace::open(*data, order.rehearse ? Access::look : Access::change);
    if (!workspace) {
        print_refusal(err, "process", workspace.error());
        return 1;
    }
    Workspace& space = **workspace;
    Domain domain(space.database(), space.committer(), space.ids());
    auto lines =
        dossier::migrate_processes(space.database(), space.committer(), domain.dossiers(), order, space.meta());
    if (!lines) {
        print_refusal(err, "process", lines.error());
        return 1;
    }
    bool all = true;
    for (const dossier::MigrationLine& line : *lines) {
        out << line.code << '\t' << line.from_version << '\t'
            << (line.refusal ? "cannot"
                : line.moved ? "moved"
                             : "can");
        if (line.refusal)
            out << '\t' << line.refusal->reason << '\t' << resources::message(terminal_lang(), *line.refusal);
        out << '\n';
        all = all && !line.refusal;
    }
    return all ? 0 : 1;
}

}  // namespace motcua::app
