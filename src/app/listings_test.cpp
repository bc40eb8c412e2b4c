// Lists, figures and their drill-down obey the one predicate: on the simulated dossiers of many units, with posts drawn
// by chance, each list shows exactly what asking for each thing alone would show.
#include <random>
#include <set>

#include "app/test_province.hpp"
#include "dossier/access.hpp"
#include "identity/account_rows.hpp"
#include "simulation/simulation.hpp"

namespace motcua::app {
namespace {

using identity::Access;
using identity::Grant;

/// An officer with posts drawn by chance, and the same as an Access of its own.
struct Officer {
    std::int64_t id = 0;
    std::vector<http::NameValue> headers;
    std::shared_ptr<const Access> access;
};

class Listings : public testing::Test {
  protected:
    Listings() {
        simulate();
        add_officers();
        auto config = load_config("", "", {},
                                  std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"},
                                                        {"identity.second_factor_roles", "", "test"}});
        app = Application::open(config->values, data).value();
        app->start();
        CHECK(app->followers().drain(), "statistics are complete");
        client.emplace(app->router(), app->features().authenticator(), app->clock(), app->ids(), app->random(),
                       app->database(), app->committer());
        auto reader = app->database().reader();
        for (DossierId id : dossier::list_ids(*reader, DossierId{}, 1000))
            dossiers.push_back(dossier::get_dossier(*reader, id).value());
    }
    void TearDown() override { app->stop(); }

    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); }

    /// The traffic of the last weeks up to now, so that much is still open.
    void simulate() {
        auto workspace = Workspace::open(data, app::Access::fill).value();
        Domain domain(workspace->database(), workspace->committer(), workspace->ids());
        const Instant now = workspace->clock().now();
        simulation::Options options;
        options.dossiers = 150;
        options.days = 15;
        options.seed = 11;
        options.from = local_day(now) - std::chrono::days{14};
        options.until = now;
        CHECK(domain.import_demo({to_instant(LocalMinute{options.from}), "system", "", ""}), "the demo is imported");
        auto blobs = documents::open_blob_directory(std::filesystem::path(data) / "blobs");
        CHECK(simulation::run(
                  {workspace->database(), workspace->committer(), domain.dossiers(), *blobs, workspace->ids()}, "",
                  options),
              "simulated");
    }
    void add_officers() {
        auto workspace = Workspace::open(data, app::Access::change).value();
        Domain domain(workspace->database(), workspace->committer(), workspace->ids());
        directory = domain.units().directory();
        catalogue = domain.procedures().catalogue();
        identity::Options options;
        options.passwords.operations = 1;
        options.passwords.memory_bytes = 8192;
        SystemRandom random;
        identity::Identity identity(workspace->database(), workspace->committer(), workspace->clock(), workspace->ids(),
                                    random, directory, std::move(options));
        CHECK(identity.start(), "roles are stored");
        const auto reach = std::make_shared<identity::Reach>(*directory);
        const auto roles = std::make_shared<identity::Roles>(identity::Roles::shipped());
        auto reader = workspace->database().reader();
        std::vector<UnitId> units;
        std::set<std::string> fields;
        for (DossierId id : dossier::list_ids(*reader, DossierId{}, 1000)) {
            const auto d = dossier::get_dossier(*reader, id).value();
            for (UnitId unit : {d.receiving_unit, d.competent_unit})
                if (unit) units.push_back(unit);
            if (auto procedure = domain.dossiers().procedure_of(d, local_day(workspace->clock().now())))
                fields.insert(procedure->field.code);
        }
        const std::vector<std::string> all_fields(fields.begin(), fields.end());
        const LocalDay today = local_day(workspace->clock().now());
        for (int n = 0; n < 30; ++n) {
            identity::NewAccount account{.user_name = "chance." + std::to_string(n), .display_name = "Cán bộ"};
            for (std::size_t posts = 1 + pick(2); posts > 0; --posts) {
                UnitId unit = units[pick(units.size())];
                if (const auto above = directory->ancestors(unit); !above.empty() && pick(3) == 0)
                    unit = above[pick(above.size())]->id;
                const organisation::Unit* found = directory->find(unit);
                identity::Post post{.unit = unit, .role = roles->all()[pick(roles->all().size())].id};
                post.validity = {std::max(found->validity.from, today - std::chrono::days{400}), found->validity.to};
                if (pick(3) == 0) post.fields = {all_fields[pick(all_fields.size())].substr(0, pick(2) ? 3 : 99)};
                account.posts.push_back(std::move(post));
            }
            auto id = identity.create_account(account, "", {workspace->clock().now(), "system", "", "test"});
            if (!id) continue;  // the same post twice
            std::vector<Grant> grants;
            for (const auto& post : account.posts)
                for (Grant& grant : identity::grants_of(post)) grants.push_back(std::move(grant));
            const std::string token = identity::make_token(random);
            identity::Session session;
            session.id = workspace->ids().make<identity::SessionId>();
            session.account = *id;
            session.created_at = session.seen_at = workspace->clock().now();
            session.expires_at = session.created_at + std::chrono::hours{8};
            ledger::WriteSet write;
            write.kind = ledger::StreamKind::account;
            write.meta = {workspace->clock().now(), "system", "", "test"};
            write.rows.push_back(identity::insert_session(*identity::hash_token(token), session));
            CHECK(workspace->committer().commit(std::move(write)), "the session is stored");
            officers.push_back({id->value,
                                {{"Authorization", "Bearer " + token}},
                                std::make_shared<Access>(roles, reach, std::move(grants))});
        }
        CHECK(officers.size() > 20, "enough officers");
    }
    json::array page_through(const Officer& officer, const std::string& path) {
        json::array all;
        std::string cursor;
        do {
            const auto answer = client->get(path + (cursor.empty() ? "" : "&cursor=" + cursor), officer.headers);
            EXPECT_EQ(answer.status, 200) << path << answer.body;
            const json::object page = answer.object();
            for (const json::value& item : page.at("items").as_array()) all.push_back(item);
            cursor = string_or(page, "next");
        } while (!cursor.empty());
        return all;
    }
    dossier::Matter matter_of(const dossier::Dossier& d) {
        const auto procedure = catalogue->find_procedure(d.procedure, local_day(app->clock().now()));
        return procedure ? dossier::Matter{procedure->field.code, procedure->id} : dossier::Matter{};
    }

    log::Capture quiet;
    TestDirectory directory_;
    std::string data = directory_.path() / "data";
    unsigned seed = std::random_device{}();
    std::mt19937 engine{seed};
    std::unique_ptr<Application> app;
    std::optional<http::testing::Client> client;
    std::shared_ptr<const organisation::Directory> directory;
    std::shared_ptr<const catalogue::Catalogue> catalogue;
    std::vector<Officer> officers;
    std::vector<dossier::Dossier> dossiers;
};

