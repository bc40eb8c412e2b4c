#include "http/test_app.hpp"

#include <thread>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "http/openapi.hpp"

namespace motcua::http {

namespace {

constexpr Permission may_add{"thing.add"};

constexpr db::Statement select_thing{"test.select_thing", "SELECT version, position, total FROM thing WHERE id = $1"};
constexpr db::Statement insert_thing{"test.insert_thing",
                                     "INSERT INTO thing (id, version, position, total) VALUES ($1, 1, $2, $3)"};
constexpr db::Statement update_thing{"test.update_thing", R"(
    UPDATE thing SET version = version + 1, position = $3, total = total + $4 WHERE id = $1 AND version = $2)"};

struct Thing {
    ledger::Head head;
    std::int64_t total = 0;
};

std::optional<Thing> find_thing(db::Session& session, std::int64_t id) {
    return session.find_one(select_thing, {id}, [](const db::Row& row) {
        return Thing{{row.int64(0), row.int64(1)}, row.int64(2)};
    });
}

std::int64_t id_of(const Request& request) { return std::stoll(std::string(request.param("id"))); }

Result<Response> get_thing(Context& context, const Request& request) {
    auto thing = find_thing(context.db, id_of(request));
    if (!thing) return fail(Errc::not_found, "http.not_found");
    return Response::json({{"total", thing->total}}).version(thing->head.version);
}

Result<Prepared> add(TestApp& app, Context& context, const Request& request) {
    ++app.decisions;
    std::int64_t id = id_of(request), amount = int_or(request.input, "amount", 0);
    Thing thing = find_thing(context.db, id).value_or(Thing{});
    auto expected = TRY(expected_version(request));
    if (expected && *expected != thing.head.version) return fail(Errc::stale, "request.stale");
    if (amount == 0) return Prepared(Response::json({{"total", thing.total}}));
    if (auto hook = std::exchange(app.before_commit, nullptr)) hook();
    ledger::WriteSet set;
    set.stream = id;
    set.head = thing.head;
    set.meta = context.meta(request);
    set.events.push_back({"thing_added", 1, {{"amount", amount}}});
    if (thing.head.version == 0) {
        set.rows.push_back({&insert_thing, {id, std::int64_t{0}, amount}, {1}, 1});
    } else {
        set.rows.push_back({&update_thing, {id, thing.head.version, std::int64_t{0}, amount}, {2}, 1});
    }
    Response answer = Response::json({{"total", thing.total + amount}}, 201);
    answer.version(thing.head.version + 1);
    return Prepared(std::move(set), std::move(answer));
}

Result<Prepared> take_form(Context&, const Request& request) {
    json::object seen = request.input;
    seen["wrong"] = request.field_errors.size();
    seen["files"] = request.uploads.size();
    return Prepared(Response::html(json::serialize(seen)));
}

}  // namespace

TestApp::TestApp() : database(db::open_test_database()) {
    auto migrated = db::migrate(*database, clock.now());
    CHECK(migrated, "migrations fail");
    database->begin();
    database->writer().script(
        "CREATE TABLE thing (id INTEGER PRIMARY KEY, version INTEGER, position INTEGER, total INTEGER)");
    database->commit();
    committer = ledger::make_committer(*database);

    router.schema("Thing", {field::integer("total", "Total").required()});
    router.query("GET", "/api/v1/things/{id}", permission::open, {.summary = "A thing", .answer = "Thing"}, get_thing);
    router.command("POST", "/api/v1/things/{id}/add", may_add,
                   {.summary = "Add",
                    .input = {field::integer("amount", "How much").required()},
                    .answer = "Thing",
                    .status = 201,
                    .if_match = IfMatch::optional},
                   [this](Context& context, const Request& request) { return add(*this, context, request); });
    router.command(
        "POST", "/api/v1/things/{id}/slow-add", may_add,
        {.summary = "Add in the pool", .input = {field::integer("amount", "How much").required()}, .slow = true},
        [this](Context& context, const Request& request) { return add(*this, context, request); });
    router.command(
        "PUT", "/api/v1/things/{id}", may_add,
        {.summary = "Replace", .input = {field::integer("amount", "How much")}, .if_match = IfMatch::required},
        [this](Context& context, const Request& request) { return add(*this, context, request); });
    router.query(
        "GET", "/echo", permission::open,
        {.summary = "What was asked", .query = {field::integer("n", "Number").range(1, 9), field::text("q", "Words")}},
        [](Context&, const Request& request) -> Result<Response> {
            return Response::json({{"input", request.input},
                                   {"lang", to_string(request.lang)},
                                   {"address", request.remote_address},
                                   {"id", request.request_id}});
        });
    router.query("GET", "/slow", permission::open, {.summary = "Waits for the gate", .slow = true},
                 [this](Context&, const Request&) -> Result<Response> {
                     ++at_gate;
                     gate.wait(false);
                     return Response::text("done");
                 });
    router.query(
        "GET", "/big", permission::open, {.summary = "A megabyte"},
        [](Context&, const Request&) -> Result<Response> { return Response::text(std::string(1 << 20, 'x')); });
    router.command("POST", "/unusable-write", permission::open,
                   {.summary = "A write set that breaks the ledger's rules"},
                   [](Context& context, const Request& request) -> Result<Prepared> {
                       ledger::WriteSet set;
                       set.meta = context.meta(request);
                       set.events.push_back({"no_version_check", 1, {}});
                       return Prepared(std::move(set), Response::no_content());
                   });
    router.query("GET", "/failed-check", permission::open, {.summary = "A programmer's error"},
                 [](Context&, const Request&) -> Result<Response> {
                     CHECK(false, "secret detail");
                     return Response::no_content();
                 });
    router.query("GET", "/fault", permission::open, {.summary = "A fault of the world"},
                 [](Context&, const Request&) -> Result<Response> { throw Fault("db.disk_full", "secret detail"); });
    router.command("POST", "/upload", permission::open,
                   {.summary = "Bytes", .body = Body::raw, .body_bytes_max = 100'000},
                   [](Context&, const Request& request) -> Result<Prepared> {
                       return Prepared(Response::json({{"bytes", request.body.size()}}));
                   });
    router.command("POST", "/page", permission::open,
                   {.summary = "A form",
                    .input = {field::text("name", "Name").required(), field::integer("n", "Number")},
                    .body = Body::form,
                    .html = true},
                   take_form);
    router.query("GET", "/page", permission::signed_in, {.summary = "A page", .html = true},
                 [](Context&, const Request&) -> Result<Response> { return Response::html("<h1>page</h1>"); });
    router.query("POST", "/page/more", permission::open,
                 {.summary = "A form of the page", .body = Body::form, .html = true},
                 [](Context&, const Request&) -> Result<Response> { return Response::html("<h1>more</h1>"); });
    router.error_page([](const Request&, const Problem& problem) {
        return Response::html("<h1>" + problem.title + "</h1><p>" + problem.detail, problem.status);
    });
    register_description(router);
}

TestApp::~TestApp() { committer->stop(); }

testing::Client TestApp::client() { return {router, authenticator, clock, ids, random, *database, *committer}; }

}  // namespace motcua::http
