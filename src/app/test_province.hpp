// Help for the tests of the whole program only: a data directory with the demo province, a dossier whose reception,
// competent unit and asked agency are three units, a draft, and a signed-in account for every role in every place of
// interest. Sessions are rows from the start: nobody has to sign in.
#pragma once

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "app/application.hpp"
#include "app/domain.hpp"
#include "app/workspace.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "db/test_directory.hpp"
#include "documents/documents.hpp"
#include "documents/test_files.hpp"
#include "http/testing.hpp"
#include "identity/identity.hpp"
#include "identity/session_rows.hpp"
#include "ledger/committer.hpp"

namespace motcua::app {

/// A one-step catalogue beside the demo's: competent is a department of the province, no form, one paper.
inline constexpr std::string_view test_procedure = R"({"format":"motcua-procedures/1","procedures":[
  {"code":"9.999001","name":"Thủ tục thử nghiệm của sở","field":{"code":"G10-NN91"},"levels":["province"],
   "service_level":"full","subjects":["citizen"],"channels":["counter","online","post"],
   "limits":[{"amount":6,"unit":"working_day"}],"fees":[{"kind":"free"}],
   "components":[{"code":"KQ000001","name":"Đơn đề nghị","originals":1}],"results":[{"name":"Giấy phép"}],
   "process":"one-stop-standard"}]})";
inline constexpr std::string_view province_password = "bốn con voi tím";  // of "owner"; nobody else has one

/// Where an officer of the test works, seen from the dossier.
enum class Place { reception, settlement, opinion, above, elsewhere, other_field };
inline constexpr std::pair<Place, std::string_view> places[] = {
    {Place::reception, "reception"}, {Place::settlement, "settlement"}, {Place::opinion, "opinion"},
    {Place::above, "above"},         {Place::elsewhere, "elsewhere"},   {Place::other_field, "other_field"}};

class TestProvince {
  public:
    explicit TestProvince(std::vector<Override> settings = {}) {
        make_data();
        settings.push_back({"http.listen", "127.0.0.1:0", "--listen"});
        settings.push_back({"identity.second_factor_roles", "", "test"});
        auto config = load_config("", "", {}, settings);
        CHECK(config, "the configuration reads");
        auto opened = Application::open(config->values, data());
        CHECK(opened, "{}", opened ? "" : opened.error().reason);
        app = std::move(*opened);
        client.emplace(app->router(), app->features().authenticator(), app->clock(), app->ids(), app->random(),
                       app->database(), app->committer());
    }

    std::filesystem::path data() const { return directory.path() / "data"; }
    /// Bearer token of "receiver@reception", "owner", "citizen", "drafter", "manager@…".
    std::vector<http::NameValue> as(std::string_view who) const {
        if (who.empty()) return {};
        return {{"Authorization", "Bearer " + token(who)}};
    }
    /// The same session as a browser shows it.
    std::vector<http::NameValue> cookie_of(std::string_view who) const {
        return {{"Cookie", std::string(identity::session_cookie_name) + "=" + token(who)}};
    }
    const std::string& token(std::string_view who) const {
        const auto found = tokens.find(who);
        CHECK(found != tokens.end(), "nobody is called {}", who);
        return found->second;
    }
    static std::string named(std::string_view role, Place place) {
        for (const auto& [one, name] : places)
            if (one == place) return std::string(role) + "@" + std::string(name);
        return {};
    }

    log::Capture quiet;
    TestDirectory directory;
    std::unique_ptr<Application> app;
    std::optional<http::testing::Client> client;
    std::map<std::string, std::string, std::less<>> tokens;
    std::map<std::string, std::int64_t, std::less<>> accounts, sessions;
    UnitId reception, settlement, opinion, elsewhere, province;
    dossier::Dossier running, draft;
    std::int64_t step = 0, question = 0;  // tasks of the running dossier: the process' step, the asked agency's
    std::string step_role, question_role;
    DocumentId file, foreign_file;
    std::vector<std::string> roles;

