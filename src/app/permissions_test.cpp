// Who may call which route on which dossier, as one table: what it says is computed from the routes' permissions, the
// roles (data/roles.json) and the rules of access (dossier/access.hpp), written as docs/permissions.md, and run against
// the real router, cell by cell. A route that is about something and has no row fails; so does a stale document:
// MOTCUA_WRITE_DOCS=1 app_test --gtest_filter='Permission*' writes it again.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "app/test_province.hpp"
#include "dossier/access.hpp"
#include "dossier/api.hpp"
#include "http/parse.hpp"
#include "resources/resources.hpp"

namespace motcua::app {
namespace {

using dossier::Relation;
using http::Route;

/// What the ids in a route's path name.
enum class About { nothing, dossier, account, own_session, notice, common, unknown, own_thing, data_request };

About about(const Route& route) {
    const std::string_view path = route.path;
    if (path.find('{') == std::string_view::npos) return About::nothing;
    if (path.find("{dossier}") != std::string_view::npos) return About::dossier;
    if (path.starts_with("/api/v1/accounts/{id}")) return About::account;
    if (path == "/api/v1/me/sessions/{id}" || path.starts_with("/tai-khoan/phien/{session}")) return About::own_session;
    // Foreign ones are compared with unknown ones in identity's tests.
    if (path.find("{mandate}") != std::string_view::npos || path.find("{passkey}") != std::string_view::npos ||
        path.starts_with("/api/v1/me/delegations/") || path.starts_with("/tai-khoan/uy-nhiem/"))
        return About::own_thing;
    if (path.starts_with("/api/v1/calendar-notices/{notice}")) return About::notice;
    // Scope by scope in privacy_test.cpp and the portal's tests.
    if (path.find("{request}") != std::string_view::npos) return About::data_request;
    // The same for everybody who may call the route: procedures, forms, sentences, the public log, files of the site.
    constexpr std::string_view common[] = {"code", "form", "reason", "day", "path", "name", "provider"};
    const bool all_common = std::ranges::all_of(route.param_names, [&](const std::string& name) {
        return std::ranges::find(common, name) != std::end(common);
    });
    return all_common ? About::common : About::unknown;
}

std::string name_of(const Route& route) { return std::string(to_string(route.method)) + " " + route.path; }

bool changes(const Route& route) { return route.method != http::Method::get; }

/// The rule of access behind a changing route of a dossier; nullptr when there is none, which fails the test.
const dossier::AccessRule* rule_of(const Route& route, bool draft) {
    constexpr std::pair<std::string_view, std::string_view> pages[] = {
        {"POST /ho-so/{dossier}/sua", "save"},
        {"POST /ho-so/{dossier}/rut", "withdraw"},
        {"POST /ho-so/{dossier}/bao-sai", "report-wrong-result"},
        {"POST /officer/ho-so/{dossier}/tep", "attach"},
        {"POST /api/v1/dossiers/{dossier}/files", "attach"},
        {"DELETE /api/v1/dossiers/{dossier}/files/{document}", "detach"}};
    const std::string name = name_of(route);
    if (name == "PUT /api/v1/dossiers/{dossier}") return dossier::find_access_rule(draft ? "save" : "amend");
    for (const auto& [page, command] : pages)
        if (page == name) return dossier::find_access_rule(command);
    return dossier::find_access_rule(std::string_view(route.path).substr(route.path.rfind('/') + 1));
}

enum class Outcome { sign_in, role, hidden, forbidden, passes };
std::string_view to_text(Outcome outcome) {
    constexpr std::string_view texts[] = {"sign in (401)", "not the role (403)", "as if it did not exist (404)",
                                          "may see, may not (403)", "passes"};
    return texts[static_cast<std::size_t>(outcome)];
}

/// An asker in the abstract.
struct Who {
    http::PrincipalKind kind = http::PrincipalKind::visitor;
    const identity::Role* role = nullptr;
    std::vector<Relation> relations = {};
    bool everywhere = false;  // the post is held in the whole system

