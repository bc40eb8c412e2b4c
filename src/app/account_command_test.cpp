// `motcua account` on a data directory of its own.
#include "app/account_command.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "app/workspace.hpp"
#include "db/test_directory.hpp"
#include "identity/identity.hpp"
#include "organisation/organisation.hpp"
#include "resources/resources.hpp"

namespace motcua::app {
namespace {

class AccountCommand : public testing::Test {
  protected:
    AccountCommand() {
        auto workspace = Workspace::open(data, Access::change).value();
        organisation::Organisation units(workspace->database(), workspace->committer(), workspace->ids());
        EXPECT_TRUE(units.import_units(resources::find_resource("units/kien-giang.json").value(), workspace->meta()));
    }
    int run(std::vector<std::string_view> args, std::string_view input = {}) {
        std::istringstream in{std::string(input)};
        std::ostringstream to_out, to_err;
        args.insert(args.end(), {"--data", data});
        const int status = run_account(args, in, to_out, to_err);
        out = to_out.str();
        err = to_err.str();
        return status;
    }
    bool signs_in(std::string_view user, std::string_view password) {
        auto workspace = Workspace::open(data, Access::change).value();
        SystemRandom random;
        identity::Identity identity(workspace->database(), workspace->committer(), workspace->clock(), workspace->ids(),
                                    random, organisation::load_directory(*workspace->database().reader()));
        return identity
            .sign_in({.user_name = user,
                      .password = password,
                      .address = "a",
                      .agent = "",
                      .old_token = "",
                      .request_id = "",
                      .now = workspace->clock().now()})
            .has_value();
    }

    TestDirectory directory;
    std::string data = directory.path() / "data";
    std::string out, err;
};

TEST_F(AccountCommand, MakesAnAccountAndPrintsItsPasswordOnce) {
    ASSERT_EQ(run({"add", "--user", "QuanTri", "--name", "Lê Văn Quản", "--role", "administrator,catalogue_manager",
                   "--unit", "*"}),
              0)
        << err;
    const auto at = out.find("password ");
    ASSERT_NE(at, std::string::npos) << out;
    EXPECT_TRUE(signs_in("quantri", out.substr(at + 9, 19)));
    EXPECT_EQ(run({"add", "--user", "quantri", "--name", "X", "--role", "leader", "--unit", "H01"}), 1);
    EXPECT_NE(err.find("account.user_name_taken"), std::string::npos) << err;
}

TEST_F(AccountCommand, TakesThePasswordFromStandardInput) {
    ASSERT_EQ(
        run({"add", "--user", "an", "--name", "An", "--role", "receiver", "--unit", "H01.233", "--password-stdin"},
            "bốn con voi tím\n"),
        0)
        << err;
    EXPECT_EQ(out.find("password"), std::string::npos) << out;
    EXPECT_TRUE(signs_in("an", "bốn con voi tím"));
    ASSERT_EQ(run({"password", "--user", "an", "--password-stdin"}, "năm con voi hồng\n"), 0) << err;
    EXPECT_TRUE(signs_in("an", "năm con voi hồng"));
    EXPECT_EQ(run({"password", "--user", "an", "--password-stdin"}, "matkhau2024\n"), 1);
    EXPECT_NE(err.find("account.password_weak"), std::string::npos) << err;
    EXPECT_TRUE(signs_in("an", "năm con voi hồng"));
}

TEST_F(AccountCommand, RefusalsNameTheirReason) {
    const auto reason_of = [&](std::vector<std::string_view> args) {
        EXPECT_EQ(run(std::move(args)), 1);
        return err;
    };
    EXPECT_NE(reason_of({"add", "--user", "an", "--name", "An", "--role", "king", "--unit", "H01"})
                  .find("account.role_unknown"),
              std::string::npos);
    EXPECT_NE(reason_of({"add", "--user", "an", "--name", "An", "--role", "leader", "--unit", "H99"})
                  .find("account.unit_unknown"),
              std::string::npos);
    EXPECT_NE(
        reason_of({"add", "--user", "an", "--name", "An", "--role", "leader", "--unit", "H33", "--from", "2026-01-01"})
            .find("account.post_outside_unit"),
        std::string::npos);
    EXPECT_NE(
        reason_of({"add", "--user", "an", "--name", "An", "--role", "leader", "--unit", "H33", "--from", "31/12/2022"})
            .find("time.malformed"),
        std::string::npos);
    EXPECT_NE(reason_of({"password", "--user", "nobody"}).find("account.not_found"), std::string::npos);
    EXPECT_EQ(run({}), 2);
    EXPECT_EQ(run({"add", "--user", "an"}), 2);
    EXPECT_EQ(run({"remove", "--user", "an"}), 2);
    EXPECT_EQ(run({"add", "--user", "an", "--colour", "red"}), 2);
}

TEST_F(AccountCommand, TakesALostSecondFactorOff) {
    ASSERT_EQ(
        run({"add", "--user", "an", "--name", "An", "--role", "receiver", "--unit", "H01.233", "--password-stdin"},
            "bốn con voi tím\n"),
        0)
        << err;
    EXPECT_EQ(run({"second-factor-off", "--user", "an"}), 1);
    EXPECT_NE(err.find("second_factor.not_active"), std::string::npos) << err;
    {
        auto workspace = Workspace::open(data, Access::change).value();
        SystemRandom random;
        identity::Identity identity(workspace->database(), workspace->committer(), workspace->clock(), workspace->ids(),
                                    random, organisation::load_directory(*workspace->database().reader()));
        const auto session = identity
                                 .sign_in({.user_name = "an",
                                           .password = "bốn con voi tím",
                                           .address = "a",
                                           .agent = "",
                                           .old_token = "",
                                           .request_id = "",
                                           .now = workspace->clock().now()})
                                 .value();
        ASSERT_TRUE(identity.begin_second_factor(session.principal, workspace->meta()));
    }
    EXPECT_EQ(run({"second-factor-off", "--user", "an"}), 0) << err;
    EXPECT_EQ(run({"second-factor-off", "--user", "an"}), 1);
    EXPECT_EQ(run({"second-factor-off", "--user", "nobody"}), 1);
    EXPECT_NE(err.find("account.not_found"), std::string::npos) << err;
    EXPECT_EQ(run({"second-factor-off"}), 2);
}

}  // namespace
}  // namespace motcua::app