  private:
    ledger::Meta meta(std::string actor = "system") const {
        return {.at = workspace_->clock().now(), .actor = std::move(actor), .on_behalf_of = "", .request_id = "test"};
    }
    void make_data() {
        auto opened = Workspace::open(data(), Access::change);
        CHECK(opened, "{}", opened ? "" : opened.error().reason);
        workspace_ = std::move(*opened);
        Domain domain(workspace_->database(), workspace_->committer(), workspace_->ids());
        CHECK(domain.import_demo(meta()), "the demo province is imported");
        auto procedures = domain.procedures().import_procedures(test_procedure, meta());
        CHECK(procedures && procedures->rejected.empty(), "the test procedure is accepted");
        const auto units = domain.units().directory();
        const auto unit = [&](std::string_view code) { return units->find_code(code)->id; };
        reception = unit("H01.233");
        opinion = unit("H01.11");
        elsewhere = unit("H01.235");
        province = unit("H01");

        identity::Options options;
        options.passwords.operations = 1;
        options.passwords.memory_bytes = 8192;
        SeededRandom random{20260302};
        identity::Identity identity(workspace_->database(), workspace_->committer(), workspace_->clock(),
                                    workspace_->ids(), random, units, std::move(options));
        CHECK(identity.start());
        add_person(identity, "owner", "Trần Thị Bé Ba", "091187000123");
        add_person(identity, "citizen", "Người Lạ", "091080689844");
        add_officer(identity, "drafter", {{.unit = elsewhere, .role = "helper"}});
        add_officer(identity, "inspector", {{.unit = identity::everywhere, .role = "administrator"}});
        make_dossiers(domain);
        for (const identity::Role& role : identity.roles().all()) {
            roles.push_back(role.id);
            for (const auto& [place, name] : places)
                add_officer(identity, named(role.id, place), {post_of(role.id, place)});
        }
        std::vector<identity::Post> all;
        for (const std::string& role : roles) all.push_back(post_of(role, Place::elsewhere));
        add_officer(identity, "stranger", std::move(all));
        workspace_.reset();
    }
    identity::Post post_of(const std::string& role, Place place) const {
        identity::Post post{.unit = province, .role = role};
        if (place == Place::reception) post.unit = reception;
        if (place == Place::settlement) post.unit = settlement;
        if (place == Place::opinion) post.unit = opinion;
        if (place == Place::elsewhere) post.unit = elsewhere;
        if (place == Place::other_field) post.fields = {"G15-TP07"};
        return post;
    }
    void add_officer(identity::Identity& identity, const std::string& name, std::vector<identity::Post> posts) {
        std::string user = name;
        std::ranges::replace(user, '@', '.');
        identity::NewAccount account{.user_name = user, .display_name = "Cán bộ " + user};
        account.posts = std::move(posts);
        add(identity, name, std::move(account));
    }
    void add_person(identity::Identity& identity, const std::string& name, std::string full, std::string citizen_id) {
        identity::NewAccount account{
            .kind = identity::AccountKind::person, .user_name = name, .display_name = std::move(full)};
        account.person.citizen_id = std::move(citizen_id);
        account.person.phone = "0912345678";
        add(identity, name, std::move(account));
    }
    void add(identity::Identity& identity, const std::string& name, identity::NewAccount account) {
        std::string hash;
        if (name == "owner") hash = identity.passwords().hash(province_password).value();
        const auto id = identity.create_account(std::move(account), std::move(hash), meta());
        CHECK(id, "{}: {}", name, id ? "" : id.error().reason);
        SystemRandom random;
        const std::string token = identity::make_token(random);
        identity::Session session;
        session.id = workspace_->ids().make<identity::SessionId>();
        session.account = *id;
        session.created_at = session.seen_at = workspace_->clock().now();
        session.expires_at = session.created_at + std::chrono::hours{8};
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta = meta();
        write.rows.push_back(identity::insert_session(*identity::hash_token(token), session));
        CHECK(workspace_->committer().commit(std::move(write)), "the session is stored");
        tokens[name] = token;
        accounts[name] = id->value;
        sessions[name] = session.id.value;
    }
    dossier::Dossier commit(Result<dossier::Change> change, const documents::Document* document = nullptr) {
        CHECK(change, "{}", change ? "" : change.error().reason);
        if (document) change->write.rows.push_back(documents::insert_document_row(*document));
        CHECK(workspace_->committer().commit(std::move(change->write)), "the change is stored");
        return dossier::get_dossier(*workspace_->database().reader(), change->after.id).value();
    }
    void make_dossiers(Domain& domain) {
        using namespace dossier;
        const auto blobs = documents::open_blob_directory(data() / "blobs");
        const auto stored = [&](DossierId id) {
            return documents::accept_bytes(*blobs, workspace_->ids(), {}, {}, "don.pdf", documents::test_files::pdf(),
                                           {id, "KQ000001", "system", workspace_->clock().now()})
                .value();
        };
        Content content;
        content.applicant =
            Party{PartyKind::person, "Trần Thị Bé Ba", "091187000123", "0912345678", "", "Ấp Mười Huỳnh", "31009"};
        content.filer = Filer{};
        content.components = std::vector<Component>{{"KQ000001", "Đơn đề nghị", 1, 0, {}}};
        const auto session = workspace_->database().reader();
        ActorFacts helper{.officer = OfficerId{accounts["drafter"]}, .person = {}};
        const PersonId owner{accounts["owner"]};
        auto& service = domain.dossiers();
        const auto make = [&](DocumentId& kept) {
            Dossier d = commit(service.open(*session, "9.999001", {OpenDraft{Channel::online, owner, content}}, helper,
                                            meta("system")));
            documents::Document document = stored(d.id);
            kept = document.id;
            return commit(
                service.change(*workspace_->database().reader(), d,
                               {AttachDocument{document.id, "KQ000001", documents::to_json(document)}}, helper, meta()),
                &document);
        };
        draft = make(foreign_file);
        running = make(file);
        const auto change = [&](Command command) {
            running = commit(service.change(*workspace_->database().reader(), running, {std::move(command)},
                                            {.officer = OfficerId{1}, .person = {}}, meta()));
        };
        running = commit(service.change(*workspace_->database().reader(), running, {Submit{}}, helper, meta()));
        change(Receive{reception, {}, {}});
        settlement = running.competent_unit;
        CHECK(settlement != reception && settlement != opinion, "three units");
        for (int i = 0; i < 5 && running.tasks.front().unit != settlement; ++i)
            change(CompleteStep{running.tasks.front().id, {}, "", std::nullopt});
        CHECK(running.tasks.size() == 1 && running.tasks.front().unit == settlement, "the department is at work");
        step = running.tasks.front().id;
        step_role = running.tasks.front().role;
        change(RequestOpinion{opinion, "Ý kiến?", {5000, calendar::TimeUnit::working_day}});
        for (const Task& task : running.tasks)
            if (task.id != step) {
                question = task.id;
                question_role = task.role;
            }
        CHECK(question != 0, "the agency has a task");
    }

    std::unique_ptr<Workspace> workspace_;
};

}  // namespace motcua::app