    bool has(http::Permission permission) const {
        using namespace http::permission;
        if (permission == open) return true;
        if (permission == signed_in) return kind != http::PrincipalKind::visitor;
        if (permission == as_person) return kind == http::PrincipalKind::person;
        if (permission == as_officer) return kind == http::PrincipalKind::officer;
        return role && role->has(permission);
    }
    bool is(Relation relation) const { return std::ranges::find(relations, relation) != relations.end(); }
};

/// What is known of the dossier: its phase, and the role that the named task is for.
struct Seen {
    bool draft = false;
    std::string_view task_role;
};

bool fits(const Who& who, const dossier::Way& way, const Seen& seen, bool sees) {
    if (way.phase == dossier::Phase::draft && !seen.draft) return false;
    if (way.phase == dossier::Phase::received && seen.draft) return false;
    if (!who.has(way.permission)) return false;
    if (way.relation == Relation::reader) return sees;
    if (way.relation == Relation::task_role) return who.is(Relation::task_unit) && who.role->id == seen.task_role;
    return who.is(way.relation);
}

/// The one prediction: the document and the test read it.
Outcome expected(const Route& route, const Who& who, const Seen& seen) {
    if (!who.has(route.permission)) return who.kind == http::PrincipalKind::visitor ? Outcome::sign_in : Outcome::role;
    // An officer files for somebody else, at the counter (dossier.receive there) or from afar.
    if (name_of(route) == "POST /api/v1/dossiers" && who.kind == http::PrincipalKind::officer &&
        !who.has(identity::permission::dossier_file_for_other))
        return Outcome::forbidden;
    // The audit trail is about everybody.
    if (route.permission == identity::permission::audit_read && !who.everywhere) return Outcome::forbidden;
    if (about(route) != About::dossier) return Outcome::passes;
    const auto any = [&](const std::vector<dossier::Way>& ways, bool sees) {
        return std::ranges::any_of(ways, [&](const dossier::Way& way) { return fits(who, way, seen, sees); });
    };
    const bool sees = any(dossier::ways_to_see(), false);
    if (!sees) return Outcome::hidden;
    if (!changes(route)) return Outcome::passes;
    const dossier::AccessRule* rule = rule_of(route, seen.draft);
    return rule && any(rule->ways, true) ? Outcome::passes : Outcome::forbidden;
}

/// Relations of an officer who works there to the running dossier, for a route about one of its tasks.
std::vector<Relation> relations_at(Place place, bool about_question) {
    using enum Relation;
    switch (place) {
        case Place::reception:
            return {reception};
        case Place::settlement:
            return about_question ? std::vector{settlement, work} : std::vector{settlement, work, task_unit};
        case Place::opinion:
            return about_question ? std::vector{opinion, work, task_unit} : std::vector{opinion, work};
        case Place::above:
            return {reception, settlement, opinion, work, task_unit};
        case Place::elsewhere:
        case Place::other_field:
            return {};
    }
    return {};
}

bool about_question(const Route& route) { return route.path.ends_with("/give-opinion"); }

// --- requests that pass validation -----------------------------------------------------------------------------------

class Samples {
  public:
    explicit Samples(const TestProvince& province) : province_(province) {}

