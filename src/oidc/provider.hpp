// The description of an identity provider: where it is, how we prove who we are, how far it is believed and which of
// its claims mean what. Read from the administrator's file on top of a profile that ships
// (data/identity/<profile>.json). Owns reading and checking; docs/identity.md explains every member.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/lang.hpp"
#include "jose/key.hpp"

namespace motcua::oidc {

enum class ClientAuthentication : std::uint8_t { none, basic, post };

/// Endpoints; with discovery they come from the provider.
struct Endpoints {
    std::string authorization = {};
    std::string token = {};
    std::string keys = {};
    std::string user_info = {};    // may be empty
    std::string end_session = {};  // may be empty
};

/// Names of claims, tried in order; the first that is there and not empty counts.
struct ClaimNames {
    std::vector<std::string> citizen_id = {}, tax_code = {}, business_name = {}, name = {}, phone = {}, email = {},
                             address = {};
};

struct Provider {
    std::string id;  // of ours, in paths: "vneid"
    std::string name_vi, name_en;
    std::string issuer;
    std::string client_id;
    std::string client_secret;  // empty with ClientAuthentication::none
    ClientAuthentication authentication = ClientAuthentication::basic;
    std::string scope = "openid";
    std::vector<std::string> acr_values = {};             // asked for, in order of preference
    std::map<std::string, int, std::less<>> levels = {};  // level of identity proof by value of `level_claim`
    std::string level_claim = "acr";
    int level_default = 0;             // of any other value
    int level_min = 0;                 // below it nobody signs in
    std::int64_t max_age_seconds = 0;  // 0 = any: how old the sign-in at the provider may be
    bool discovery = true;
    Endpoints endpoints = {};  // without discovery
    bool user_info = false;    // claims are fetched from the user info endpoint, too
    jose::Algorithms algorithms = {};
    ClaimNames claims = {};

    const std::string& name(Lang lang) const { return lang == Lang::en ? name_en : name_vi; }
};

inline constexpr int level_max = 3;
inline constexpr std::size_t providers_max = 10;

/// `{"providers":[{"id","profile",…}]}`; a secret is a file beside it (`client_secret_file`, relative to `directory`).
/// Reasons, all invalid: "oidc.config_malformed"; "oidc.config_invalid" {provider, member}: missing, of the wrong
/// shape, unknown, an address that is neither https nor of this machine, a secret that cannot be read.
Result<std::vector<Provider>> read_providers(std::string_view text, const std::filesystem::path& directory);

/// https, or http on this very machine (a test provider); without user, query or fragment.
bool is_sound_address(std::string_view url);

}  // namespace motcua::oidc
