// Acting for another, page by page: a mandate with a scope, a dossier filed under it, its end; and dossiers of the
// counter.
#include <gtest/gtest.h>

#include "dossier/api.hpp"
#include "identity/account_rows.hpp"
#include "identity/mandates.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {
namespace {

/// The id in the first form that goes to a path with it in the place of `*`.
std::string id_in(const std::string& body, std::string_view before, std::string_view after) {
    for (std::size_t at = body.find(before); at != std::string::npos; at = body.find(before, at + 1)) {
        const std::size_t from = at + before.size(), to = body.find(after, from);
        if (to == from + 13) return body.substr(from, 13);
    }
    return {};
}

class MandatePages : public testing::Test {
  protected:
    MandatePages() {
        prove("091187549925");
        prove("091080689844");
    }
    void prove(std::string_view number) {
        auto session = world.database->reader();
        const auto id = identity::find_person_by_citizen_id(*session, number).value();
        auto data = identity::find_person(*session, identity::AccountId{id.value}).value();
        data.proof = 2;
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta = world.meta();
        write.rows.push_back(identity::update_person(session->field_keys(), identity::AccountId{id.value}, data));
        CHECK(world.committer->commit(std::move(write)));
    }
    PersonId person(std::string_view number) {
        return identity::find_person_by_citizen_id(*world.database->reader(), number).value();
    }
    void give(Browser& lan, std::string procedures) {
        lan.sign_in("lan");
        ASSERT_EQ(lan.get("/uy-quyen"), 200);
        ASSERT_EQ(lan.submit("/uy-quyen", {{"holder_number", "091080689844"},
                                           {"holder_name", "Người Khác"},
                                           {"procedures", std::move(procedures)},
                                           {"to", "2026-12-31"}}),
                  200)
            << lan.page().body;
        ASSERT_TRUE(lan.shows("Người Khác"));
    }
    /// As "other", acting for lan.
    void act(Browser& other) {
        other.sign_in("other");
        ASSERT_EQ(other.get("/uy-quyen"), 200);
        ASSERT_TRUE(other.shows("Lan")) << other.page().body;
        const std::string id = id_in(other.page().body, R"(name="mandate" value=")", "\"");
        ASSERT_EQ(other.submit("/tai-khoan/thay-mat", {{"mandate", id}}), 200) << other.page().body;
        ASSERT_TRUE(other.shows("Đang làm thay"));
    }
    PortalWorld world;
};

TEST_F(MandatePages, AMandateIsUsedAndEnded) {
    Browser lan(world), other(world);
    give(lan, "1.001193");
    act(other);
    ASSERT_EQ(other.get("/nop-ho-so/1.001193"), 200);
    EXPECT_TRUE(other.shows("&lt;b&gt;Lan"));  // filled in for her
    EXPECT_EQ(other.get("/officer"), 403);
    // A form that was shown before is not sent in the other's name.
    const auto stale = *other.hidden("/dang-xuat", "csrf");
    ASSERT_EQ(other.submit("/tai-khoan/thay-mat/thoi", {}), 200);
    EXPECT_FALSE(other.shows("Đang làm thay"));
    EXPECT_EQ(other.send("/tai-khoan/phien/ket-thuc", {{"csrf", stale}}), 403);
    // She ends it.
    ASSERT_EQ(lan.get("/uy-quyen"), 200);
    const std::string id = id_in(lan.page().body, "/uy-quyen/", "/thu-hoi");
    ASSERT_EQ(lan.submit("/uy-quyen/" + id + "/thu-hoi", {}), 200);
    EXPECT_TRUE(lan.shows("Đã kết thúc"));
    ASSERT_EQ(other.get("/uy-quyen"), 200);
    EXPECT_EQ(other.page().body.find("name=\"mandate\""), std::string::npos);
}

TEST_F(MandatePages, WhatWasTypedIsKeptWhenItIsWrong) {
    Browser lan(world);
    lan.sign_in("lan");
    ASSERT_EQ(lan.get("/uy-quyen"), 200);
    EXPECT_EQ(lan.submit("/uy-quyen", {{"holder_number", "1"}, {"holder_name", "A <b>"}, {"to", "2026-12-31"}}), 422);
    EXPECT_TRUE(lan.shows("A &lt;b&gt;"));
    EXPECT_TRUE(lan.shows("số định danh (12 chữ số)"));
    world.clock.advance(std::chrono::minutes{20});
    ASSERT_EQ(lan.get("/uy-quyen"), 200);
    EXPECT_TRUE(lan.shows("hãy xác nhận lại"));
    EXPECT_EQ(lan.submit("/uy-quyen/xac-nhan", {{"password", std::string(test_password)}}), 200);
    EXPECT_TRUE(lan.shows("holder_number"));
}

TEST_F(MandatePages, AHelperAssistsOnPaper) {
    Browser receiver(world), lan(world);
    receiver.sign_in("receiver");
    ASSERT_EQ(receiver.get("/officer/ho-tro"), 200);
    ASSERT_EQ(receiver.submit("/officer/ho-tro", {{"citizen_id", "091187549925"}, {"name", "Lan"}, {"phone", ""}}), 200)
        << receiver.page().body;
    const std::string id = id_in(receiver.page().body, "/officer/ho-tro/", "/giay");
    ASSERT_EQ(receiver.submit("/officer/ho-tro/" + id + "/ma", {{"code", "000000x"}}), 401);
    EXPECT_TRUE(receiver.shows("Mã không đúng"));
    ASSERT_EQ(receiver.get("/officer/ho-tro"), 200);
    ASSERT_EQ(receiver.submit("/officer/ho-tro/" + id + "/giay", {{"reason", "Giấy đồng ý số 7"}}), 200);
    ASSERT_EQ(receiver.submit("/tai-khoan/thay-mat", {{"mandate", id}}), 200) << receiver.page().body;
    EXPECT_TRUE(receiver.shows("Đang làm thay"));
    lan.sign_in("lan");
    ASSERT_EQ(lan.get("/uy-quyen"), 200);
    EXPECT_TRUE(lan.shows("Giấy đồng ý số 7"));
    ASSERT_EQ(lan.submit("/uy-quyen/" + id + "/thu-hoi", {}), 200);
    EXPECT_EQ(receiver.get("/ho-so-cua-toi"), 403);  // an officer again
}

}  // namespace
}  // namespace motcua::portal