    json::value value_of(const http::Field& field, bool question) const {
        const json::object schema = field.schema();
        switch (field.type()) {
            case http::FieldType::integer:
            case http::FieldType::number:
                return int_or(schema, "minimum", 1);
            case http::FieldType::boolean:
                return true;
            case http::FieldType::instant:
                return "2030-03-20T10:00:00+07:00";
            case http::FieldType::day:
                return "2030-03-20";
            case http::FieldType::id:
                if (field.name() == "task")
                    return json::value(format_id(question ? province_.question : province_.step));
                return json::value(format_id(province_.accounts.at("processor@settlement")));
            case http::FieldType::object:
                return object_of(field.members(), question);
            case http::FieldType::array:
                return json::array{value_of(field.members().front(), question)};
            default:
                break;
        }
        if (field.name() == "unit") return "H01.233";
        if (field.name() == "agency") return "H01.11";
        if (const json::array* allowed = find_array(schema, "enum")) return allowed->front();
        const auto length = static_cast<std::size_t>(std::max<std::int64_t>(1, int_or(schema, "minLength", 1)));
        return json::value(std::string(length, '1'));
    }
    json::object object_of(const http::Fields& fields, bool question) const {
        json::object object;
        for (const http::Field& field : fields)
            if (field.is_required()) object.emplace(field.name(), value_of(field, question));
        return object;
    }
    static void flatten(const json::value& value, const std::string& path, std::string& form) {
        if (const json::object* object = value.if_object()) {
            for (const auto& [name, inner] : *object)
                flatten(inner, path.empty() ? std::string(name) : path + "/" + std::string(name), form);
        } else if (const json::array* array = value.if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i)
                flatten((*array)[i], (*array)[i].is_object() ? path + "/" + std::to_string(i) : path, form);
        } else {
            form += http::percent_encode(path) + "=" +
                    http::percent_encode(value.is_string() ? std::string(value.get_string()) : json::serialize(value)) +
                    "&";
        }
    }

    /// "?from=…": what the route cannot do without.
    std::string query_of(const Route& route) const {
        std::string query;
        flatten(object_of(route.spec.query, false), "", query);
        if (!query.empty()) query.pop_back();
        return query.empty() ? "" : "?" + query;
    }
    /// Body and content type.
    std::pair<std::string, std::string> body_of(const Route& route) const {
        if (route.path.ends_with("/files")) return file_body("file");
        if (route.path.ends_with("/tep")) return file_body("_file");
        const auto& commands = dossier::command_routes();
        const auto last = std::string_view(route.path).substr(route.path.rfind('/') + 1);
        const auto command = std::ranges::find(commands, last, &dossier::CommandRoute::name);
        const bool dossier_command = about(route) == About::dossier && command != commands.end();
        const http::Fields& fields = route.spec.input.empty() && dossier_command ? command->input : route.spec.input;
        const json::object sample = object_of(fields, about_question(route));
        if (route.spec.body != http::Body::form) return {json::serialize(sample), "application/json"};
        std::string form = "reason=1&_version=999&";
        flatten(sample, "", form);
        form.pop_back();
        return {form, "application/x-www-form-urlencoded"};
    }

