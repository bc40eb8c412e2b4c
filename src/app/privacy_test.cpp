// What is kept about people stays where it belongs: looks are recorded and shown to the person, closed dossiers need a
// reason, lists are masked, and neither the log nor the figures say who anybody is.
#include <thread>

#include "app/audit_export.hpp"
#include "app/test_province.hpp"
#include "http/client.hpp"
#include "identity/account_erasure.hpp"
#include "identity/account_rows.hpp"
#include "privacy/own_data.hpp"
#include "transparency/verify.hpp"

namespace motcua::app {
namespace {

using http::testing::Answer;

/// Invented details of the applicant; none of them may leave through log or figures.
constexpr std::string_view personal[] = {"Bé Ba", "091187000123", "0912345678", "Mười Huỳnh"};

class Privacy : public testing::Test {
  protected:
    explicit Privacy(std::vector<Override> more = {}) : province(std::move(more)) {}

    Answer get(std::string_view who, std::string_view path) { return province.client->get(path, province.as(who)); }
    Answer post(std::string_view who, std::string_view path, const json::object& body) {
        return province.client->post(path, json::serialize(body), province.as(who));
    }
    std::string running() const { return "/api/v1/dossiers/" + to_string(province.running.id); }
    json::array items(std::string_view who, std::string_view path) {
        const json::object answer = get(who, path).object();
        const json::array* found = find_array(answer, "items");
        return found ? *found : json::array{};
    }

