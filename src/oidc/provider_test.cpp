#include "oidc/provider.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "db/test_directory.hpp"

namespace motcua::oidc {
namespace {

class Providers : public testing::Test {
  protected:
    Providers() { std::ofstream(directory.path() / "vneid.secret") << "s3cret\n"; }
    Result<std::vector<Provider>> read(std::string_view text) { return read_providers(text, directory.path()); }
    std::string member(std::string_view provider) {
        auto result = read(R"({"providers":[)" + std::string(provider) + "]}");
        if (result) return "";
        EXPECT_EQ(result.error().reason, "oidc.config_invalid");
        return result.error().params.size() == 2 ? result.error().params.at(1).value : result.error().reason;
    }
    TestDirectory directory;
};

TEST_F(Providers, TenLinesAreEnough) {
    const auto read_all = read(R"({"providers":[
        {"id":"vneid","profile":"vneid","issuer":"https://sso.example.vn","client_id":"an-giang","client_secret_file":"vneid.secret"},
        {"id":"dvcqg","profile":"vnconnect","issuer":"https://xacthuc.example.vn/oauth2/token","client_id":"ag",
         "client_secret_file":"vneid.secret","discovery":false,"level_default":2,
         "endpoints":{"authorization":"https://xacthuc.example.vn/oauth2/authorize","token":"https://xacthuc.example.vn/oauth2/token",
                      "keys":"https://xacthuc.example.vn/oauth2/jwks","user_info":"https://xacthuc.example.vn/oauth2/userinfo"}}]})");
    ASSERT_TRUE(read_all) << read_all.error().reason;
    ASSERT_EQ(read_all->size(), 2u);
    const Provider& vneid = read_all->at(0);
    EXPECT_EQ(vneid.client_secret, "s3cret");
    EXPECT_EQ(vneid.name(Lang::vi), "VNeID");
    EXPECT_EQ(vneid.levels.at("2"), 2);
    EXPECT_TRUE(vneid.discovery);
    const Provider& portal = read_all->at(1);
    EXPECT_EQ(portal.claims.citizen_id, (std::vector<std::string>{"SoDinhDanh", "SoCMND"}));
    EXPECT_EQ(portal.claims.tax_code, (std::vector<std::string>{"MaSoThue", "MaSoDoanhNghiep"}));
    EXPECT_EQ(portal.level_default, 2);
    EXPECT_TRUE(read(R"({"providers":[]})"));
}

TEST_F(Providers, WhatIsWrongIsNamed) {
    const std::string good =
        R"("profile":"standard","issuer":"https://a.example","client_id":"c","client_secret_file":"vneid.secret")";
    EXPECT_EQ(member("{\"id\":\"x\"," + good + "}"), "");
    EXPECT_EQ(member("{" + good + "}"), "id");
    EXPECT_EQ(member("{\"id\":\"A B\"," + good + "}"), "id");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"isuer\":1}"), "isuer");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"claims\":{\"nam\":[\"x\"]}}"), "claims.nam");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"algorithms\":[\"HS256\"]}"), "algorithms");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"algorithms\":[\"none\"]}"), "algorithms");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"level_min\":4}"), "level_min");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"scope\":\"profile\"}"), "scope");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + ",\"discovery\":false}"), "endpoints.authorization");
    EXPECT_EQ(member(R"({"id":"x","profile":"none-such","issuer":"https://a.example","client_id":"c"})"), "profile");
    EXPECT_EQ(member(R"({"id":"x","profile":"../demo/accounts"})"), "profile");
    EXPECT_EQ(member(R"({"id":"x","profile":"standard","issuer":"http://a.example","client_id":"c"})"), "issuer");
    EXPECT_EQ(
        member(
            R"({"id":"x","profile":"standard","issuer":"https://a.example","client_id":"c","client_secret_file":"gone"})"),
        "client_secret_file");
    EXPECT_EQ(read("[]").error().reason, "oidc.config_malformed");
    EXPECT_EQ(member("{\"id\":\"x\"," + good + "},{\"id\":\"x\"," + good + "}"), "id");
}

TEST(Addresses, OnlyThisMachineWithoutTls) {
    for (const char* good : {"https://a.example", "https://a.example:8443/x/y", "http://127.0.0.1:3000",
                             "http://localhost/x", "http://[::1]:9"})
        EXPECT_TRUE(is_sound_address(good)) << good;
    for (const char* bad : {"", "a.example", "http://a.example", "ftp://a.example", "https://", "https://u:p@a.example",
                            "https://a.example/?q=1", "https://a.example#f", "http://127.0.0.1@evil.example/",
                            "http://localhost.evil.example", "https://a b", "javascript:alert(1)"})
        EXPECT_FALSE(is_sound_address(bad)) << bad;
}

}  // namespace
}  // namespace motcua::oidc