  private:
    static std::pair<std::string, std::string> file_body(const std::string& field) {
        const std::string boundary = "----voi-tim";
        return {"--" + boundary + "\r\nContent-Disposition: form-data; name=\"component\"\r\n\r\nKQ000001\r\n--" +
                    boundary + "\r\nContent-Disposition: form-data; name=\"" + field +
                    "\"; filename=\"to.pdf\"\r\n"
                    "Content-Type: application/pdf\r\n\r\n" +
                    documents::test_files::pdf() + "\r\n--" + boundary + "--\r\n",
                "multipart/form-data; boundary=" + boundary};
    }
    const TestProvince& province_;
};

class Permissions : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        province = std::make_unique<TestProvince>();
        province->client->keep_nothing();
    }
    static void TearDownTestSuite() { province.reset(); }

    static const std::vector<std::unique_ptr<Route>>& routes() { return province->app->router().routes(); }
    static std::string filled(const Route& route, const dossier::Dossier& d, DocumentId document) {
        std::string path = route.path;
        const auto put = [&](std::string_view name, std::string_view value) {
            if (auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        };
        put("{dossier}", to_string(d.id));
        put("{document}", to_string(document));
        for (std::size_t open; (open = path.find('{')) != std::string::npos;)
            path.replace(open, path.find('}', open) - open + 1, "0000000000001");
        return path;
    }
    static http::testing::Answer send(const Route& route, const std::string& path,
                                      std::vector<http::NameValue> headers) {
        const auto [body, type] = Samples(*province).body_of(route);
        headers.push_back({"X-Request-Id", "permissions-1"});
        if (!changes(route)) return province->client->get(path + Samples(*province).query_of(route), headers);
        if (route.spec.body != http::Body::none || !route.spec.input.empty()) headers.push_back({"Content-Type", type});
        // Commands that would pass are refused as stale, or not committed.
        if (route.spec.if_match != http::IfMatch::unused) headers.push_back({"If-Match", "\"v999\""});
        const bool wants_body = route.spec.body != http::Body::none || !route.spec.input.empty();
        return province->client->send(to_string(route.method), path, wants_body ? body : "", headers);
    }
    static Outcome outcome_of(const Route& route, const http::testing::Answer& answer, bool visitor) {
        if (answer.would_write) return Outcome::passes;
        if (answer.status == 401 && visitor) return Outcome::sign_in;  // else it is about a wrong password
        const bool problem = std::string_view(answer.headers.get("content-type")).starts_with("application/problem");
        const std::string reason = problem ? answer.reason() : "";
        if (answer.status == 403) {
            if (reason == "auth.not_permitted") return Outcome::role;
            if (reason == "dossier.forbidden" || reason == "audit.everywhere_only") return Outcome::forbidden;
            return problem ? Outcome::passes : Outcome::forbidden;
        }
        if (answer.status == 404 &&
            (reason == "dossier.not_found" || (route.spec.html && about(route) == About::dossier)))
            return Outcome::hidden;
        return Outcome::passes;
    }
    /// `seen` names the dossier.
    static void check(const Route& route, std::string_view name, const Who& who, const dossier::Dossier& d,
                      const Seen& seen) {
        const auto document = seen.draft ? province->foreign_file : province->file;
        const auto answer = send(route, filled(route, d, document), province->as(name));
        Outcome wanted = expected(route, who, seen);
        Outcome found = outcome_of(route, answer, name.empty());
        // A page says both refusals with one status.
        if (route.spec.html && found == Outcome::forbidden && wanted == Outcome::role) found = Outcome::role;
        EXPECT_EQ(to_text(found), to_text(wanted)) << name_of(route) << " by " << (name.empty() ? "a visitor" : name)
                                                   << (seen.draft ? " on a draft" : "") << "\n"
                                                   << answer.status << " " << answer.body.substr(0, 400);
    }
    static const identity::Roles& roles() {
        static const identity::Roles shipped = identity::Roles::shipped();
        return shipped;
    }
    static std::string document();

    static std::unique_ptr<TestProvince> province;
};
std::unique_ptr<TestProvince> Permissions::province;

std::string cell(const Route& route, std::span<const identity::Role> roles, const std::vector<Relation>& relations,
                 const Seen& seen) {
    std::string text;
    for (const identity::Role& role : roles) {
        const Who who{http::PrincipalKind::officer, &role, relations, relations.empty()};
        if (expected(route, who, seen) == Outcome::passes) text += (text.empty() ? "" : " ") + role.id;
    }
    return text.empty() ? "–" : text;
}

