// Whole ways through the pages on which somebody does something for somebody else: at a counter, under a mandate, with
// a code that went to the applicant.
#include "identity/account_rows.hpp"
#include "identity/one_time_code.hpp"
#include "portal/journey_world.hpp"

namespace motcua::portal {
namespace {

class OnBehalf : public Journey {
  protected:
    PersonId person(std::string_view number) {
        return identity::find_person_by_citizen_id(*world.database->reader(), number).value();
    }
    /// As an identity provider of level 2 would.
    void prove(std::string_view number) {
        const identity::AccountId id{person(number).value};
        auto data = identity::find_person(*world.database->reader(), id).value();
        data.proof = 2;
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta = world.meta();
        write.rows.push_back(identity::update_person(world.database->field_keys(), id, data));
        CHECK(world.committer->commit(std::move(write)));
    }
    std::string receive_at_counter() {
        officer.sign_in("receiver");
        EXPECT_EQ(officer.get("/officer/tiep-nhan/1.001193"), 200);
        auto fields = complete();
        for (auto [name, value] :
             {std::pair("_channel", "counter"), {"_originals/G15-KQ003204", "1"}, {"_originals/G15-KQ004389", "1"}})
            fields.push_back({name, value});
        fields.push_back({"_unit", world.unit(commune).code});
        EXPECT_EQ(officer.submit("/officer/tiep-nhan/1.001193", fields, {pdf("birth_paper")}), 200)
            << officer.page().body;
        return officer.location().substr(15, 13);
    }
    /// Lan lets the other act for her; the other does.
    void act_for_lan(Browser& other, std::string procedures) {
        prove("091080689844");
        citizen.sign_in("lan");
        citizen.get("/uy-quyen");
        ASSERT_EQ(citizen.submit("/uy-quyen", {{"holder_number", "091080689844"},
                                               {"holder_name", "Người Khác"},
                                               {"procedures", std::move(procedures)},
                                               {"to", "2026-12-31"}}),
                  200)
            << citizen.page().body;
        other.sign_in("other");
        ASSERT_EQ(other.get("/uy-quyen"), 200);
        const std::string mark = R"(name="mandate" value=")";
        const std::size_t at = other.page().body.find(mark);
        ASSERT_NE(at, std::string::npos);
        ASSERT_EQ(other.submit("/tai-khoan/thay-mat", {{"mandate", other.page().body.substr(at + mark.size(), 13)}}),
                  200)
            << other.page().body;
    }
};

/// The API's sign-in, and every other, is this call.
TEST_F(OnBehalf, EverySignInClaimsWhatWasFiledAtTheCounter) {
    const std::string id = receive_at_counter();
    prove("091187549925");
    const auto in = world.identity->sign_in({.user_name = "lan",
                                             .password = test_password,
                                             .address = "10.0.0.9",
                                             .agent = "",
                                             .old_token = {},
                                             .request_id = "sign-in-of-the-api",
                                             .now = world.clock.now()});
    ASSERT_TRUE(in);
    EXPECT_EQ(load(id).owner.value, in->principal.id);
}

TEST_F(OnBehalf, ADossierOfTheCounterAppearsOnceTheCitizenIsProven) {
    const std::string id = receive_at_counter();
    EXPECT_FALSE(load(id).owner);
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_FALSE(citizen.shows(load(id).code));
    EXPECT_EQ(citizen.get("/ho-so/" + id), 404);
    prove("091187549925");
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(citizen.shows(load(id).code));
    EXPECT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("đã xác thực theo dõi hồ sơ"));
    EXPECT_TRUE(dossier::list_unclaimed(*world.database->reader(), "091187549925", 10).empty());
    EXPECT_EQ(dossier::check_rows(*world.database->reader(), load(id).id), std::vector<std::string>{});
    // Who is proven when it is received follows it at once.
    EXPECT_EQ(load(receive_at_counter()).owner, person("091187549925"));
}

