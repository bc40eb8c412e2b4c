// Invented people of the demo province (data/demo/accounts.json): officers of each role, citizens, a business, all with
// one known password. Never on a system that real people use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/import_report.hpp"
#include "identity/identity.hpp"

namespace motcua::identity {

struct DemoAccount {
    std::string user_name;
    std::string name;
    std::string does;  // roles and units, in Vietnamese: "Công chức tiếp nhận hồ sơ, Xã Đông Yên"
};

struct DemoImport {
    std::string password;               // of all of them
    std::vector<DemoAccount> accounts;  // in the order of the file
    ImportReport report;
};

/// Creates the accounts that are not there yet; the units must be. Idempotent: an account of that user name stays as it
/// is. Accounts that cannot be created are rejected one by one with the reasons of Identity::create_account. Refused as
/// a whole: reasons of parse_json, "account.demo_file_invalid". Costs one Argon2id hash.
Result<DemoImport> import_demo_accounts(Identity& identity, std::string_view text, const ledger::Meta& meta);
/// Names and password of the file that ships, for the sign-in page of a demonstration; creates nothing.
DemoImport list_demo_accounts(const organisation::Directory& directory);
/// The file that ships.
Result<DemoImport> import_demo_accounts(Identity& identity, const ledger::Meta& meta);

}  // namespace motcua::identity
