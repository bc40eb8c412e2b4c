#include "oidc/provider.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "resources/resources.hpp"

namespace motcua::oidc {

namespace {

constexpr std::size_t secret_bytes_max = 4096, id_chars_max = 32;
constexpr std::string_view members[] = {"id",
                                        "profile",
                                        "name",
                                        "issuer",
                                        "client_id",
                                        "client_secret_file",
                                        "client_authentication",
                                        "scope",
                                        "acr_values",
                                        "levels",
                                        "level_claim",
                                        "level_default",
                                        "level_min",
                                        "max_age_seconds",
                                        "discovery",
                                        "endpoints",
                                        "user_info",
                                        "algorithms",
                                        "claims",
                                        "about"};
constexpr std::string_view claim_members[] = {"citizen_id", "tax_code", "business_name", "name",
                                              "phone",      "email",    "address"};
constexpr std::string_view endpoint_members[] = {"authorization", "token", "keys", "user_info", "end_session"};

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= id_chars_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// One provider while it is read; each refusal names the member.
class Reader {
  public:
    Reader(const json::object& object, const std::filesystem::path& directory)
        : object_(object), directory_(directory) {}

    Result<Provider> read();

  private:
    std::unexpected<Error> wrong(std::string_view member) const {
        return fail(Errc::invalid, "oidc.config_invalid",
                    {{"provider", provider_.id}, {"member", std::string(member)}});
    }
    Result<void> take_text(std::string_view member, std::string& target) const {
        const json::value* value = object_.if_contains(member);
        if (!value) return {};
        if (!value->is_string()) return wrong(member);
        target = value->get_string();
        return {};
    }
    Result<void> take_flag(std::string_view member, bool& target) const {
        const json::value* value = object_.if_contains(member);
        if (!value) return {};
        if (!value->is_bool()) return wrong(member);
        target = value->get_bool();
        return {};
    }
    template <class Number>
    Result<void> take_number(std::string_view member, Number& target, std::int64_t max) const {
        if (!object_.contains(member)) return {};
        const auto number = find_int(object_, member);
        if (!number || *number < 0 || *number > max) return wrong(member);
        target = static_cast<Number>(*number);
        return {};
    }
    Result<std::vector<std::string>> texts(const json::value& value, std::string_view member) const {
        std::vector<std::string> list;
        if (!value.is_array()) return wrong(member);
        for (const json::value& one : value.get_array()) {
            if (!one.is_string() || one.get_string().empty()) return wrong(member);
            list.emplace_back(one.get_string());
        }
        return list;
    }
    Result<void> take_known(const json::object& object, std::span<const std::string_view> known,
                            std::string_view inside) const {
        for (const auto& member : object)
            if (std::ranges::find(known, std::string_view(member.key())) == known.end())
                return wrong(inside.empty() ? std::string(member.key())
                                            : std::string(inside) + "." + std::string(member.key()));
        return {};
    }
    Result<void> take_name();
    Result<void> take_client();
    Result<void> take_levels();
    Result<void> take_endpoints();
    Result<void> take_algorithms();
    Result<void> take_claims();

