// Acting for another: who may, for whom, how far and how long; and assistance that a person approves.
#include "identity/mandates.hpp"

#include <gtest/gtest.h>

#include "http/testing.hpp"
#include "identity/account_erasure.hpp"
#include "identity/one_time_code.hpp"
#include "identity/routes.hpp"
#include "identity/session_rows.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

class Mandates : public testing::Test {
  protected:
    Mandates() {
        register_routes(router, *world.identity);
        lan = add("lan", "091187549925");
        nam = add("nam", "091080689844");
        eve = add("eve", "091080000001");
        world.add_officer("helper", {{"helper", "*"}});
        world.add_officer("receiver", {{"receiver", "*"}});
    }
    AccountId add(const std::string& name, const std::string& number, AccountKind kind = AccountKind::person) {
        NewAccount account{.kind = kind, .user_name = name, .display_name = "Người " + name};
        (kind == AccountKind::person ? account.person.citizen_id : account.person.tax_code) = number;
        account.person.phone = "0912345678";
        account.person.proof = 2;
        return world.identity
            ->create_account(std::move(account), world.identity->passwords().hash(TestWorld::default_password).value(),
                             world.meta())
            .value();
    }
    /// A client; signed in when a user is named.
    struct Caller : http::testing::Client {
        Caller(Mandates& test, std::string_view user)
            : Client(test.router, *test.world.identity, test.world.clock, test.world.ids, test.world.random,
                     *test.world.database, *test.world.committer) {
            if (user.empty()) return;
            const auto signed_in = test.world.sign_in(user);
            EXPECT_TRUE(signed_in) << user;
            set_header("Authorization", "Bearer " + signed_in->token);
        }
    };
    http::Principal principal(std::string_view token) {
        http::Request request;
        request.method = http::Method::get;
        request.headers.add("authorization", "Bearer " + std::string(token));
        auto session = world.database->reader();
        return world.identity->authenticate(request, *session).value();
    }
    static std::string order(std::string_view number = "091080689844", std::string_view more = "") {
        return R"({"holder_number":")" + std::string(number) + R"(","holder_name":"Người Nam","to":"2023-07-01")" +
               std::string(more) + "}";
    }
    std::string give() {
        Caller lan_client(*this, "lan");
        const auto given = lan_client.post("/api/v1/mandates", order());
        EXPECT_EQ(given.status, 201) << given.body;
        return string_or(given.object(), "id");
    }
    std::string code_sent() {
        EXPECT_TRUE(deliver_messages(*world.identity, recorder, world.clock.now()));
        const auto taken = recorder.taken();
        if (taken.empty()) return "";
        const std::size_t at = taken.back().text.find("Mã ");
        return taken.back().text.substr(at + 4, 6);
    }
    std::vector<ledger::StoredEvent> events_of(AccountId id) {
        auto session = world.database->reader();
        return ledger::read_stream(*session, ledger::StreamKind::account, id.value, *find_head(*session, id));
    }

    TestWorld world;
    http::Router router;
    sending::Recorder recorder;
    AccountId lan, nam, eve;
};

TEST_F(Mandates, TheHolderActsAndBothAreNamed) {
    const std::string id = give();
    const auto nam_in = world.sign_in("nam").value();
    Caller nam_client(*this, "");
    nam_client.set_header("Authorization", "Bearer " + nam_in.token);
    EXPECT_EQ(nam_client.send("PUT", "/api/v1/session/acting", R"({"mandate":")" + id + "\"}", {}).status, 204);
    http::Principal acting = principal(nam_in.token);
    ASSERT_TRUE(acting.acting);
    EXPECT_EQ(acting.person(), PersonId{lan.value});
    EXPECT_EQ(acting.actor(), "person:" + to_string(nam));
    EXPECT_EQ(acting.on_behalf_of(), "person:" + to_string(lan));
    const auto last = events_of(lan).back();
    EXPECT_EQ(last.type, "acting_began");
    EXPECT_EQ(last.meta.actor, "person:" + to_string(nam));
    EXPECT_EQ(last.meta.on_behalf_of, "person:" + to_string(lan));
    // He manages neither her mandates nor her account.
    EXPECT_EQ(nam_client.post("/api/v1/mandates", order("091080000001")).reason(), "mandate.not_yours");
    EXPECT_EQ(string_or(nam_client.get("/api/v1/me").object(), "id"), to_string(nam));
    EXPECT_EQ(nam_client.send("DELETE", "/api/v1/session/acting", "", {}).status, 204);
    EXPECT_FALSE(principal(nam_in.token).acting);
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