TEST_F(Listings, ShowWhatAskingForEachAloneWouldShow) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const LocalDay today = local_day(app->clock().now());
    std::size_t seen = 0, hidden = 0, tasks_seen = 0;
    for (const Officer& officer : officers) {
        const http::Principal principal{.kind = http::PrincipalKind::officer, .id = officer.id};
        const dossier::Asker asker{principal, officer.access, today};
        std::set<std::string> expected_tasks;
        for (const dossier::Dossier& d : dossiers) {
            const dossier::Matter matter = matter_of(d);
            const bool may = dossier::may_see(asker, d, matter);
            const std::string base = "/api/v1/dossiers/" + to_string(d.id);
            for (const char* part : {"", "/history", "/files"})
                ASSERT_EQ(client->get(base + part, officer.headers).status, may ? 200 : 404) << base << part;
            ++(may ? seen : hidden);
            for (const dossier::Task& task : d.tasks)
                if (officer.access->may(identity::permission::dossier_read_unit, matter.in(task.unit), today)) {
                    expected_tasks.insert(format_id(task.id));
                    EXPECT_TRUE(may) << "a task is listed whose dossier cannot be opened";
                }
        }
        std::set<std::string> listed;
        for (const json::value& item : page_through(officer, "/api/v1/tasks?limit=20"))
            listed.insert(string_or(item.as_object(), "id"));
        EXPECT_EQ(listed, expected_tasks);
        tasks_seen += listed.size();
    }
    EXPECT_GT(seen, 100u);
    EXPECT_GT(hidden, 100u);
    EXPECT_GT(tasks_seen, 20u);
}

