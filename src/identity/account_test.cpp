// Decisions and fold of accounts.
#include "identity/account.hpp"

#include <gtest/gtest.h>

#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

LocalDay day(std::string_view text) { return parse_day(text).value(); }

class Accounts : public testing::Test {
  protected:
    Post post(std::string role, std::string_view code, std::string_view from = "2023-01-01") {
        Post made;
        made.id = PostId{++last_post};
        made.role = std::move(role);
        made.unit = units->find_code(code)->id;
        made.validity.from = day(from);
        return made;
    }
    NewAccount officer(std::vector<Post> posts) {
        return {.user_name = "an", .display_name = "Nguyễn Văn An", .posts = std::move(posts)};
    }
    std::string refusal(const NewAccount& account) const {
        auto events = decide_create(account, facts);
        return events ? "" : events.error().reason;
    }
    static void take(Account& account, const Events& events) {
        for (const ledger::NewEvent& event : events) apply(account, event.type, event.data);
    }
    static Account fold(const Events& events) {
        Account account;
        take(account, events);
        return account;
    }

    std::int64_t last_post = 100;
    std::shared_ptr<const organisation::Directory> units = shipped_units();
    Roles roles = Roles::shipped();
    Facts facts{roles, *units};
};

TEST_F(Accounts, UserNames) {
    EXPECT_EQ(normalize_user_name("  DongYen.TiepNhan "), "dongyen.tiepnhan");
    EXPECT_EQ(normalize_user_name("091084000012"), "091084000012");
    for (const char* bad : {"", "a", "a b c", "đông", "a/b", "' or 1=1 --", "x\n123"})
        EXPECT_FALSE(normalize_user_name(bad)) << bad;
    EXPECT_FALSE(normalize_user_name(std::string(65, 'a')));
}

TEST_F(Accounts, WhatIsDecidedIsWhatIsFolded) {
    NewAccount command = officer({post("receiver", "H33.39.09"), post("processor", "H33.39.09")});
    command.posts[1].fields = {"G15"};
    command.posts[1].procedures = {ProcedureId{77}};
    command.posts[1].validity.to = day("2024-01-01");
    command.posts[1].title = "Công chức tư pháp - hộ tịch";
    const Account account = fold(decide_create(command, facts).value());
    EXPECT_EQ(account.user_name, "an");
    EXPECT_EQ(account.display_name, "Nguyễn Văn An");
    EXPECT_EQ(account.posts, command.posts);
    EXPECT_EQ(account.head.version, 3);
    EXPECT_EQ(account.access_version, 3);
    ASSERT_EQ(grants_of(account).size(), 3u);
    EXPECT_EQ(grants_of(account)[1].field, "G15");
    EXPECT_EQ(grants_of(account)[2].procedure, ProcedureId{77});
}

TEST_F(Accounts, CreationNamesWhatIsWrong) {
    EXPECT_EQ(refusal(officer({})), "account.post_missing");
    EXPECT_EQ(refusal(officer({post("no_such_role", "H33")})), "account.role_unknown");
    Post nowhere = post("receiver", "H33");
    nowhere.unit = UnitId{999'999};
    EXPECT_EQ(refusal(officer({nowhere})), "account.unit_unknown");
    Post too_late = post("receiver", "H33.39.09", "2025-07-01");
    EXPECT_EQ(refusal(officer({too_late})), "account.post_outside_unit");
    EXPECT_EQ(refusal(officer({post("receiver", "H33"), post("receiver", "H33")})), "account.post_repeated");
    NewAccount nameless = officer({post("receiver", "H33")});
    nameless.display_name = " - ";
    EXPECT_EQ(refusal(nameless), "account.name_missing");
    nameless = officer({post("receiver", "H33")});
    nameless.user_name = "AN";
    EXPECT_EQ(refusal(nameless), "account.user_name_invalid");
}

TEST_F(Accounts, CitizensAndBusinessesAreIdentifiedAndTheirEventsAreNot) {
    NewAccount citizen{.kind = AccountKind::person, .user_name = "lan", .display_name = "Trần Thị Lan"};
    EXPECT_EQ(refusal(citizen), "account.citizen_id_invalid");
    citizen.person.citizen_id = "091184001234";
    EXPECT_EQ(refusal(citizen), "");
    const std::string event = json::serialize(decide_create(citizen, facts).value().at(0).data);
    EXPECT_EQ(event, R"({"kind":"person"})");
    citizen.person.phone = "12";
    EXPECT_EQ(refusal(citizen), "account.phone_invalid");
    citizen.person.phone = "+84912345678";
    citizen.person.email = "lan@@example.org";
    EXPECT_EQ(refusal(citizen), "account.email_invalid");
    citizen.person.email = "lan@example.org";
    EXPECT_EQ(refusal(citizen), "");
    citizen.posts = {post("receiver", "H33")};
    EXPECT_EQ(refusal(citizen), "account.not_an_officer");

    NewAccount business{.kind = AccountKind::business, .user_name = "cty", .display_name = "Công ty TNHH Thử Nghiệm"};
    EXPECT_EQ(refusal(business), "account.tax_code_invalid");
    for (const char* good : {"1701234567", "1701234567-001", "091184001234"}) {
        business.person.tax_code = good;
        EXPECT_EQ(refusal(business), "") << good;
    }
}

TEST_F(Accounts, PostsEndOnceAndWithinTheirTime) {
    Account account = fold(decide_create(officer({post("receiver", "H33.39.09")}), facts).value());
    const PostId id = account.posts[0].id;
    EXPECT_EQ(decide_end_post(account, PostId{1}, day("2023-06-01")).error().reason, "account.post_not_found");
    EXPECT_EQ(decide_end_post(account, id, day("2022-12-31")).error().reason, "account.post_end_invalid");
    const std::int64_t before = account.access_version;
    take(account, decide_end_post(account, id, day("2023-06-01")).value());
    EXPECT_EQ(account.posts[0].validity.to, day("2023-06-01"));
    EXPECT_GT(account.access_version, before);
    EXPECT_EQ(decide_end_post(account, id, day("2023-06-01")).error().reason, "account.post_end_invalid");
    EXPECT_TRUE(decide_give_post(account, post("receiver", "H33.39.09", "2023-06-01"), facts));
    EXPECT_EQ(decide_give_post(account, post("receiver", "H33.39.09", "2023-05-01"), facts).error().reason,
              "account.post_repeated");
}

TEST_F(Accounts, DisabledOnesHaveNoGrants) {
    Account account = fold(decide_create(officer({post("receiver", "H33.39.09")}), facts).value());
    EXPECT_EQ(decide_enable(account).error().reason, "account.enabled_already");
    take(account, decide_disable(account).value());
    EXPECT_TRUE(grants_of(account).empty());
    EXPECT_EQ(decide_disable(account).error().reason, "account.disabled_already");
    take(account, decide_enable(account).value());
    EXPECT_EQ(grants_of(account).size(), 1u);
}

TEST_F(Accounts, OtherEventsMoveTheVersionOnly) {
    Account account = fold(decide_create(officer({post("receiver", "H33.39.09")}), facts).value());
    const auto access = account.access_version;
    for (const char* type :
         {"signed_in", "signed_out", "password_changed", "session_revoked", "sign_in_refused", "of_a_later_release"}) {
        const auto version = account.head.version;
        apply(account, type, {});
        EXPECT_EQ(account.head.version, version + 1) << type;
    }
    EXPECT_EQ(account.access_version, access);
}

}  // namespace
}  // namespace motcua::identity
