#include "portal/frame.hpp"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "http/parse.hpp"
#include "identity/permissions.hpp"
#include "resources/resources.hpp"

namespace motcua::portal {

namespace {

constexpr std::chrono::seconds preference_age = std::chrono::days{365};

constexpr std::string_view plain_shell =
    "<!doctype html><html lang=\"<!--#lang-->\" class=\"<!--#class-->\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title><!--#title--></title>"
    "<meta name=\"csrf-token\" content=\"<!--#csrf-->\"></head><body>"
    "<header><p><!--#site-->Motcua</p><ul><li><a href=\"/\">Motcua</a></li><!--#user--></ul></header>"
    "<main id=\"main\"><!--#main--></main><footer><p><a href=\"tel:1022\">1022</a></p></footer></body></html>\n";

/// What the address or the cookie says, if it is one of `allowed`.
struct Preference {
    std::string value;
    bool chosen_now = false;
};

Preference preference(const std::optional<http::Target>& target, const Request& request, std::string_view name,
                      std::initializer_list<std::string_view> allowed) {
    auto known = [&](std::string_view value) { return std::ranges::find(allowed, value) != allowed.end(); };
    if (target)
        for (const http::NameValue& pair : target->query)
            if (pair.name == name && known(pair.value)) return {pair.value, true};
    if (auto cookie = request.find_cookie(name); cookie && known(*cookie)) return {std::string(*cookie), false};
    return {};
}

struct Slot {
    std::string_view name;
    std::string_view content;
};

/// One pass over the shell: what was filled in is never looked at again.
std::string fill(std::string_view shell, std::span<const Slot> slots) {
    std::string out;
    std::size_t size = shell.size();
    for (const Slot& slot : slots) size += slot.content.size();
    out.reserve(size);
    constexpr std::string_view open = "<!--#", close = "-->";
    while (true) {
        std::size_t at = shell.find(open);
        out += shell.substr(0, at);
        if (at == std::string_view::npos) return out;
        shell.remove_prefix(at + open.size());
        std::size_t end = shell.find(close);
        std::string_view name = shell.substr(0, end);
        for (const Slot& slot : slots)
            if (slot.name == name) out += slot.content;
        shell.remove_prefix(std::min(shell.size(), end + close.size()));
    }
}

/// Content-Security-Policy that allows the shell's own style sheet, named by its hash.
const std::string& policy() {
    static const std::string made = [] {
        std::string style;
        if (auto manifest = resources::find_resource("web/manifest.json"))
            if (auto read = parse_json(*manifest); read && read->is_object())
                style = string_or(read->get_object(), "style");
        return fmt::format(
            "default-src 'self'; script-src 'self'; style-src 'self'{}; img-src 'self' data: blob:; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            style.empty() ? "" : " '" + style + "'");
    }();
    return made;
}

std::string safe_json(const json::object& data) {
    std::string text = json::serialize(data);
    std::string out;
    for (char c : text) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

Html user_items(const Request& request) {
    Html html(request.lang);
    using http::PrincipalKind;
    const http::Principal& who = request.principal;
    if (who.kind == PrincipalKind::visitor) {
        html.add(R"(<li><a href="/dang-nhap">{portal.sign_in}</a></li>)");
        return html;
    }
    if (who.acting)
        html.add(
            R"(<li><form method="post" action="/tai-khoan/thay-mat/thoi"><input type="hidden" name="csrf" value="{}">)"
            R"(<strong>{}</strong> <button>{portal.acting_stop}</button></form></li>)",
            who.csrf_token, html.say("portal.acting_for", {{"name", who.acting->person_name}}));
    html.add(who.kind == PrincipalKind::officer ? Pattern(R"(<li><a href="/officer">{}</a></li>)")
                                                : Pattern(R"(<li><a href="/ho-so-cua-toi">{}</a></li>)"),
             who.display_name.empty() ? html.say("portal.account") : who.display_name);
    if (who.kind == PrincipalKind::person) html.add(R"(<li><a href="/du-lieu-cua-toi">{portal.own_data}</a></li>)");
    if (who.has(identity::permission::privacy_answer))
        html.add(R"(<li><a href="/officer/yeu-cau-du-lieu">{portal.data_to_answer}</a></li>)");
    if (who.has(identity::permission::audit_read))
        html.add(R"(<li><a href="/officer/nhat-ky">{portal.audit}</a></li>)");
    html.add(R"(<li><a href="/tai-khoan">{portal.account}</a></li>)");
    html.add(R"(<li><form method="post" action="/dang-xuat"><input type="hidden" name="csrf" value="{}">)"
             R"(<button>{portal.sign_out}</button></form></li>)",
             who.csrf_token);
    return html;
}

}  // namespace

namespace {

/// The province that exists now: the last to begin.
std::string own_province(const organisation::Directory& directory) {
    const organisation::Unit* found = nullptr;
    for (const organisation::Unit& unit : directory.units())
        if (unit.kind == organisation::UnitKind::territory && unit.level == organisation::Level::province &&
            (!found || found->validity.from < unit.validity.from))
            found = &unit;
    return found ? found->name : "Motcua";
}

}  // namespace

bool wants_json(const Request& request) {
    return http::media_type(request.headers.get("accept")) == "application/json";
}

Response render(const PortalParts& parts, const Request& request, const Page& page) {
    const std::string province =
        parts.province.empty() ? own_province(*parts.dossiers.service.snapshots().directory()) : parts.province;
    auto parsed = http::parse_target(request.target);
    std::optional<http::Target> target;
    if (parsed) target = std::move(*parsed);
    Preference lang = preference(target, request, "lang", {"vi", "en"});
    Preference text = preference(target, request, "text", {"normal", "large", "larger"});
    Preference contrast = preference(target, request, "contrast", {"normal", "more"});

    std::string classes = text.value == "normal" ? "" : text.value;
    if (contrast.value == "more") classes += classes.empty() ? "contrast" : " contrast";
    std::string site = escape_html(province) + " · ";
    std::string title = escape_html(page.title + " – " + province);
    std::string data = safe_json(page.data);
    Html user = user_items(request);

    auto shell = resources::find_resource(fmt::format("web/shells/{}.{}.html", page.shell, to_string(request.lang)));
    const std::array slots = {Slot{"lang", to_string(request.lang)},
                              Slot{"title", title},
                              Slot{"main", page.main.text()},
                              Slot{"data", data},
                              Slot{"csrf", request.principal.csrf_token},
                              Slot{"class", classes},
                              Slot{"user", user.text()},
                              Slot{"site", site}};
    Response response = Response::html(fill(shell.value_or(plain_shell), slots), page.status);
    response.header("Content-Security-Policy", policy());
    for (const auto& [name, chosen] : {std::pair{"lang", &lang}, {"text", &text}, {"contrast", &contrast}})
        if (chosen->chosen_now)
            response.cookie(
                {.name = name, .value = chosen->value, .max_age = preference_age, .readable_by_script = true});
    return response;
}

Html error_summary(Lang lang, const std::vector<Wrong>& wrong) {
    Html html(lang);
    if (wrong.empty()) return html;
    html.add(R"(<div class="errors" role="alert" tabindex="-1" data-focus><h2>{}</h2><ul>)",
             wrong.size() == 1 ? html.say("portal.errors_one")
                               : html.say("portal.errors_many", {{"count", std::to_string(wrong.size())}}));
    for (const Wrong& one : wrong) {
        if (one.id.empty()) {
            html.add("<li>{}</li>", one.text);
        } else {
            html.add(R"(<li><a href="#{}">{}</a></li>)", one.id, one.text);
        }
    }
    html.add("</ul></div>");
    return html;
}

std::string make_key(Random& random) {
    std::array<std::byte, 16> bytes;
    random.fill(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += fmt::format("{:02x}", std::to_integer<int>(bytes[i]));
    }
    return text;
}

Html form_keys(const Context& context, const Request& request) {
    Html html(request.lang);
    html.add(R"(<input type="hidden" name="csrf" value="{}"><input type="hidden" name="_key" value="{}">)",
             request.principal.csrf_token, make_key(context.random));
    return html;
}

std::string local_path(std::string_view path) {
    if (!path.starts_with('/') || path.starts_with("//") || path.size() > 500) return {};
    for (char c : path)
        if (static_cast<unsigned char>(c) < 0x21 || c == '\\' || c == 0x7F) return {};
    return std::string(path);
}

namespace {

void add_samples(Html& html, const std::vector<SampleAccount>& samples, bool officers) {
    html.add(R"(<dl class="summary">)");
    for (const SampleAccount& sample : samples)
        if (officers != sample.title.empty())
            html.add("<div><dt>{}</dt><dd>{}{}{}</dd></div>", sample.user_name, sample.name,
                     sample.title.empty() ? "" : ", ", sample.title);
    html.add("</dl>");
}

}  // namespace

std::vector<SampleAccount> demo_samples() {
    std::vector<SampleAccount> samples;
    auto text = resources::find_resource("demo/accounts.json");
    auto read = text ? parse_json(*text) : Result<json::value>(json::object());
    if (!read || !read->is_object()) return samples;
    const json::object& file = read->get_object();
    const json::array* accounts = find_array(file, "accounts");
    if (!accounts) return samples;
    for (const json::value& value : *accounts) {
        const json::object& account = value.as_object();
        SampleAccount sample{string_or(account, "user_name"), string_or(file, "password"), string_or(account, "name"),
                             ""};
        if (const json::array* posts = find_array(account, "posts"); posts && !posts->empty())
            sample.title = string_or(posts->back().as_object(), "title");
        samples.push_back(std::move(sample));
    }
    return samples;
}

void add_passkey_sign_in(Html& html, std::string_view next) {
    html.add(
        R"(<form data-passkey="sign-in" data-next="{}" data-failed="{portal.passkey_failed}" hidden><p role="status" data-said></p>)"
        R"(<div class="actions"><button class="btn secondary">{portal.passkey_sign_in}</button></div></form>)",
        next);
}

Html sign_in_form(const PortalParts& parts, Lang lang, std::string_view next, std::string_view user_name) {
    Html html(lang);
    const auto& providers = parts.identity.options().providers;
    if (!providers.empty()) {
        html.add(
            R"(<section><h2>{portal.sign_in_people}</h2><p>{portal.sign_in_people_hint}</p><div class="actions">)");
        for (const auto& provider : providers)
            html.add(R"(<a class="btn" href="/dang-nhap/{}?tiep={}">{}</a> )", provider.id, http::percent_encode(next),
                     html.say("portal.sign_in_with",
                              {{"provider", lang == Lang::en ? provider.name_en : provider.name_vi}}));
        html.add("</div></section><h2>{portal.sign_in_staff}</h2>");
    }
    html.add(
        R"(<form method="post" action="/dang-nhap"><input type="hidden" name="tiep" value="{}">)"
        R"(<div class="field"><label for="user_name">{portal.user_name}</label>)"
        R"(<input id="user_name" name="user_name" class="w20" autocomplete="username" autocapitalize="none" spellcheck="false" value="{}"></div>)"
        R"(<div class="field"><label for="password">{portal.password}</label>)"
        R"(<input id="password" name="password" type="password" class="w20" autocomplete="current-password"></div>)"
        R"(<div class="actions"><button class="btn">{portal.sign_in}</button></div></form>)",
        next, user_name);
    add_passkey_sign_in(html, next);
    if (!parts.samples.empty()) {
        html.add(
            R"(<section><h2>{portal.samples}</h2><div class="notice warning"><p>{portal.samples_warning}</p><p>{}</p></div>)",
            html.say("portal.samples_password", {{"password", parts.samples.front().password}}));
        add_samples(html, parts.samples, false);
        html.add("<details><summary>{portal.sample_officers}</summary>");
        add_samples(html, parts.samples, true);
        html.add("</details></section>");
    }
    return html;
}

Response error_page(const PortalParts& parts, const Request& request, const http::Problem& problem) {
    if (wants_json(request)) return http::to_response(problem);
    Html main(request.lang);
    main.add("<h1>{}</h1><p>{}</p>", problem.title, problem.detail);
    if (!problem.errors.empty()) {
        main.add("<ul>");
        for (const auto& wrong : problem.errors) main.add("<li>{}</li>", wrong.detail);
        main.add("</ul>");
    }
    if (problem.status == 401) {
        const bool readable = request.method == http::Method::get;
        main.add(sign_in_form(parts, request.lang, readable ? local_path(request.target) : "", ""));
    } else {
        main.add("<h2>{portal.what_now}</h2><ul>");
        if (problem.status == 403) main.add("<li>{portal.error_403}</li>");
        if (problem.status == 404) main.add("<li>{portal.error_404}</li>");
        if (problem.status == 409 || problem.status == 412) main.add("<li>{portal.error_409}</li>");
        if (problem.status == 429 || problem.status == 503) main.add("<li>{portal.error_503}</li>");
        if (problem.status == 500) main.add("<li>{portal.error_500}</li>");
        main.add(
            R"(<li><a href="/thu-tuc">{portal.find_procedure}</a></li><li><a href="/tra-cuu">{portal.track_dossier}</a></li>)"
            R"(<li>{portal.call_1022}</li></ul>)");
    }
    const bool incident = !problem.incident_id.empty();
    main.add(R"(<p class="muted">{}</p>)", main.say(incident ? "portal.incident_id" : "portal.request_id",
                                                    {{"id", incident ? problem.incident_id : problem.request_id}}));
    const Page page{.shell = "error", .title = problem.title, .main = std::move(main), .status = problem.status};
    return render(parts, request, page);
}

}  // namespace motcua::portal