TEST_F(Listings, AFigureOpensIntoDossiersOfUnitsThatTheOfficerReportsOn) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const LocalDay today = local_day(app->clock().now());
    std::map<std::string, UnitId> received_at;
    std::set<UnitId> units;
    for (const dossier::Dossier& d : dossiers) {
        if (d.received) received_at[d.code] = d.receiving_unit;
        for (const organisation::Unit* above : directory->ancestors(d.receiving_unit)) units.insert(above->id);
        if (d.receiving_unit) units.insert(d.receiving_unit);
    }
    const std::string period = "&from=" + format_day(today - std::chrono::days{60}) + "&to=" + format_day(today);
    std::size_t opened = 0, refused = 0;
    for (const Officer& officer : officers)
        for (UnitId unit : units) {
            const std::string query = "?unit=" + directory->find(unit)->code + period;
            const bool may = officer.access->may(identity::permission::report_read, {.unit = unit}, today);
            const auto figures = client->get("/api/v1/reports/quarter" + query, officer.headers);
            const auto codes =
                client->get("/api/v1/reports/quarter/dossiers" + query + "&figure=received.total", officer.headers);
            ASSERT_EQ(figures.status, may ? 200 : 403) << figures.body;
            ASSERT_EQ(codes.status, may ? 200 : 403) << codes.body;
            if (!may) {
                ++refused;
                continue;
            }
            ++opened;
            const json::object drilled = codes.object(), report = figures.object();
            const json::array& items = drilled.at("items").as_array();
            EXPECT_EQ(std::int64_t(items.size()), report.at("received").at("total").as_int64());
            for (const json::value& code : items)
                EXPECT_TRUE(officer.access->may(identity::permission::report_read,
                                                {.unit = received_at.at(std::string(code.as_string()))}, today))
                    << code;
        }
    EXPECT_GT(opened, 5u);
    EXPECT_GT(refused, 5u);
}

TEST_F(Listings, WhoWorkWaitsForIsTheSameInSqlAndInMemory) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const LocalDay today = local_day(app->clock().now());
    auto reader = app->database().reader();
    std::size_t holders = 0;
    for (const dossier::Dossier& d : dossiers)
        for (const dossier::Task& task : d.tasks) {
            const dossier::Matter matter = matter_of(d);
            std::set<std::int64_t> by_sql, in_memory;
            for (const auto& holder :
                 identity::list_role_holders(*reader, task.role, matter.in(task.unit), today, 1000))
                by_sql.insert(holder.id.value);
            for (const Officer& officer : officers) {
                const bool holds = officer.access->holds(task.role, matter.in(task.unit), today);
                if (holds) in_memory.insert(officer.id);
                EXPECT_EQ(
                    identity::is_role_holder(*reader, OfficerId{officer.id}, task.role, matter.in(task.unit), today),
                    holds);
            }
            std::erase_if(by_sql, [&](std::int64_t id) {
                return std::ranges::find(officers, id, &Officer::id) == officers.end();
            });
            EXPECT_EQ(by_sql, in_memory);
            holders += in_memory.size();
        }
    EXPECT_GT(holders, 5u);
}

}  // namespace
}  // namespace motcua::app
