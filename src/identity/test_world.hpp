// Help for tests only: an identity service on a database in memory with the units that ship, a clock moved by hand and
// cheap passwords. Also used by the tests of other features.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "identity/identity.hpp"
#include "ledger/committer.hpp"
#include "organisation/directory.hpp"
#include "organisation/units_file.hpp"
#include "resources/resources.hpp"

namespace motcua::identity {

inline std::shared_ptr<const organisation::Directory> shipped_units() {
    auto file = organisation::read_units_file(resources::find_resource("units/kien-giang.json").value()).value();
    std::int64_t id = 0;
    for (organisation::Unit& unit : file.units) unit.id = UnitId{++id};
    return organisation::Directory::build(std::move(file.units)).value();
}

inline Options cheap_options() {
    Options options;
    options.passwords.operations = 1;
    options.passwords.memory_bytes = 8192;
    return options;
}

struct TestWorld {
    explicit TestWorld(Options options = cheap_options(),
                       std::unique_ptr<db::Database> opened = db::open_test_database())
        : database(std::move(opened)) {
        if (!database->has_field_keys()) db::give_test_keys(*database);
        CHECK(db::migrate(*database, clock.now()));
        committer = ledger::make_committer(*database);
        identity = std::make_unique<Identity>(*database, *committer, clock, ids, random, units, std::move(options));
        CHECK(identity->start());
    }
    ~TestWorld() { committer->stop(); }

    UnitId unit(std::string_view code) const {
        const organisation::Unit* found = units->find_code(code);
        CHECK(found, "no unit {}", code);
        return found->id;
    }
    ledger::Meta meta() const { return {clock.now(), "system", "", "test"}; }
    /// An officer with one role in each unit ("*" = everywhere).
    AccountId add_officer(std::string user_name, std::vector<std::pair<std::string, std::string>> roles_in_units,
                          std::string_view password = default_password) {
        NewAccount account{.user_name = user_name, .display_name = "Cán bộ " + user_name};
        for (const auto& [role, code] : roles_in_units) {
            Post post;
            post.role = role;
            post.unit = code == "*" ? everywhere : unit(code);
            account.posts.push_back(std::move(post));
        }
        return identity->create_account(std::move(account), identity->passwords().hash(password).value(), meta())
            .value();
    }
    AccountId add_person(std::string user_name, std::string citizen_id, std::string_view password = default_password) {
        NewAccount account{
            .kind = AccountKind::person, .user_name = std::move(user_name), .display_name = "Trần Thị Thử"};
        account.person = {
            .citizen_id = std::move(citizen_id), .tax_code = "", .phone = "0912345678", .email = "", .address = ""};
        return identity->create_account(std::move(account), identity->passwords().hash(password).value(), meta())
            .value();
    }
    Result<SignedIn> sign_in(std::string_view user_name, std::string_view password = default_password,
                             std::string_view address = "10.0.0.1") {
        return identity->sign_in({.user_name = user_name,
                                  .password = password,
                                  .address = address,
                                  .agent = "test",
                                  .old_token = {},
                                  .request_id = "test",
                                  .now = clock.now()});
    }

    static constexpr std::string_view default_password = "bốn con voi tím";
    ManualClock clock{parse_iso("2023-06-01T08:00:00+07:00").value()};
    SeededRandom random{7};
    IdMaker ids{clock, random};
    std::shared_ptr<const organisation::Directory> units = shipped_units();
    std::unique_ptr<db::Database> database;
    std::unique_ptr<ledger::Committer> committer;
    std::unique_ptr<Identity> identity;
};

}  // namespace motcua::identity