std::string Permissions::document() {
    using http::PrincipalKind;
    std::string text =
        "# Who may do what\n\n"
        "Made from the routes' permissions, `data/roles.json` and the rules of `src/dossier/access.cpp`; every cell is "
        "run against\nthe router by `src/app/permissions_test.cpp`, which fails when this file is stale and writes it "
        "again with\n`MOTCUA_WRITE_DOCS=1 app_test --gtest_filter='Permission*'`.\n\n"
        "Deny by default: a route has a permission, or it cannot be registered. Who has no account is told to sign in "
        "(401); who lacks\nthe permission everywhere is told so (403); who may not see the dossier at hand is answered "
        "as if it did not exist (404,\n`dossier.not_found`, byte for byte as for an id that nobody has); who sees it "
        "but may not give the command is told so\n(403, `dossier.forbidden`). A role holds within the unit of its "
        "post, everything below it and what those took over, and\nwithin the fields and procedures that the post is "
        "limited to.\n\n## Roles\n\n| role | permissions |\n|---|---|\n";
    for (const identity::Role& role : roles().all()) {
        text += "| `" + role.id + "` " + role.vi + " |";
        for (const std::string& permission : role.permissions) text += " `" + permission + "`";
        text += " |\n";
    }
    text +=
        "\n## Routes about a dossier\n\n"
        "Which roles pass, by where they are held: at the unit that *receives*, at the competent unit, which *settles* "
        "and has the\nopen step (here for the role of that step), at an agency that was *asked* for an opinion. A post "
        "above all of them has what\nthey have together. Anywhere else, or limited to another field: nobody. A citizen "
        "who is not the applicant and does not\nfollow the dossier: nobody. *Drafter* is the officer or helper who "
        "began it for somebody else; *draft* marks what is his only\nbefore it is filed.\n\n"
        "| route | owner | drafter | receives | settles | asked |\n|---|---|---|---|---|---|\n";
    const identity::Role* helper = roles().find("helper");
    for (const auto& route : routes()) {
        if (about(*route) != About::dossier || route->permission == http::permission::open) continue;
        const bool question = about_question(*route);
        const Seen seen{false, question ? province->question_role : province->step_role}, draft{true, seen.task_role};
        const Who owner{PrincipalKind::person, nullptr, {Relation::owner}};
        const Who drafter{PrincipalKind::officer, helper, {Relation::drafter}};
        const auto passes = [&](const Who& who) {
            if (expected(*route, who, seen) == Outcome::passes) return "✓";
            return expected(*route, who, draft) == Outcome::passes ? "draft" : "–";
        };
        text += "| `" + name_of(*route) + "` | " + passes(owner) + " | " + passes(drafter);
        for (Place place : {Place::reception, Place::settlement, Place::opinion})
            text += " | " + cell(*route, roles().all(), relations_at(place, question), seen);
        text += " |\n";
    }
    text +=
        "\n## All other routes\n\n"
        "*Id*: what an id in the path names, and what is done about somebody else's. An account outside of the "
        "caller's units, or\nanother person's session, is answered like one that does not exist. Notices and what "
        "everybody may read are the same for all\nwho pass. The audit trail is for posts in the whole system only. A "
        "data request is answered by a post in the whole system, or by one\nwithin whose units all of the person's "
        "dossiers were received and are settled; to anybody else it does not exist.\n\n"
        "| route | permission | visitor | citizen | roles | id |\n|---|---|---|---|---|---|\n";
    for (const auto& route : routes()) {
        if (about(*route) == About::dossier || route->path.starts_with("/assets/") ||
            (route->permission == http::permission::open && route->method == http::Method::get &&
             resources::find_resource("web" + route->path)))
            continue;
        const auto passes = [&](PrincipalKind kind) {
            return expected(*route, {.kind = kind}, {}) == Outcome::passes ? "✓" : "–";
        };
        std::string held = cell(*route, roles().all(), {}, {});
        if (passes(PrincipalKind::officer) == std::string_view("✓")) held = "all";
        constexpr std::string_view ids[] = {"", "", "account", "own session", "notice", "", "", "own", "data request"};
        text += "| `" + name_of(*route) + "` | " + std::string(route->permission.name()) + " | " +
                passes(PrincipalKind::visitor) + " | " + passes(PrincipalKind::person) + " | " + held + " | " +
                std::string(ids[static_cast<std::size_t>(about(*route))]) + " |\n";
    }
    return text;
}

TEST_F(Permissions, EveryRouteHasItsRow) {
    for (const auto& route : routes()) {
        EXPECT_NE(about(*route), About::unknown)
            << name_of(*route) << ": say in about() of this test what its id names, and who may pass";
        if (about(*route) != About::dossier || !changes(*route)) continue;
        EXPECT_NE(rule_of(*route, false), nullptr)
            << name_of(*route) << ": no rule of access (dossier/access.cpp) stands behind this route";
    }
}