TEST_F(Mandates, OnlyTheHolderAndOnlyWhileItHolds) {
    const std::string id = give();
    Caller stranger(*this, "eve");
    const std::string body = R"({"mandate":")" + id + "\"}";
    EXPECT_EQ(stranger.send("PUT", "/api/v1/session/acting", body, {}).status, 404);
    EXPECT_EQ(stranger.send("DELETE", "/api/v1/mandates/" + id, "", {}).status, 404);
    EXPECT_EQ(stranger.get("/api/v1/mandates").body.find(id), std::string::npos);
    const auto nam_in = world.sign_in("nam").value();
    Caller nam_client(*this, "");
    nam_client.set_header("Authorization", "Bearer " + nam_in.token);
    ASSERT_EQ(nam_client.send("PUT", "/api/v1/session/acting", body, {}).status, 204);
    Caller lan_client(*this, "lan");
    EXPECT_EQ(lan_client.send("DELETE", "/api/v1/mandates/" + id, "", {}).status, 204);
    EXPECT_EQ(lan_client.send("DELETE", "/api/v1/mandates/" + id, "", {}).status, 404);
    // The running session: looking shows oneself, changing is refused, leaving is possible.
    EXPECT_FALSE(principal(nam_in.token).acting);
    EXPECT_EQ(nam_client.send("DELETE", "/api/v1/me/sessions", "", {}).reason(), "mandate.over");
    EXPECT_EQ(nam_client.send("DELETE", "/api/v1/session/acting", "", {}).status, 204);
    EXPECT_EQ(nam_client.send("DELETE", "/api/v1/me/sessions", "", {}).status, 204);
    EXPECT_EQ(nam_client.send("PUT", "/api/v1/session/acting", body, {}).reason(), "mandate.not_usable");
}

TEST_F(Mandates, DatesCount) {
    Caller lan_client(*this, "lan");
    const auto given = lan_client.post("/api/v1/mandates", order("091080689844", R"(,"from":"2023-06-10")"));
    ASSERT_EQ(given.status, 201) << given.body;
    const MandateId id{parse_id(string_or(given.object(), "id")).value()};
    const auto at = [](std::string_view text) { return parse_iso(text).value(); };
    const auto mandate = find_mandate(*world.database->reader(), id).value();
    EXPECT_FALSE(is_usable(mandate, at("2023-06-09T23:59:59+07:00")));
    EXPECT_TRUE(is_usable(mandate, at("2023-06-10T00:00:00+07:00")));
    EXPECT_TRUE(is_usable(mandate, at("2023-07-01T23:59:59+07:00")));
    EXPECT_FALSE(is_usable(mandate, at("2023-07-02T00:00:00+07:00")));
    for (const char* wrong : {R"(,"from":"2023-05-01")", R"(,"from":"2023-07-02")"})
        EXPECT_EQ(lan_client.post("/api/v1/mandates", order("091080689844", wrong)).reason(), "mandate.dates_invalid");
}

TEST_F(Mandates, WhatIsWrongIsSaid) {
    Caller lan_client(*this, "lan");
    EXPECT_EQ(lan_client.post("/api/v1/mandates", order("091187549925")).reason(), "mandate.to_oneself");
    EXPECT_EQ(lan_client.post("/api/v1/mandates", order("12345678901x")).reason(), "mandate.holder_invalid");
    EXPECT_EQ(lan_client.post("/api/v1/mandates", order("091080689844", R"(,"procedures":["mã"])")).reason(),
              "mandate.limits_too_many");
    world.clock.advance(std::chrono::minutes{20});
    EXPECT_EQ(lan_client.post("/api/v1/mandates", order()).reason(), "session.confirmation_required");
}

TEST_F(Mandates, ANumberThatNobodyHasProvenHoldsNothing) {
    const std::string id = give();
    auto session = world.database->reader();
    const auto mandate = find_mandate(*session, MandateId{parse_id(id).value()}).value();
    EXPECT_TRUE(is_holder(*session, mandate, nam, 2));
    EXPECT_FALSE(is_holder(*session, mandate, nam, 3));
    EXPECT_FALSE(is_holder(*session, mandate, eve, 0));
}

