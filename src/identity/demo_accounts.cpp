#include "identity/demo_accounts.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "identity/account_json.hpp"
#include "identity/account_rows.hpp"
#include "organisation/directory.hpp"
#include "resources/resources.hpp"

namespace motcua::identity {

namespace {

constexpr int invented_proof = 2;  // the people of the demonstration count as proven

Result<NewAccount> read_account(const json::object& object, const organisation::Directory& directory) {
    NewAccount account;
    account.kind = parse_account_kind(string_or(object, "kind", "officer")).value_or(AccountKind::officer);
    account.user_name = string_or(object, "user_name");
    account.display_name = string_or(object, "name");
    account.person = {string_or(object, "citizen_id"), string_or(object, "tax_code"), string_or(object, "phone"),
                      string_or(object, "email"),      string_or(object, "address"),  invented_proof};
    if (const json::array* posts = find_array(object, "posts"))
        for (const json::value& post : *posts) {
            if (!post.is_object()) return fail(Errc::invalid, "account.demo_file_invalid");
            account.posts.push_back(TRY(read_post_input(post.get_object(), directory, LocalDay::min())));
        }
    return account;
}

std::string describe(const NewAccount& account, const organisation::Directory& directory) {
    if (account.kind != AccountKind::officer) return account.kind == AccountKind::person ? "Công dân" : "Doanh nghiệp";
    std::vector<std::string> titles;
    std::string units;
    for (const Post& post : account.posts) {
        if (std::ranges::find(titles, post.title) == titles.end()) titles.push_back(post.title);
        const organisation::Unit* unit = directory.find(post.unit);
        if (unit && units.find(unit->name) == std::string::npos) units += (units.empty() ? "" : " → ") + unit->name;
    }
    std::string text;
    for (const std::string& title : titles) text += (text.empty() ? "" : "; ") + title;
    return units.empty() ? text : text + ", " + units;
}

}  // namespace

Result<DemoImport> import_demo_accounts(Identity& identity, std::string_view text, const ledger::Meta& meta) {
    const json::value file = TRY(parse_json(text));
    const json::array* list = file.is_object() ? find_array(file.get_object(), "accounts") : nullptr;
    DemoImport result;
    if (list) result.password = string_or(file.get_object(), "password");
    if (result.password.empty()) return fail(Errc::invalid, "account.demo_file_invalid");
    const auto directory = identity.directory();
    const std::string hash = TRY(identity.passwords().hash(result.password));
    for (const json::value& value : *list) {
        const std::int64_t place = ++result.report.read;
        auto account = value.is_object() ? read_account(value.get_object(), *directory)
                                         : Result<NewAccount>(fail(Errc::invalid, "account.demo_file_invalid"));
        if (!account) {
            result.report.rejected.push_back({place, account.error()});
            continue;
        }
        result.accounts.push_back({account->user_name, account->display_name, describe(*account, *directory)});
        auto created = identity.create_account(*std::move(account), hash, meta);
        if (created) {
            ++result.report.imported;
        } else if (created.error().reason == "account.user_name_taken") {
            ++result.report.unchanged;
        } else {
            result.report.rejected.push_back({place, created.error()});
            result.accounts.pop_back();
        }
    }
    return result;
}

DemoImport list_demo_accounts(const organisation::Directory& directory) {
    const auto text = resources::find_resource("demo/accounts.json");
    CHECK(text, "demo/accounts.json ships with the program");
    const auto file = parse_json(*text);
    CHECK(file && file->is_object(), "demo/accounts.json reads");
    DemoImport result;
    result.password = string_or(file->get_object(), "password");
    for (const json::value& value : *find_array(file->get_object(), "accounts"))
        if (auto account = read_account(value.as_object(), directory))
            result.accounts.push_back({account->user_name, account->display_name, describe(*account, directory)});
    return result;
}

Result<DemoImport> import_demo_accounts(Identity& identity, const ledger::Meta& meta) {
    const auto text = resources::find_resource("demo/accounts.json");
    CHECK(text, "demo/accounts.json ships with the program");
    return import_demo_accounts(identity, *text, meta);
}

}  // namespace motcua::identity