TEST_F(Permissions, TheDocumentIsWhatTheRulesSay) {
    const std::string path = std::string(MOTCUA_SOURCE_DIR) + "/docs/permissions.md", made = document();
    if (std::getenv("MOTCUA_WRITE_DOCS")) std::ofstream(path) << made;
    std::ifstream file(path);
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(kept == made) << "docs/permissions.md is stale: run MOTCUA_WRITE_DOCS=1 app_test "
                                 "--gtest_filter='Permission*' and look at the difference";
}

TEST_F(Permissions, EveryRoleInEveryPlaceOnARunningDossier) {
    for (const auto& route : routes()) {
        if (about(*route) != About::dossier || route->permission == http::permission::open) continue;
        const bool question = about_question(*route);
        const Seen seen{false, question ? province->question_role : province->step_role};
        check(*route, "", {}, province->running, seen);
        check(*route, "owner", {http::PrincipalKind::person, nullptr, {Relation::owner}}, province->running, seen);
        check(*route, "citizen", {http::PrincipalKind::person}, province->running, seen);
        check(*route, "drafter", {http::PrincipalKind::officer, roles().find("helper"), {Relation::drafter}},
              province->running, seen);
        for (const identity::Role& role : roles().all())
            for (const auto& [place, name] : places)
                check(*route, TestProvince::named(role.id, place),
                      {http::PrincipalKind::officer, &role, relations_at(place, question)}, province->running, seen);
    }
}

TEST_F(Permissions, ADraftIsItsOwnersAndItsDraftersAlone) {
    for (const auto& route : routes()) {
        if (about(*route) != About::dossier || route->permission == http::permission::open) continue;
        if (changes(*route))  // a draft has no tasks
            if (const auto* rule = rule_of(*route, true);
                rule && !rule->ways.empty() &&
                (rule->ways[0].relation == Relation::task_role || rule->ways[0].relation == Relation::task_unit))
                continue;
        const Seen seen{true, ""};
        check(*route, "owner", {http::PrincipalKind::person, nullptr, {Relation::owner}}, province->draft, seen);
        check(*route, "citizen", {http::PrincipalKind::person}, province->draft, seen);
        check(*route, "drafter", {http::PrincipalKind::officer, roles().find("helper"), {Relation::drafter}},
              province->draft, seen);
        for (const identity::Role& role : roles().all())
            if (!route->path.ends_with("/receive"))  // what no unit has yet is the named one's
                check(*route, TestProvince::named(role.id, Place::above), {http::PrincipalKind::officer, &role},
                      province->draft, seen);
    }
}

TEST_F(Permissions, EveryOtherRouteByRole) {
    for (const auto& route : routes()) {
        if (about(*route) == About::dossier || route->permission == http::permission::open) continue;
        check(*route, "", {}, province->running, {});
        check(*route, "citizen", {http::PrincipalKind::person}, province->running, {});
        for (const identity::Role& role : roles().all())
            check(*route, TestProvince::named(role.id, Place::above), {http::PrincipalKind::officer, &role},
                  province->running, {});
    }
}

// --- ids of others ---------------------------------------------------------------------------------------------------

/// The whole answer, with the id that was asked for in one notation.
std::string whole(const http::testing::Answer& answer, const std::string& id) {
    std::string text = std::to_string(answer.status) + "\n";
    for (const auto& header : answer.headers.all()) text += header.name + ": " + header.value + "\n";
    text += answer.body;
    for (std::size_t at; (at = text.find(id)) != std::string::npos;) text.replace(at, id.size(), "<id>");
    return text;
}