TEST_F(Mandates, ARepresentativeManagesTheBusiness) {
    const AccountId firm = add("firm", "1700000001", AccountKind::business);
    Caller firm_client(*this, "firm");
    const auto given = firm_client.post("/api/v1/mandates", order());
    ASSERT_EQ(given.status, 201) << given.body;
    EXPECT_EQ(string_or(given.object(), "kind"), "representative");
    Caller nam_client(*this, "nam");
    const std::string id = string_or(given.object(), "id");
    ASSERT_EQ(nam_client.send("PUT", "/api/v1/session/acting", R"({"mandate":")" + id + "\"}", {}).status, 204);
    const auto further = nam_client.post("/api/v1/mandates", order("091080000001"));
    ASSERT_EQ(further.status, 201) << further.body;
    EXPECT_EQ(events_of(firm).back().meta.actor, "person:" + to_string(nam));
    EXPECT_EQ(events_of(firm).back().meta.on_behalf_of, "person:" + to_string(firm));
}

class Assistance : public Mandates {
  protected:
    static std::string ask(std::string_view number = "091187549925") {
        return R"({"citizen_id":")" + std::string(number) + R"(","name":"Bà Lan","phone":"0900000001"})";
    }
};

TEST_F(Assistance, ByCodeOnThePhoneOfTheAccount) {
    const auto helper_in = world.sign_in("helper").value();
    Caller helper(*this, "");
    helper.set_header("Authorization", "Bearer " + helper_in.token);
    const auto asked = helper.post("/api/v1/assistance", ask());
    ASSERT_EQ(asked.status, 201) << asked.body;
    EXPECT_EQ(string_or(asked.object(), "state"), "waiting");
    EXPECT_EQ(asked.body.find("Người lan"), std::string::npos);  // not what the account says
    EXPECT_EQ(helper.get("/api/v1/mandates").body.find("Người lan"), std::string::npos);
    const std::string id = string_or(asked.object(), "id"), act = R"({"mandate":")" + id + "\"}";
    EXPECT_EQ(helper.send("PUT", "/api/v1/session/acting", act, {}).reason(), "mandate.not_usable");
    const std::string code = code_sent(), path = "/api/v1/assistance/" + id + "/approve";
    EXPECT_EQ(recorder.taken().back().to, "0912345678");  // of the account, not the typed one
    const std::string wrong = code == "000000" ? "000001" : "000000";
    EXPECT_EQ(helper.post(path, R"({"code":")" + wrong + "\"}").reason(), "code.wrong");
    Caller other(*this, "receiver");
    EXPECT_EQ(other.post(path, R"({"code":")" + code + "\"}").status, 404);
    EXPECT_EQ(helper.post(path, R"({"code":")" + code + "\"}").status, 204);
    EXPECT_EQ(helper.post(path, R"({"code":")" + code + "\"}").status, 404);
    ASSERT_EQ(helper.send("PUT", "/api/v1/session/acting", act, {}).status, 204);
    const http::Principal acting = principal(helper_in.token);
    EXPECT_EQ(acting.kind, http::PrincipalKind::person);
    EXPECT_TRUE(acting.permissions.empty());
    EXPECT_EQ(acting.person(), PersonId{lan.value});
    EXPECT_TRUE(acting.actor().starts_with("officer:"));
    // The person sees it and ends it at once.
    Caller lan_client(*this, "lan");
    EXPECT_NE(lan_client.get("/api/v1/mandates?of=given").body.find(id), std::string::npos);
    EXPECT_EQ(lan_client.send("DELETE", "/api/v1/mandates/" + id, "", {}).status, 204);
    EXPECT_FALSE(principal(helper_in.token).acting);
}

TEST_F(Assistance, ItEndsByItself) {
    const auto helper_in = world.sign_in("helper").value();
    Caller helper(*this, "");
    helper.set_header("Authorization", "Bearer " + helper_in.token);
    const std::string id = string_or(helper.post("/api/v1/assistance", ask()).object(), "id");
    Caller lan_client(*this, "lan");
    EXPECT_EQ(lan_client.post("/api/v1/assistance/" + id + "/approve", "{}").status, 204);  // in her own session
    ASSERT_EQ(helper.send("PUT", "/api/v1/session/acting", R"({"mandate":")" + id + "\"}", {}).status, 204);
    EXPECT_TRUE(principal(helper_in.token).acting);
    const auto mandate = find_mandate(*world.database->reader(), MandateId{parse_id(id).value()}).value();
    EXPECT_TRUE(is_usable(mandate, world.clock.now() + std::chrono::minutes{59}));
    EXPECT_FALSE(is_usable(mandate, world.clock.now() + std::chrono::minutes{60}));
    world.clock.advance(std::chrono::minutes{59});
    EXPECT_TRUE(principal(helper_in.token).acting);
}