    TestProvince province;
};

TEST_F(Privacy, ThePersonSeesWhichOfficerLookedAndWhy) {
    EXPECT_EQ(items("owner", "/api/v1/me/looks").size(), 0u);
    EXPECT_EQ(get("owner", running()).status, 200);
    EXPECT_EQ(items("owner", "/api/v1/me/looks").size(), 0u) << "looking at one's own dossier is nobody's business";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(get("processor@settlement", running()).status, 200);
    EXPECT_EQ(get("processor@elsewhere", running()).status, 404);
    auto looks = items("owner", "/api/v1/me/looks");
    ASSERT_EQ(looks.size(), 1u) << "once an hour, and not who was refused";
    const json::object look = looks[0].as_object();
    EXPECT_EQ(string_or(look, "who"), "Cán bộ processor.settlement");
    EXPECT_EQ(string_or(look, "dossier"), province.running.code);
    EXPECT_EQ(string_or(look, "purpose"), "dossier");
    EXPECT_FALSE(string_or(look, "unit").empty());
    EXPECT_EQ(get("processor@settlement", running() + "/files/" + to_string(province.file)).status, 200);
    EXPECT_EQ(items("owner", "/api/v1/me/looks").size(), 2u) << "each file besides";
    EXPECT_EQ(items("citizen", "/api/v1/me/looks").size(), 0u);

    const Answer page = get("owner", "/du-lieu-cua-toi");
    EXPECT_EQ(page.status, 200);
    for (const char* shown : {"Ai đã xem dữ liệu của tôi", "Cán bộ processor.settlement", "091187000123"})
        EXPECT_NE(page.body.find(shown), std::string::npos) << shown;
}

TEST_F(Privacy, ThePersonTakesACopyAsksAndIsAnswered) {
    get("clerk@settlement", running());
    const Answer copy = get("owner", "/api/v1/me/data");
    ASSERT_EQ(copy.status, 200) << copy.body;
    const json::object data = copy.object();
    EXPECT_EQ(string_or(data.at("account").as_object(), "citizen_id"), "091187000123");
    EXPECT_EQ(data.at("dossiers").as_array().size(), 2u);
    EXPECT_EQ(data.at("looks").as_array().size(), 1u);
    EXPECT_EQ(get("citizen", "/api/v1/me/data").object().at("dossiers").as_array().size(), 0u);
    EXPECT_EQ(get("clerk@settlement", "/api/v1/me/data").status, 403);
    EXPECT_EQ(get("owner", "/du-lieu-cua-toi/tai-ve").status, 200);

    EXPECT_EQ(post("owner", "/api/v1/me/data-requests", {{"kind", "correct"}, {"text", "  "}}).reason(),
              "privacy.text_missing");
    const Answer asked = post("owner", "/api/v1/me/data-requests", {{"kind", "correct"}, {"text", "Sai năm sinh"}});
    ASSERT_EQ(asked.status, 201) << asked.body;
    const std::string id = string_or(asked.object(), "id"), answer = "/api/v1/data-requests/" + id + "/answer";
    EXPECT_EQ(items("administrator@above", "/api/v1/data-requests").size(), 1u);
    EXPECT_EQ(items("inspector", "/api/v1/data-requests").size(), 1u);
    EXPECT_EQ(get("clerk@settlement", "/api/v1/data-requests").status, 403);
    // Who answers for a part of the person's units answers not for the person.
    const Answer unknown =
        post("administrator@reception", "/api/v1/data-requests/0000000000001/answer", {{"answer", "x"}});
    for (const char* place : {"reception", "settlement", "elsewhere"}) {
        const std::string part = std::string("administrator@") + place;
        EXPECT_EQ(items(part, "/api/v1/data-requests").size(), 0u) << place;
        const Answer refused = post(part, answer, {{"answer", "x"}});
        EXPECT_EQ(refused.status, 404) << place;
        EXPECT_EQ(refused.reason(), unknown.reason());
        EXPECT_EQ(post(part, "/api/v1/data-requests/" + id + "/erase", {{"answer", "x"}}).reason(), unknown.reason());
    }
    EXPECT_EQ(post("administrator@above", answer, {{"answer", "Đã sửa"}}).status, 204);
    EXPECT_EQ(post("administrator@above", answer, {{"answer", "Lần nữa"}}).reason(), "privacy.answered_already");
    EXPECT_EQ(post("administrator@above", "/api/v1/data-requests/0000000000001/answer", {{"answer", "x"}}).reason(),
              "privacy.request_not_found");
    EXPECT_EQ(items("administrator@above", "/api/v1/data-requests").size(), 0u);
    const auto own = items("owner", "/api/v1/me/data-requests");
    ASSERT_EQ(own.size(), 1u);
    EXPECT_EQ(string_or(own[0].as_object(), "answer"), "Đã sửa");
    EXPECT_EQ(items("citizen", "/api/v1/me/data-requests").size(), 0u);
}

TEST_F(Privacy, WhoActsForAnotherAsksNothingAboutData) {
    http::Request request;
    EXPECT_TRUE(privacy::check_own(request));
    auto acting = std::make_shared<http::Acting>();
    acting->person = PersonId{province.accounts.at("owner")};
    request.principal.acting = acting;
    ASSERT_FALSE(privacy::check_own(request));
    EXPECT_EQ(privacy::check_own(request).error().reason, "mandate.not_yours");
}

TEST_F(Privacy, ListsAreMaskedAndTheDossierIsNot) {
    for (const char* who : {"processor@settlement", "head_of_division@above"}) {
        const Answer list = get(who, "/api/v1/tasks");
        EXPECT_NE(list.body.find("0911******23"), std::string::npos) << list.body;
        EXPECT_EQ(list.body.find("091187000123"), std::string::npos);
        EXPECT_EQ(list.body.find("0912345678"), std::string::npos);
    }
    EXPECT_EQ(get("owner", "/api/v1/dossiers").body.find("091187000123"), std::string::npos);
    const std::string page = get("processor@settlement", "/officer?view=don-vi").body;
    EXPECT_EQ(page.find("091187000123"), std::string::npos);
    EXPECT_EQ(page.find("0912345678"), std::string::npos);
    EXPECT_NE(get("processor@settlement", running()).body.find("091187000123"), std::string::npos);
}

TEST_F(Privacy, AnAccountIsErasedAfterAnOfficersYes) {
    EXPECT_EQ(post("owner", "/api/v1/me/data-requests", {{"kind", "erase"}}).reason(), "privacy.dossiers_running");
    const Answer correct =
        post("citizen", "/api/v1/me/data-requests", {{"kind", "correct"}, {"text", "Tên tôi là Tèo"}});
    const Answer asked = post("citizen", "/api/v1/me/data-requests", {{"kind", "erase"}});
    ASSERT_EQ(asked.status, 201) << asked.body;
    EXPECT_EQ(post("citizen", "/api/v1/me/data-requests", {{"kind", "erase"}}).reason(), "privacy.asked_already");
    EXPECT_NE(get("citizen", "/du-lieu-cua-toi").body.find("Xóa tài khoản và dữ liệu"), std::string::npos);
    const auto confirm = [](const Answer& made) {
        return "/api/v1/data-requests/" + string_or(made.object(), "id") + "/erase";
    };
    EXPECT_EQ(post("clerk@settlement", confirm(asked), {{"answer", "x"}}).status, 403);
    EXPECT_EQ(post("administrator@above", confirm(asked), {{"answer", "x"}}).reason(), "privacy.request_not_found")
        << "a person without dossiers belongs to no unit";
    EXPECT_EQ(post("inspector", confirm(correct), {{"answer", "x"}}).reason(), "privacy.not_an_erasure");
    EXPECT_EQ(post("inspector", "/api/v1/data-requests/0000000000001/erase", {{"answer", "x"}}).reason(),
              "privacy.request_not_found");
    const identity::AccountId citizen{province.accounts.at("citizen")};
    {
        const auto session = province.app->database().reader();
        ASSERT_TRUE(identity::find_person(*session, citizen));
    }
    EXPECT_EQ(get("citizen", "/api/v1/me").status, 200);
    ASSERT_EQ(post("inspector", confirm(asked), {{"answer", "Đã xóa"}}).status, 204);
    EXPECT_EQ(post("inspector", confirm(asked), {{"answer", "x"}}).reason(), "privacy.answered_already");
    EXPECT_EQ(get("citizen", "/api/v1/me").status, 401) << "nobody is signed in any more";

    const auto session = province.app->database().reader();
    EXPECT_FALSE(identity::find_person(*session, citizen));
    EXPECT_FALSE(identity::find_person_by_citizen_id(*session, "091080689844"));
    EXPECT_FALSE(identity::find_account_id(*session, "citizen"));
    EXPECT_EQ(identity::find_display_name(*session, citizen), "");
    EXPECT_TRUE(identity::find_account(*session, citizen)->disabled);
    static constexpr db::Statement left[] = {
        {"test.sessions", "SELECT count(*) FROM session WHERE account_id = $1"},
        {"test.credentials", "SELECT count(*) FROM credential WHERE account_id = $1"},
        {"test.mandates", "SELECT count(*) FROM mandate WHERE giver_id = $1 OR holder_id = $1"}};
    for (const db::Statement& count : left)
        EXPECT_EQ(session->find_one(count, {citizen.value}, [](const db::Row& row) { return row.int64(0); }), 0)
            << count.name;
    EXPECT_EQ(items("inspector", "/api/v1/data-requests").size(), 0u) << "what else was asked is settled, too";
    EXPECT_EQ(get("inspector", "/api/v1/data-requests").body.find("Tèo"), std::string::npos);
    // Rows are what the events say, and the log's proofs hold.
    EXPECT_EQ(identity::check_accounts(*session), std::vector<std::string>{});
    province.app->start();
    ASSERT_TRUE(province.app->followers().drain());
    EXPECT_TRUE(transparency::verify_database(province.app->database(), province.app->log().key(), {}).sound());
    EXPECT_EQ(get("owner", running()).status, 200) << "everybody else's account is as it was";
    province.app->stop();
}

TEST_F(Privacy, AnAccountThatNobodyUsesIsErasedWhenThePeriodIsOver) {
    const auto& clock = province.app->clock();
    EXPECT_TRUE(
        identity::list_idle_accounts(*province.app->database().reader(), clock.now() - std::chrono::days{1}, {}, 10)
            .empty());
    const auto idle =
        identity::list_idle_accounts(*province.app->database().reader(), clock.now() + std::chrono::days{1}, {}, 10);
    ASSERT_EQ(idle.size(), 2u) << "citizens alone";
    const auto erase = [&](identity::AccountId id) {
        return province.app->committer().write("test.erase", [&](ledger::AdminTransaction& transaction) {
            return identity::erase_account(transaction, id, 2, "test", {clock.now(), "system", "", "test"});
        });
    };
    EXPECT_TRUE(erase(identity::AccountId{province.accounts.at("citizen")}));
    EXPECT_EQ(erase(identity::AccountId{province.accounts.at("citizen")}).error().reason, "account.erased_already");
    EXPECT_EQ(erase(identity::AccountId{province.accounts.at("inspector")}).error().reason, "account.not_found");
}

/// The server's own daily job. The ledger's time never goes back, so that who is long gone came first.
TEST(IdleAccounts, AreErasedByTheServerWhenThePeriodIsOver) {
    const log::Capture quiet;
    const TestDirectory directory;
    const auto data = directory.path() / "data";
    std::map<std::string, identity::AccountId> accounts;
    {
        auto workspace = *Workspace::open(data, Access::change);
        Domain domain(workspace->database(), workspace->committer(), workspace->ids());
        SeededRandom random{20260302};
        identity::Options options;
        options.passwords.operations = 1;
        options.passwords.memory_bytes = 8192;
        identity::Identity identity(workspace->database(), workspace->committer(), workspace->clock(), workspace->ids(),
                                    random, domain.units().directory(), std::move(options));
        const auto make = [&](const char* name, std::chrono::days ago, std::string citizen_id) {
            const auto kind = citizen_id.empty() ? identity::AccountKind::officer : identity::AccountKind::person;
            identity::NewAccount account{.kind = kind, .user_name = name, .display_name = "Người Mẫu"};
            account.person.citizen_id = std::move(citizen_id);
            if (kind == identity::AccountKind::officer)
                account.posts.push_back({.unit = identity::everywhere, .role = "administrator"});
            const auto made =
                identity.create_account(std::move(account), "", {workspace->clock().now() - ago, "system", "", "test"});
            ASSERT_TRUE(made) << made.error().reason;
            accounts[name] = *made;
        };
        make("quantri", std::chrono::days{2000}, "");
        make("lau", std::chrono::days{366}, "091187549925");
        make("moi", std::chrono::days{364}, "091080689844");
    }
    const auto config = load_config("", "", {},
                                    std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"},
                                                          {"erasure.accounts_after_years", "1", "test"}});
    ASSERT_TRUE(config);
    auto app = *Application::open(config->values, data);
    const auto is_there = [&](const char* name) {
        return identity::find_person(*app->database().reader(), accounts.at(name)).has_value();
    };
    ASSERT_TRUE(is_there("lau"));
    app->start();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (is_there("lau") && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    app->stop();
    EXPECT_FALSE(is_there("lau"));
    EXPECT_TRUE(is_there("moi")) << "not for a whole year yet";
    const auto session = app->database().reader();
    EXPECT_TRUE(identity::find_account(*session, accounts.at("lau"))->disabled);
    EXPECT_FALSE(identity::find_account(*session, accounts.at("quantri"))->disabled) << "staff have administrators";
    const auto events = ledger::read_events(*session, app->committer().last_position() - 1, 1);
    EXPECT_EQ(events.front().type, "account_erased");
    EXPECT_EQ(events.front().meta.actor, "system");
    EXPECT_EQ(string_or(events.front().data, "rule"), "erasure.accounts_after_years 1");
    EXPECT_EQ(identity::check_accounts(*session), std::vector<std::string>{});
}

/// Closed dossiers count as closed for long at once.
class ClosedDossier : public Privacy {
  protected:
    ClosedDossier() : Privacy({{"privacy.reason_after_days", "0", "test"}}) {}
};

TEST_F(ClosedDossier, IsOpenedForAStatedReasonThatThePersonSees) {
    EXPECT_EQ(get("approver@settlement", running()).status, 200) << "it is running";
    ASSERT_EQ(post("approver@settlement", running() + "/stop", {{"reason", "Không đủ điều kiện"}}).status, 200);
    province.client->get("/healthz", {});
    EXPECT_EQ(get("clerk@settlement", running()).reason(), "dossier.reason_needed");
    EXPECT_EQ(get("clerk@settlement", running() + "/files/" + to_string(province.file)).reason(),
              "dossier.reason_needed");
    for (const char* part : {"/history", "/deadline", "/files", "/answers/carry-over"}) {
        EXPECT_EQ(get("clerk@settlement", running() + part).reason(), "dossier.reason_needed") << part;
        EXPECT_NE(get("owner", running() + part).reason(), "dossier.reason_needed") << part;
    }
    EXPECT_EQ(post("clerk@settlement", running() + "/notes", {{"text", "x"}}).reason(), "dossier.reason_needed");
    EXPECT_EQ(get("owner", running()).status, 200);
    const std::string page = "/officer/ho-so/" + to_string(province.running.id);
    const Answer asked = get("clerk@settlement", page);
    EXPECT_EQ(asked.status, 403);
    EXPECT_NE(asked.body.find("state-reason"), std::string::npos);
    EXPECT_EQ(asked.body.find("091187000123"), std::string::npos);

    EXPECT_EQ(post("clerk@settlement", running() + "/state-reason", {{"reason", " "}}).reason(),
              "dossier.reason_missing");
    EXPECT_EQ(post("clerk@settlement", running() + "/state-reason", {{"reason", "Trả lời khiếu nại số 5"}}).status,
              204);
    EXPECT_EQ(get("clerk@settlement", running()).status, 200);
    EXPECT_EQ(get("clerk@settlement", running() + "/history").status, 200);
    EXPECT_EQ(get("clerk@settlement", page).status, 200);
    EXPECT_EQ(get("approver@settlement", running()).reason(), "dossier.reason_needed") << "each for himself";
    EXPECT_EQ(get("processor@elsewhere", running()).reason(), "dossier.not_found");
    bool shown = false;
    for (const json::value& look : items("owner", "/api/v1/me/looks"))
        shown |= string_or(look.as_object(), "reason") == "Trả lời khiếu nại số 5";
    EXPECT_TRUE(shown);
}

TEST_F(Privacy, AnInspectorGetsTheTrailOfAPeriod) {
    get("processor@settlement", running());
    const std::string today = format_day(local_day(province.app->clock().now()));
    EXPECT_EQ(get("administrator@above", "/api/v1/audit/export?from=" + today + "&to=" + today).reason(),
              "audit.everywhere_only");
    EXPECT_EQ(get("inspector", "/api/v1/audit/export?from=" + today + "&to=2020-01-01").reason(), "audit.period_empty");
    const Answer lines = get("inspector", "/api/v1/audit/export?from=" + today + "&to=" + today);
    ASSERT_EQ(lines.status, 200) << lines.body;
    std::int64_t last = 0;
    std::size_t opened = 0;
    std::istringstream text(lines.body);
    std::string line, ended_with;
    while (std::getline(text, line)) {
        ended_with = line;
        const json::object object = parse_json(line).value().as_object();
        if (object.contains("checkpoint")) continue;
        const std::int64_t position = int_or(object, "position", 0);
        EXPECT_GT(position, last);
        last = position;
        opened += string_or(object, "type") == "record_opened" ? 1 : 0;
        const auto event = ledger::read_events(*province.app->database().reader(), position - 1, 1);
        EXPECT_EQ(event.front().type, string_or(object, "type"));
    }
    EXPECT_EQ(opened, 1u);
    EXPECT_NE(ended_with.find("checkpoint"), std::string::npos);
    for (std::string_view secret : personal) EXPECT_EQ(lines.body.find(secret), std::string::npos) << secret;
    const Answer table = get("inspector", "/api/v1/audit/export?format=csv&from=" + today + "&to=" + today);
    EXPECT_TRUE(table.body.starts_with("position,at,type,")) << table.body.substr(0, 80);
    EXPECT_EQ(items("inspector", "/api/v1/audit/records?type=audit_exported").size(), 2u);
    EXPECT_EQ(items("inspector", "/api/v1/audit/alerts").size(), 0u);
    EXPECT_EQ(get("processor@settlement", "/api/v1/audit/records").status, 403);
}

/// Through real sockets, with the access log on.
TEST_F(Privacy, NeitherLogNorFiguresSayWhoAnybodyIs) {
    province.app->start();
    http::Fetcher fetcher;
    std::size_t asked = 0;
    const auto ask = [&](std::string_view who, const std::string& path, std::optional<std::string> body = {}) {
        http::Outgoing request{.url = province.app->address() + path, .body = std::move(body)};
        request.content_type = "application/json";
        if (!who.empty()) request.headers = province.as(who);
        const auto answer = fetcher.exchange(request, {});
        EXPECT_TRUE(answer) << path;
        ++asked;
        return answer ? *answer : http::Fetched{};
    };
    const std::string code = province.running.code, id = to_string(province.running.id);
    for (const auto& route : province.app->router().routes()) {
        if (route->method != http::Method::get || route->path.find('*') != std::string::npos) continue;
        std::string path = route->path;
        const auto put = [&](std::string_view name, const std::string& value) {
            if (auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        };
        put("{dossier}", id);
        put("{document}", to_string(province.file));
        if (path.find('{') != std::string::npos) continue;
        for (const char* who : {"", "owner", "citizen", "processor@settlement", "inspector"}) ask(who, path);
    }
    ask("", "/api/v1/track?code=" + code + "&digits=5678");
    ask("", "/api/v1/track", R"({"code":")" + code + R"(","digits":"5678"})");
    ask("", "/tra-cuu?ma=" + code + "&so=5678");
    ask("", "/tra-cuu?ma=091187000123&so=0912345678");
    ask("processor@settlement", "/officer?q=091187000123");
    ask("", "/api/v1/session", R"({"user_name":"091187000123","password":"Mười Huỳnh 0912345678"})");
    ask("owner", "/api/v1/dossiers",
        R"({"procedure":"9.999001","submit":false,"applicant":{"kind":"person","name":"Bé Ba","id_number":"091187000123","phone":"0912345678"}})");
    ask("owner", "/api/v1/dossiers", R"({"procedure":"Bé Ba 091187000123","nonsense":"0912345678"})");
    ask("processor@settlement", "/api/v1/dossiers/" + id + "/notes", R"({"text":"Bé Ba 091187000123"})");
    ask("owner", "/api/v1/me/data-requests", R"({"kind":"object","text":"Bé Ba 091187000123"})");
    const std::string figures = ask("", "/metrics").body;
    province.app->stop();
    EXPECT_NE(figures.find("motcua_http_requests_total"), std::string::npos);
    std::string all = figures;
    for (const std::string& line : province.quiet.lines()) all += line + "\n";
    EXPECT_NE(all.find("http_request"), std::string::npos) << "the access log is on";
    for (std::string_view secret : personal) EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    EXPECT_EQ(all.find(province.token("owner")), std::string::npos);
    EXPECT_GT(asked, 100u);
}

}  // namespace
}  // namespace motcua::app