    const json::object& object_;
    const std::filesystem::path& directory_;
    Provider provider_;
};

Result<void> Reader::take_name() {
    const json::object* name = find_object(object_, "name");
    if (!name) return wrong("name");
    provider_.name_vi = string_or(*name, "vi");
    provider_.name_en = string_or(*name, "en", provider_.name_vi);
    if (provider_.name_vi.empty()) return wrong("name");
    return {};
}

Result<void> Reader::take_client() {
    TRY(take_text("client_id", provider_.client_id));
    if (provider_.client_id.empty()) return wrong("client_id");
    std::string how = "basic";
    TRY(take_text("client_authentication", how));
    if (how == "none") {
        provider_.authentication = ClientAuthentication::none;
        return {};
    }
    if (how != "basic" && how != "post") return wrong("client_authentication");
    provider_.authentication = how == "basic" ? ClientAuthentication::basic : ClientAuthentication::post;
    std::string file;
    TRY(take_text("client_secret_file", file));
    if (file.empty()) return wrong("client_secret_file");
    std::ifstream stream(directory_ / file, std::ios::binary);
    std::string secret{std::istreambuf_iterator<char>(stream), {}};
    while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
    const bool readable = std::ranges::all_of(secret, [](char c) { return c > ' ' && c <= '~'; });
    if (secret.empty() || secret.size() > secret_bytes_max || !readable) return wrong("client_secret_file");
    provider_.client_secret = std::move(secret);
    return {};
}

Result<void> Reader::take_levels() {
    TRY(take_text("level_claim", provider_.level_claim));
    TRY(take_number("level_default", provider_.level_default, level_max));
    TRY(take_number("level_min", provider_.level_min, level_max));
    TRY(take_number("max_age_seconds", provider_.max_age_seconds, std::int64_t{365} * 86400));
    if (const json::value* asked = object_.if_contains("acr_values"))
        provider_.acr_values = TRY(texts(*asked, "acr_values"));
    const json::value* levels = object_.if_contains("levels");
    if (!levels) return {};
    if (!levels->is_object()) return wrong("levels");
    for (const auto& level : levels->get_object()) {
        const auto number = find_int(levels->get_object(), level.key());
        if (!number || *number < 0 || *number > level_max) return wrong("levels");
        provider_.levels.emplace(std::string(level.key()), static_cast<int>(*number));
    }
    return {};
}

Result<void> Reader::take_endpoints() {
    TRY(take_flag("discovery", provider_.discovery));
    TRY(take_flag("user_info", provider_.user_info));
    if (const json::object* given = find_object(object_, "endpoints")) {
        TRY(take_known(*given, endpoint_members, "endpoints"));
        Endpoints& to = provider_.endpoints;
        std::string* const targets[] = {&to.authorization, &to.token, &to.keys, &to.user_info, &to.end_session};
        for (std::size_t i = 0; i < std::size(targets); ++i) {
            *targets[i] = string_or(*given, endpoint_members[i]);
            if (!targets[i]->empty() && !is_sound_address(*targets[i]))
                return wrong("endpoints." + std::string(endpoint_members[i]));
        }
    }
    if (provider_.discovery) return {};
    if (provider_.endpoints.authorization.empty()) return wrong("endpoints.authorization");
    if (provider_.endpoints.token.empty()) return wrong("endpoints.token");
    if (provider_.endpoints.keys.empty()) return wrong("endpoints.keys");
    if (provider_.user_info && provider_.endpoints.user_info.empty()) return wrong("endpoints.user_info");
    return {};
}

Result<void> Reader::take_algorithms() {
    using enum jose::Algorithm;
    provider_.algorithms = {rs256, es256, ps256, eddsa};
    const json::value* given = object_.if_contains("algorithms");
    if (!given) return {};
    provider_.algorithms.clear();
    for (const std::string& name : TRY(texts(*given, "algorithms"))) {
        const auto algorithm = jose::parse_algorithm(name);
        if (!algorithm || jose::is_symmetric(*algorithm)) return wrong("algorithms");
        provider_.algorithms.push_back(*algorithm);
    }
    if (provider_.algorithms.empty()) return wrong("algorithms");
    return {};
}

Result<void> Reader::take_claims() {
    const json::object* given = find_object(object_, "claims");
    if (!given) return wrong("claims");
    TRY(take_known(*given, claim_members, "claims"));
    ClaimNames& to = provider_.claims;
    std::vector<std::string>* const targets[] = {&to.citizen_id, &to.tax_code, &to.business_name, &to.name,
                                                 &to.phone,      &to.email,    &to.address};
    for (std::size_t i = 0; i < std::size(targets); ++i)
        if (const json::value* names = given->if_contains(claim_members[i])) *targets[i] = TRY(texts(*names, "claims"));
    if (to.name.empty() && to.business_name.empty()) return wrong("claims.name");
    return {};
}

Result<Provider> Reader::read() {
    TRY(take_text("id", provider_.id));
    if (!is_id(provider_.id)) return wrong("id");
    TRY(take_known(object_, members, ""));
    TRY(take_text("issuer", provider_.issuer));
    if (!is_sound_address(provider_.issuer)) return wrong("issuer");
    TRY(take_text("scope", provider_.scope));
    if ((" " + provider_.scope + " ").find(" openid ") == std::string::npos) return wrong("scope");
    TRY(take_name());
    TRY(take_client());
    TRY(take_levels());
    TRY(take_endpoints());
    TRY(take_algorithms());
    TRY(take_claims());
    return std::move(provider_);
}

/// The profile's members below the administrator's own. Profiles carry no issuer and no client.
Result<json::object> on_profile(const json::object& own) {
    const std::string profile = string_or(own, "profile");
    if (profile.empty()) return own;
    const auto wrong = [&] {
        return fail(Errc::invalid, "oidc.config_invalid", {{"provider", string_or(own, "id")}, {"member", "profile"}});
    };
    if (!is_id(profile)) return wrong();
    const auto text = resources::find_resource("identity/" + profile + ".json");
    if (!text) return wrong();
    json::value base = TRY(parse_json(*text));
    if (!base.is_object()) return wrong();
    json::object merged = std::move(base.get_object());
    for (const auto& member : own) merged[member.key()] = member.value();
    return merged;
}

}  // namespace

bool is_sound_address(std::string_view url) {
    const bool secure = url.starts_with("https://");
    if (!secure && !url.starts_with("http://")) return false;
    const std::string_view rest = url.substr(secure ? 8 : 7);
    if (rest.find_first_of("@?#\\ \"<>") != std::string_view::npos) return false;
    if (!std::ranges::all_of(rest, [](char c) { return c > ' ' && c <= '~'; })) return false;
    std::string_view host = rest.substr(0, rest.find('/'));
    if (host.empty()) return false;
    if (secure) return true;
    host = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
    return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

Result<std::vector<Provider>> read_providers(std::string_view text, const std::filesystem::path& directory) {
    const auto value = parse_json(text);
    const json::array* list = value && value->is_object() ? find_array(value->get_object(), "providers") : nullptr;
    if (!list || list->size() > providers_max) return fail(Errc::invalid, "oidc.config_malformed");
    std::vector<Provider> providers;
    std::set<std::string> ids;
    for (const json::value& one : *list) {
        if (!one.is_object()) return fail(Errc::invalid, "oidc.config_malformed");
        const json::object object = TRY(on_profile(one.get_object()));
        providers.push_back(TRY(Reader(object, directory).read()));
        if (!ids.insert(providers.back().id).second)
            return fail(Errc::invalid, "oidc.config_invalid", {{"provider", providers.back().id}, {"member", "id"}});
    }
    return providers;
}

}  // namespace motcua::oidc