TEST_F(Assistance, OnPaperOnlyAtACounterWithItsReason) {
    Caller helper(*this, "helper");
    Caller receiver(*this, "receiver");
    const std::string of_helper = string_or(helper.post("/api/v1/assistance", ask()).object(), "id");
    EXPECT_EQ(helper.post("/api/v1/assistance/" + of_helper + "/approve", R"({"reason":"giấy số 12"})").reason(),
              "assistance.not_permitted");
    const std::string id = string_or(receiver.post("/api/v1/assistance", ask()).object(), "id");
    EXPECT_EQ(receiver.post("/api/v1/assistance/" + id + "/approve", R"({"reason":"abc"})").reason(),
              "assistance.reason_missing");
    EXPECT_EQ(receiver.post("/api/v1/assistance/" + id + "/approve", R"({"reason":"Giấy đồng ý số 12"})").status, 204);
    EXPECT_EQ(find_mandate(*world.database->reader(), MandateId{parse_id(id).value()})->reason, "Giấy đồng ý số 12");
}

TEST_F(Assistance, APersonWithoutAnAccountGetsOneProvenByNobody) {
    Caller helper(*this, "helper");
    const auto asked = helper.post("/api/v1/assistance", ask("091300000099"));
    ASSERT_EQ(asked.status, 201) << asked.body;
    auto session = world.database->reader();
    const auto made = find_person_by_citizen_id(*session, "091300000099");
    ASSERT_TRUE(made);
    EXPECT_EQ(find_person(*session, AccountId{made->value})->proof, 0);
    code_sent();
    EXPECT_EQ(recorder.taken().back().to, "0900000001");
}

TEST_F(Assistance, CitizensDoNotAskAndTriesAreSlowedDown) {
    Caller lan_client(*this, "lan");
    EXPECT_EQ(lan_client.post("/api/v1/assistance", ask()).status, 403);
    Caller helper(*this, "helper");
    int status = 201;
    for (int i = 0; i < 10 && status == 201; ++i) status = helper.post("/api/v1/assistance", ask()).status;
    EXPECT_EQ(status, 429);
}

TEST_F(Assistance, ACodeHasFewTriesAndMinutes) {
    sending::Message message;
    message.to = "0912345678";
    message.text = "Mã {code}";
    const Instant now = world.clock.now();
    ASSERT_TRUE(send_one_time_code(*world.identity, "thing", message, now));
    const std::string code = code_sent();
    EXPECT_EQ(use_one_time_code(*world.identity, "other thing", code, now).error().reason, "code.wrong");
    for (int i = 0; i < one_time_code_tries; ++i)
        EXPECT_FALSE(use_one_time_code(*world.identity, "thing", "abcdef", now));
    EXPECT_FALSE(use_one_time_code(*world.identity, "thing", code, now));
    ASSERT_TRUE(send_one_time_code(*world.identity, "thing", message, now));
    EXPECT_FALSE(use_one_time_code(*world.identity, "thing", code_sent(), now + one_time_code_age));
    ASSERT_TRUE(send_one_time_code(*world.identity, "thing", message, now));
    const std::string last = code_sent();
    EXPECT_TRUE(use_one_time_code(*world.identity, "thing", last, now));
    EXPECT_FALSE(use_one_time_code(*world.identity, "thing", last, now));
    // To nobody: as much is done, nothing leaves.
    const std::size_t before = recorder.taken().size();
    message.to.clear();
    ASSERT_TRUE(send_one_time_code(*world.identity, "nobody", message, now));
    EXPECT_EQ(deliver_messages(*world.identity, recorder, now).value(), 0);
    EXPECT_EQ(recorder.taken().size(), before);
}

TEST_F(Mandates, NoneNamesAnErasedAccountHoweverManyThereWere) {
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::account;
    write.meta = world.meta();
    for (int i = 0; i < 250; ++i) {
        Mandate mandate;
        mandate.id = world.ids.make<MandateId>();
        mandate.giver = i % 2 == 0 ? lan : eve;
        mandate.holder_number = "091080689844";  // proven by nam
        mandate.holder_name = "Người Nam";
        mandate.to = world.clock.now() + std::chrono::hours{24};
        write.rows.push_back(insert_mandate(world.database->field_keys(), mandate));
    }
    ASSERT_TRUE(world.committer->commit(std::move(write)));
    const auto erase = [&](ledger::AdminTransaction& transaction) {
        return erase_account(transaction, nam, 2, "test", world.meta());
    };
    ASSERT_TRUE(world.committer->write("test.erase", erase));
    const auto session = world.database->reader();
    EXPECT_TRUE(list_given(*session, lan, 1000).empty());
    EXPECT_TRUE(list_given(*session, eve, 1000).empty());
}

}  // namespace
}  // namespace motcua::identity
