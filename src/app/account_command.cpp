#include "app/account_command.hpp"

#include <istream>
#include <ostream>
#include <string>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "identity/account_json.hpp"
#include "identity/account_rows.hpp"
#include "identity/identity.hpp"
#include "organisation/organisation.hpp"

namespace motcua::app {

namespace {

constexpr std::string_view usage =
    "usage: motcua account add --data DIR --user USER --name NAME --role ROLE[,ROLE...] --unit CODE [--title TITLE]\n"
    "         [--from DAY] [--to DAY] [--password-stdin]      CODE * = the whole system\n"
    "       motcua account password --data DIR --user USER [--password-stdin]\n"
    "       motcua account second-factor-off --data DIR --user USER      for who lost the phone and the recovery "
    "codes\n";

/// From standard input, or made: then it has to be printed.
struct Password {
    std::string text;
    bool made = false;
};

Result<Password> choose_password(const Options& options, std::istream& in, std::string_view user,
                                 std::string_view name) {
    Password password;
    if (options.has("password-stdin")) {
        std::getline(in, password.text);
        TRY(identity::check_password(password.text, user, name));
    } else {
        SystemRandom random;
        password = {identity::make_password(random), true};
    }
    return password;
}

Result<std::vector<identity::Post>> read_posts(const Options& options, const organisation::Directory& directory,
                                               LocalDay today) {
    std::vector<identity::Post> posts;
    std::string roles = options.find("role").value_or("") + ",";
    for (std::size_t comma = roles.find(','); comma != std::string::npos; comma = roles.find(',')) {
        json::object input{{"role", roles.substr(0, comma)}};
        for (const char* name : {"unit", "title", "from", "to"})
            if (auto value = options.find(name)) input[name] = *value;
        posts.push_back(TRY(identity::read_post_input(input, directory, today)));
        roles.erase(0, comma + 1);
    }
    return posts;
}

Result<void> add(identity::Identity& identity, Workspace& workspace, const Options& options, std::istream& in,
                 std::ostream& out) {
    identity::NewAccount account;
    account.user_name = TRY(identity::normalize_user_name(*options.find("user")));
    account.display_name = *options.find("name");
    account.posts = TRY(read_posts(options, *identity.directory(), local_day(workspace.clock().now())));
    const Password password = TRY(choose_password(options, in, account.user_name, account.display_name));
    const std::string user = account.user_name, hash = TRY(identity.passwords().hash(password.text));
    const auto id = TRY(identity.create_account(std::move(account), hash, workspace.meta()));
    out << "account " << to_string(id) << ' ' << user << '\n';
    if (password.made) out << "password " << password.text << '\n';
    return {};
}

Result<void> set_password(identity::Identity& identity, Workspace& workspace, const Options& options, std::istream& in,
                          std::ostream& out) {
    const std::string user = TRY(identity::normalize_user_name(*options.find("user")));
    const auto id = identity::find_account_id(*workspace.database().reader(), user);
    if (!id) return fail(Errc::not_found, "account.not_found");
    const std::string name = identity::find_display_name(*workspace.database().reader(), *id).value_or("");
    const Password password = TRY(choose_password(options, in, user, name));
    TRY(identity.set_password(*id, password.text, workspace.meta()));
    out << "account " << to_string(*id) << ' ' << user << '\n';
    if (password.made) out << "password " << password.text << '\n';
    return {};
}

Result<void> remove_second_factor(identity::Identity& identity, Workspace& workspace, const Options& options,
                                  std::ostream& out) {
    const std::string user = TRY(identity::normalize_user_name(*options.find("user")));
    const auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        const auto id = identity::find_account_id(session, user);
        const auto account = id ? identity::find_account(session, *id) : std::nullopt;
        if (!account) return fail(Errc::not_found, "account.not_found");
        return identity.prepare_factor_removal(session, *account, workspace.meta());
    };
    TRY(ledger::run_command(workspace.database(), workspace.committer(), prepare));
    out << "account " << user << " has no second factor now\n";
    return {};
}

}  // namespace

int run_account(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err) {
    auto options =
        parse_options(args, {"data", "user", "name", "role", "unit", "title", "from", "to"}, {"password-stdin"});
    if (!options) {
        print_refusal(err, "account", options.error());
        return 2;
    }
    const std::string what = options->arguments.size() == 1 ? options->arguments[0] : "";
    const bool named = options->has("data") && options->has("user");
    const bool complete = options->has("name") && options->has("role") && options->has("unit");
    if (!named ||
        !((what == "add" && complete) || ((what == "password" || what == "second-factor-off") && !complete))) {
        err << usage;
        return 2;
    }
    auto workspace = Workspace::open(*options->find("data"), Access::change);
    if (!workspace) {
        print_refusal(err, "account", workspace.error());
        return 1;
    }
    Workspace& world = **workspace;
    SystemRandom random;
    identity::Identity identity(world.database(), world.committer(), world.clock(), world.ids(), random,
                                organisation::load_directory(*world.database().reader()));
    auto done = identity.start();
    if (done && what == "add") done = add(identity, world, *options, in, out);
    if (done && what == "password") done = set_password(identity, world, *options, in, out);
    if (done && what == "second-factor-off") done = remove_second_factor(identity, world, *options, out);
    if (done) return 0;
    print_refusal(err, "account", done.error());
    return 1;
}

}  // namespace motcua::app
