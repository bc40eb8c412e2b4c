#include "app/search_command.hpp"

#include <charconv>
#include <ostream>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "catalogue/store.hpp"

namespace motcua::app {

int run_search(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "limit"}, {});
    if (!options) {
        print_refusal(err, "search", options.error());
        return 2;
    }
    constexpr std::size_t limit_max = 1000;
    std::size_t limit = 10;
    std::string given = options->find("limit").value_or("10");
    auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), limit);
    bool limit_read = error == std::errc() && end == given.data() + given.size() && limit >= 1 && limit <= limit_max;
    auto data = options->find("data");
    if (!data || options->arguments.empty() || !limit_read) {
        err << "usage: motcua search WORDS --data DIR [--limit 1-" << limit_max << "]\n";
        return 2;
    }
    std::string words;
    for (const std::string& argument : options->arguments) words += (words.empty() ? "" : " ") + argument;
    auto workspace = Workspace::open(*data, Access::look);
    if (!workspace) {
        print_refusal(err, "search", workspace.error());
        return 1;
    }
    auto catalogue = catalogue::load_catalogue(*(*workspace)->database().reader());
    catalogue::Filter filter{.day = local_day((*workspace)->clock().now()), .published_only = false};
    for (const catalogue::SearchHit& hit : catalogue->search(words, filter, limit))
        out << hit.procedure->code << '\t' << hit.procedure->name << '\n';
    return 0;
}

}  // namespace motcua::app