TEST_F(Permissions, AForeignIdIsAnsweredLikeOneThatNobodyHas) {
    const std::string nobody = "0000000000001";
    const auto compare = [&](const Route& route, std::string_view who, const std::string& foreign_path,
                             const std::string& foreign, const std::string& unknown_path) {
        const auto refused = send(route, foreign_path, province->as(who));
        const auto unknown = send(route, unknown_path, province->as(who));
        SCOPED_TRACE(name_of(route) + " by " + std::string(who));
        EXPECT_TRUE(refused.status == 404 || refused.status == 403) << refused.status << refused.body;
        EXPECT_FALSE(refused.would_write);
        EXPECT_EQ(whole(refused, foreign), whole(unknown, nobody));
    };
    const auto replaced = [](std::string path, std::string_view name, std::string_view value) {
        const auto at = path.find(name);
        CHECK(at != std::string::npos, "{} is not in {}", name, path);
        return path.replace(at, name.size(), value);
    };
    int compared = 0;
    for (const auto& route : routes()) {
        if (route->permission == http::permission::open) continue;
        const std::string& path = route->path;
        switch (about(*route)) {
            case About::dossier: {
                const std::string id = to_string(province->running.id);
                const std::string known = replaced(path, "{dossier}", id), none = replaced(path, "{dossier}", nobody);
                const auto with_file = [&](const std::string& text) {
                    return text.find("{document}") == std::string::npos
                               ? text
                               : replaced(text, "{document}", to_string(province->file));
                };
                if (route->permission != http::permission::as_person)
                    compare(*route, "stranger", with_file(known), id, with_file(none));
                if (route->permission == http::permission::as_person ||
                    route->permission == http::permission::signed_in)
                    compare(*route, "citizen", with_file(known), id, with_file(none));
                // The owner's dossier with a file of another one.
                if (path.find("{document}") != std::string::npos && !changes(*route))
                    compare(*route, "owner", replaced(known, "{document}", to_string(province->foreign_file)),
                            to_string(province->foreign_file), replaced(known, "{document}", nobody));
                ++compared;
                break;
            }
            case About::account: {
                const std::string id = format_id(province->accounts["clerk@elsewhere"]);
                auto known = replaced(path, "{id}", id), none = replaced(path, "{id}", nobody);
                if (path.find("{post}") != std::string::npos) {
                    known = replaced(known, "{post}", nobody);
                    none = replaced(none, "{post}", nobody);
                }
                compare(*route, "administrator@reception", known, id, none);
                ++compared;
                break;
            }
            case About::own_session: {
                const std::string id = format_id(province->sessions["owner"]);
                const std::string_view param = path.find("{id}") != std::string::npos ? "{id}" : "{session}";
                compare(*route, "citizen", replaced(path, param, id), id, replaced(path, param, nobody));
                ++compared;
                break;
            }
            default:
                break;
        }
    }
    EXPECT_GT(compared, 60);
}

// --- browsers --------------------------------------------------------------------------------------------------------

TEST_F(Permissions, NoUnsafeRouteTakesABrowsersWordWithoutItsToken) {
    int checked = 0;
    for (const auto& route : routes()) {
        if (!changes(*route)) continue;
        SCOPED_TRACE(name_of(*route));
        const std::string path = filled(*route, province->running, province->file);
        const bool person = route->permission == http::permission::as_person;
        const bool visitors_too = route->permission == http::permission::open;
        // Somebody who may call the route at all.
        std::string who = person ? "owner" : "";
        for (const identity::Role& role : roles().all())
            if (who.empty() && Who{http::PrincipalKind::officer, &role}.has(route->permission))
                who = TestProvince::named(role.id, Place::above);
        auto from_elsewhere = visitors_too ? std::vector<http::NameValue>{} : province->cookie_of(who);
        from_elsewhere.push_back({"Origin", "https://elsewhere.example"});
        const auto crossed = send(*route, path, from_elsewhere);
        EXPECT_EQ(crossed.status, 403) << crossed.body;
        EXPECT_FALSE(crossed.would_write);
        ++checked;
        if (visitors_too) continue;
        auto guessed = province->cookie_of(who);
        guessed.push_back({"X-CSRF-Token", std::string(43, 'A')});
        for (const auto& headers : {province->cookie_of(who), guessed}) {
            const auto refused = send(*route, path, headers);
            EXPECT_EQ(refused.status, 403) << refused.body.substr(0, 300);
            EXPECT_FALSE(refused.would_write);
            EXPECT_TRUE(route->spec.html || refused.reason() == "auth.bad_csrf_token");
        }
    }
    EXPECT_GT(checked, 60);
}

}  // namespace
}  // namespace motcua::app