TEST_F(OnBehalf, ADossierFiledUnderAMandateIsThePersonsAndNamesBoth) {
    Browser other(world);
    act_for_lan(other, "1.001193");
    ASSERT_EQ(other.get("/nop-ho-so/1.001193"), 200);
    ASSERT_EQ(other.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 200) << other.page().body;
    const std::string id = other.location().substr(7, 13);
    const dossier::Dossier filed = load(id);
    EXPECT_EQ(filed.owner, person("091187549925"));
    for (const auto& event :
         ledger::read_stream(*world.database->reader(), ledger::StreamKind::dossier, filed.id.value, filed.head)) {
        EXPECT_EQ(event.meta.actor, "person:" + to_string(person("091080689844")));
        EXPECT_EQ(event.meta.on_behalf_of, "person:" + to_string(person("091187549925")));
    }
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(other.shows(id));
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("Người Khác"));  // she sees who did it
    // For himself again he sees nothing of it.
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    ASSERT_EQ(other.submit("/tai-khoan/thay-mat/thoi", {}), 200);
    EXPECT_EQ(other.get("/ho-so/" + id), 404);
}

TEST_F(OnBehalf, AMandateEndsAtItsScope) {
    const std::string id = file_online();
    Browser other(world);
    act_for_lan(other, "1.004884");
    EXPECT_EQ(other.get("/ho-so/" + id), 404);
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    EXPECT_FALSE(other.shows(id));
    ASSERT_EQ(other.get("/nop-ho-so/1.001193"), 200);
    EXPECT_EQ(other.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 403) << other.page().body;
    EXPECT_TRUE(other.shows("ngoài phạm vi"));
}

TEST_F(OnBehalf, WhoActsForThePersonIsSeenLooking) {
    const std::string id = file_online();
    Browser other(world);
    act_for_lan(other, "");
    for (const char* page : {"", "", "/sua"}) ASSERT_EQ(other.get("/ho-so/" + id + page), 200) << other.page().body;
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    ASSERT_EQ(citizen.get("/du-lieu-cua-toi"), 200);
    const std::string& page = citizen.page().body;
    const std::size_t at = page.find("Người được ông/bà ủy quyền");
    ASSERT_NE(at, std::string::npos) << page;
    EXPECT_NE(page.find("Người Khác"), std::string::npos);
    EXPECT_EQ(page.find("Người được ông/bà ủy quyền", at + 1), std::string::npos) << "once an hour";
}

TEST_F(OnBehalf, ACodeShowsMoreOfADossier) {
    const std::string id = receive_at_counter(), code = load(id).code;
    sending::Recorder sender;
    const auto taken = [&] {
        EXPECT_TRUE(identity::deliver_messages(*world.identity, sender, world.clock.now()));
        return sender.taken();
    };
    Browser visitor(world);
    // Wrong digits and a dossier that is not there are answered alike, and nothing is sent.
    std::vector<std::string> answers;
    for (const auto& [asked, digits] : {std::pair(code, std::string("0000")), {"H33.39.09-260302-9999", "5678"}}) {
        EXPECT_EQ(visitor.send("/tra-cuu/ma", {{"ma", asked}, {"so", digits}}), 200);
        std::string body = visitor.page().body;
        for (const std::string& own : {asked, digits})
            for (std::size_t at; (at = body.find("value=\"" + own + "\"")) != std::string::npos;)
                body.erase(at, own.size() + 8);
        answers.push_back(body);
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_TRUE(taken().empty());
    ASSERT_EQ(visitor.get("/tra-cuu?ma=" + code), 200);
    ASSERT_EQ(visitor.submit("/tra-cuu", {{"ma", code}, {"so", "5678"}}), 200);
    ASSERT_EQ(visitor.submit("/tra-cuu/ma", {{"ma", code}, {"so", "5678"}}), 200);
    ASSERT_EQ(taken().size(), 1u);
    EXPECT_EQ(taken().back().to, "0912345678");
    const std::string secret = taken().back().text.substr(std::string("Mã ").size(), 6);
    EXPECT_EQ(visitor.submit("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", "x"}}), 401);
    EXPECT_EQ(visitor.submit("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", secret}}), 200)
        << visitor.page().body;
    EXPECT_TRUE(visitor.shows("timeline"));
    EXPECT_FALSE(visitor.shows("091187549925"));
    EXPECT_EQ(visitor.send("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", secret}}), 401);
    int status = 200;
    for (int i = 0; i < 10 && status == 200; ++i) status = visitor.send("/tra-cuu/ma", {{"ma", code}, {"so", "5678"}});
    EXPECT_EQ(status, 429);
}

}  // namespace
}  // namespace motcua::portal
