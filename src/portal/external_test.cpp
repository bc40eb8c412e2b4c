// Signing in at an identity provider, page by page: the browser goes there, comes back, and is somebody.
#include "identity/external.hpp"

#include <gtest/gtest.h>

#include "identity/account_rows.hpp"
#include "identity/session_rows.hpp"
#include "oidc/client.hpp"
#include "oidc/test_provider.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {
namespace {

class External : public testing::Test {
  protected:
    External() {
        oidc::Provider provider;
        provider.id = "thu";
        provider.name_vi = "Cổng thử";
        provider.name_en = "Test";
        provider.issuer = server.own_address();
        provider.client_id = server.client;
        provider.client_secret = server.secret;
        provider.algorithms = {jose::Algorithm::rs256};
        provider.levels = {{"1", 1}, {"2", 2}};
        provider.claims.citizen_id = {"SoDinhDanh"};
        provider.claims.tax_code = {"MaSoThue"};
        provider.claims.business_name = {"TenDoanhNghiep"};
        provider.claims.name = {"HoVaTen"};
        provider.claims.phone = {"SoDienThoai"};
        client = std::make_unique<oidc::Client>(provider, "http://127.0.0.1:8080/dang-nhap/thu/tro-lai", world.clock,
                                                world.random);
        world.parts->providers.push_back(client.get());
        world.parts->public_url = "http://127.0.0.1:8080";
    }
    /// The address the browser is sent back to once `person` has signed in at the provider.
    std::string go(Browser& browser, json::object person, std::string_view next = "") {
        browser.get_raw("/dang-nhap/thu?tiep=" + std::string(next));
        EXPECT_EQ(browser.page().status, 303) << browser.page().body;
        const std::string url(browser.page().headers.get("location"));
        EXPECT_TRUE(url.starts_with(server.own_address() + "/auth?")) << url;
        auto answer = server.sign_in(url, std::move(person));
        std::string back = "/dang-nhap/thu/tro-lai?";
        for (const auto& [name, value] : answer) back += name + "=" + http::percent_encode(value) + "&";
        back.pop_back();
        return back;
    }
    static json::object citizen(std::string_view subject, std::string_view number, std::string_view acr = "2") {
        return {{"sub", subject},
                {"SoDinhDanh", number},
                {"HoVaTen", "Lê Thị <i>Mận</i>"},
                {"acr", acr},
                {"SoDienThoai", "0987654321"}};
    }

    PortalWorld world;
    oidc::TestProvider server{world.clock};
    std::unique_ptr<oidc::Client> client;
};

TEST_F(External, FirstSignInMakesAnAccountAndKeepsThePath) {
    Browser browser(world);
    const std::string back = go(browser, citizen("u-7", "091300000007"), "/thu-tuc/1.001193");
    EXPECT_EQ(browser.get(back), 200) << browser.page().body;
    EXPECT_EQ(browser.location(), "/thu-tuc/1.001193");
    EXPECT_EQ(browser.get("/tai-khoan"), 200);
    EXPECT_TRUE(browser.shows("Lê Thị &lt;i&gt;Mận"));
    auto reader = world.database->reader();
    const auto id = identity::find_external(*reader, "thu", "u-7");
    ASSERT_TRUE(id);
    const auto data = identity::find_person(*reader, *id);
    EXPECT_EQ(data->citizen_id, "091300000007");
    EXPECT_EQ(data->phone, "0987654321");
    EXPECT_EQ(data->proof, 2);
    // The second time it is the same account.
    Browser again(world);
    EXPECT_EQ(again.get(go(again, citizen("u-7", "091300000007"))), 200);
    EXPECT_EQ(identity::find_external(*world.database->reader(), "thu", "u-7"), id);
    EXPECT_EQ(identity::check_accounts(*reader), std::vector<std::string>{});
}

TEST_F(External, AnExistingAccountIsLinkedByProvenNumber) {
    auto reader = world.database->reader();
    const auto lan = identity::find_person_by_citizen_id(*reader, "091187549925");
    ASSERT_TRUE(lan);
    Browser low(world);
    EXPECT_EQ(low.get(go(low, citizen("u-lan", "091187549925", "1"))), 403);
    EXPECT_TRUE(low.shows("định danh mức 2"));
    EXPECT_FALSE(identity::find_external(*world.database->reader(), "thu", "u-lan"));
    Browser high(world);
    EXPECT_EQ(high.get(go(high, citizen("u-lan", "091187549925", "2"))), 200);
    EXPECT_EQ(identity::find_external(*world.database->reader(), "thu", "u-lan"), identity::AccountId{lan->value});
    EXPECT_EQ(high.get("/tai-khoan"), 200);
    EXPECT_TRUE(high.shows("Trần Thị"));
}

TEST_F(External, WithoutProofNoNumberIsTaken) {
    Browser browser(world);
    EXPECT_EQ(browser.get(go(browser, citizen("u-8", "091300000008", "1"))), 200);
    auto reader = world.database->reader();
    const auto id = identity::find_external(*reader, "thu", "u-8");
    ASSERT_TRUE(id);
    EXPECT_EQ(identity::find_person(*reader, *id)->citizen_id, "");
    // Once proven, it is taken.
    EXPECT_EQ(browser.get(go(browser, citizen("u-8", "091300000008", "2"))), 200);
    EXPECT_EQ(identity::find_person(*world.database->reader(), *id)->citizen_id, "091300000008");
}

TEST_F(External, ConflictsAreRefused) {
    Browser browser(world);
    ASSERT_EQ(browser.get(go(browser, citizen("u-9", "091300000009"))), 200);
    // Another number than before.
    EXPECT_EQ(browser.get(go(browser, citizen("u-9", "091300000010"))), 409);
    EXPECT_TRUE(browser.shows("không khớp"));
    // The number of somebody else.
    EXPECT_EQ(browser.get(go(browser, citizen("u-9", "091187549925"))), 409);
    // Another subject of the same provider with the same number.
    EXPECT_EQ(browser.get(go(browser, citizen("u-10", "091300000009"))), 409);
    EXPECT_EQ(browser.get(go(browser, citizen("u-11", "12345"))), 422);
    EXPECT_EQ(browser.get(go(browser, {{"sub", "u-12"}, {"acr", "2"}})), 422);
}

TEST_F(External, ABusinessAndItsRepresentative) {
    Browser alone(world);
    ASSERT_EQ(
        alone.get(
            go(alone, {{"sub", "b-1"}, {"MaSoThue", "1700000001"}, {"TenDoanhNghiep", "Công ty Thử"}, {"acr", "2"}})),
        200);
    EXPECT_EQ(alone.get("/tai-khoan"), 200);
    EXPECT_TRUE(alone.shows("Công ty Thử"));
    Browser both(world);
    json::object person = citizen("u-13", "091300000013");
    person["MaSoThue"] = "1700000002";
    person["TenDoanhNghiep"] = "Công ty Hai";
    ASSERT_EQ(both.get(go(both, person)), 200);
    EXPECT_EQ(both.get("/tai-khoan"), 200);
    EXPECT_TRUE(both.shows("Mận"));
    EXPECT_TRUE(identity::find_person_by_tax_code(*world.database->reader(), "1700000002"));
}

TEST_F(External, TheCookieBelongsToTheBrowser) {
    Browser one(world), two(world);
    const std::string back = go(one, citizen("u-14", "091300000014"));
    EXPECT_EQ(two.get(back), 401);
    EXPECT_TRUE(two.shows("không bắt đầu từ trình duyệt này"));
    // Nor does another browser's cookie help: its state is another one.
    go(two, citizen("u-15", "091300000015"));
    EXPECT_EQ(two.get(back), 401);
    EXPECT_EQ(one.get(back), 200);
    // The same return again: the browser's cookie is gone.
    EXPECT_EQ(one.get(back), 401);
}

TEST_F(External, NobodyIsSentElsewhere) {
    for (const char* next : {"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"}) {
        Browser browser(world);
        EXPECT_EQ(browser.get(go(browser, citizen("u-16", "091300000016"), next)), 200);
        EXPECT_EQ(browser.location(), "/ho-so-cua-toi");
    }
}

TEST_F(External, AProviderThatIsDownIsSaid) {
    server.broken = true;
    Browser browser(world);
    EXPECT_EQ(browser.get("/dang-nhap/thu?tiep=%2Fthu-tuc"), 503);
    EXPECT_TRUE(browser.shows("Cổng thử hiện không trả lời"));
    EXPECT_TRUE(browser.shows("value=\"/thu-tuc\""));
    EXPECT_EQ(browser.get("/dang-nhap/khac"), 404);
}

TEST_F(External, ASessionThatWasThereEnds) {
    Browser browser(world);
    browser.sign_in("other");
    ASSERT_EQ(browser.get(go(browser, citizen("u-17", "091300000017"))), 200);
    EXPECT_EQ(browser.get("/tai-khoan"), 200);
    EXPECT_TRUE(browser.shows("Mận"));
    auto reader = world.database->reader();
    const auto other = identity::find_person_by_citizen_id(*reader, "091080689844");
    EXPECT_TRUE(identity::list_sessions(*reader, identity::AccountId{other->value}, 10).empty());
}

TEST_F(External, SigningOutOffersTheProvidersEnd) {
    Browser browser(world);
    ASSERT_EQ(browser.get(go(browser, citizen("u-18", "091300000018"))), 200);
    ASSERT_EQ(browser.get("/tai-khoan"), 200);
    EXPECT_EQ(browser.submit("/dang-xuat", {}), 200);
    EXPECT_TRUE(browser.shows(server.own_address() + "/end?client_id=motcua"));
    EXPECT_EQ(browser.get("/tai-khoan"), 401);
}

}  // namespace
}  // namespace motcua::portal
