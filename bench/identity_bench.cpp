// Who asks, and may they: cost of finding out for a request, of one check, of a list within a scope, of signing in, and
// of keeping a file; each against the bare work beneath it.
#include <filesystem>
#include <iostream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/check.hpp"
#include "documents/documents.hpp"
#include "documents/test_files.hpp"
#include "http/dispatcher.hpp"
#include "identity/account_rows.hpp"
#include "identity/demo_accounts.hpp"
#include "identity/session_rows.hpp"
#include "identity/test_world.hpp"
#include "measure.hpp"

namespace {

using namespace motcua;
using identity::TestWorld;

/// Microseconds of processor time each.
template <class Work>
double cpu_us(std::int64_t rounds, Work work) {
    bench::Sample sample;
    bench::Stopwatch watch;
    for (std::int64_t i = 0; i < rounds; ++i) work(i);
    watch.finish(sample);
    return sample.cpu_us / static_cast<double>(rounds);
}

std::vector<std::string> row(std::string what, double us, double bare) {
    return {std::move(what), fmt::format("{:.2f}", us), bare > 0 ? fmt::format("{:.2f}", us / bare) : ""};
}

constexpr db::Statement bare_read{
    "bench.bare_read", "SELECT id, account_id, created_at, seen_at, expires_at FROM session WHERE token_hash = $1"};
constexpr db::Statement insert_item{"bench.insert_item",
                                    "INSERT INTO item (id, unit_id, field, procedure_id) VALUES ($1, $2, $3, $4)"};
constexpr db::Statement open_list{"bench.open_list", "SELECT id FROM item WHERE id < $1 ORDER BY id DESC LIMIT 20"};
constexpr db::Statement unit_list{"bench.unit_list",
                                  "SELECT id FROM item WHERE unit_id = $1 AND id < $2 ORDER BY id DESC LIMIT 20"};
constexpr db::Statement scoped_list{
    "bench.scoped_list", "SELECT i.id FROM item i WHERE i.id < $1 AND" MOTCUA_WITHIN_SCOPE(
                             "$2", "$3", "$4", "i.unit_id", "i.field", "i.procedure_id") "ORDER BY i.id DESC LIMIT 20"};

void measure_requests(TestWorld& world, std::int64_t rounds) {
    const std::string password = identity::import_demo_accounts(*world.identity, world.meta()).value().password;
    auto session = world.database->reader();
    const auto request_of = [&](std::string_view user) {
        http::Request request;
        request.cookies.push_back(
            {std::string(identity::session_cookie_name), world.sign_in(user, password).value().token});
        return request;
    };
    const http::Request officer = request_of("dongyen.tiepnhan"), citizen = request_of("congdan1"), visitor;
    const db::Blob key = identity::hash_token(officer.cookies[0].value).value();
    const auto ask = [&](const http::Request& request) {
        return cpu_us(rounds, [&](std::int64_t) { CHECK(world.identity->authenticate(request, *session), "sound"); });
    };
    const double bare =
        cpu_us(rounds, [&](std::int64_t) { session->each(bare_read, db::Values{key}, [](const db::Row&) {}); });
    const http::Principal principal = world.identity->authenticate(officer, *session).value();
    const LocalDay today = local_day(world.clock.now());
    const UnitId unit = principal.units.at(0);
    std::int64_t allowed = 0;
    const double check = cpu_us(rounds, [&](std::int64_t) {
        allowed += world.identity->may(principal, identity::permission::dossier_receive, {unit, "G15-TP07"}, today);
    });
    const double scope = cpu_us(rounds / 10, [&](std::int64_t) {
        allowed += world.identity->scope(principal, identity::permission::dossier_read_unit, today).empty();
    });
    CHECK(allowed == rounds, "the officer may");
    bench::print_table(
        {"who asks, and may they", "cpu µs", "× bare read"},
        {row("bare read of the session's row", bare, bare), row("request of a visitor", ask(visitor), bare),
         row("request of a citizen", ask(citizen), bare), row("request of an officer", ask(officer), bare),
         row("one check of a permission", check, bare), row("scope as a list of units", scope, bare)});
}

void measure_lists(TestWorld& world, std::int64_t items, std::int64_t rounds) {
    CHECK(world.committer->write(
              "bench.items",
              [&](ledger::AdminTransaction& tx) -> Result<void> {
                  tx.script(
                      "CREATE TABLE item (id INTEGER PRIMARY KEY, unit_id INTEGER, field TEXT, procedure_id INTEGER)");
                  const auto units = world.units->units();
                  for (std::int64_t i = 1; i <= items; ++i)
                      tx.execute(insert_item,
                                 db::Values{i, units[static_cast<std::size_t>(i * 7919) % units.size()].id.value,
                                            std::string("G15-TP07"), i % 50});
                  return {};
              }),
          "filled");
    auto session = world.database->reader();
    const auto id_of = [&](std::string_view user) { return identity::find_account_id(*session, user).value().value; };
    const LocalDay today = local_day(world.clock.now());
    const auto list = [&](std::string_view user, std::string_view permission) {
        const std::int64_t id = id_of(user);
        return cpu_us(rounds, [&](std::int64_t i) {
            session->each(
                scoped_list,
                db::Values{items - i, id, std::string(permission), std::int64_t(today.time_since_epoch().count())},
                [](const db::Row&) {});
        });
    };
    const double open =
        cpu_us(rounds, [&](std::int64_t i) { session->each(open_list, db::Values{items - i}, [](const db::Row&) {}); });
    const double wide = list("lanhdao.tinh", "report.read"), passed = list("dongyen.xuly", "dossier.read_unit");
    // A narrow scope: one look-up by index for each of its units.
    CHECK(world.committer->write("bench.index",
                                 [](ledger::AdminTransaction& tx) -> Result<void> {
                                     tx.script("CREATE INDEX item_unit ON item (unit_id, id)");
                                     return {};
                                 }),
          "indexed");
    const std::int64_t processor = id_of("dongyen.xuly");
    const auto account = identity::find_account(*session, identity::AccountId{processor}).value();
    const identity::Access access(std::make_shared<identity::Roles>(identity::Roles::shipped()),
                                  std::make_shared<identity::Reach>(*world.units), identity::grants_of(account));
    const double narrow = cpu_us(rounds, [&](std::int64_t i) {
        for (UnitId unit : access.scope(identity::permission::dossier_read_unit, today).units())
            session->each(unit_list, db::Values{unit.value, items - i}, [](const db::Row&) {});
    });
    bench::print_table({fmt::format("newest 20 of {} rows by a predicate in SQL", items), "cpu µs", "× open list"},
                       {row("open: no predicate", open, open), row("leader: a whole province", wide, open),
                        row("officer: one unit in 255, rows of others passed over", passed, open),
                        row("the same officer, by index for each unit of the scope", narrow, open)});
}

/// The same answer behind an open route and behind one that asks who it is and what he may, through the dispatcher; and
/// what counting the asker costs.
void measure_endpoints(TestWorld& world, std::int64_t rounds) {
    http::Router router;
    const auto answer = [](http::Context&, const http::Request&) -> Result<http::Response> {
        return http::Response::json(json::object{{"ok", true}});
    };
    router.query("GET", "/open", http::permission::open, {.summary = "Open"}, answer);
    router.query("GET", "/closed", identity::permission::dossier_receive, {.summary = "Closed"}, answer);
    metrics::Registry registry;
    const std::string token =
        world.sign_in("dongyen.tiepnhan", identity::list_demo_accounts(*world.units).password).value().token;
    auto session = world.database->reader();
    const auto dispatch = [&](const http::Dispatcher& dispatcher, std::string_view path, bool signed_in) {
        return cpu_us(rounds, [&](std::int64_t) {
            http::Exchange exchange;
            exchange.request.method = http::Method::get;
            exchange.request.target = path;
            exchange.request.remote_address = "192.0.2.1";
            exchange.request.headers.add("Host", "motcua.test");
            if (signed_in) exchange.request.headers.add("Authorization", "Bearer " + token);
            http::Next next = dispatcher.head(exchange, *session);
            if (next == http::Next::body) next = dispatcher.body(exchange);
            if (next == http::Next::run) dispatcher.run(exchange, *session);
            dispatcher.finish(exchange);
            CHECK(exchange.response.status == 200, "{}", exchange.response.body);
        });
    };
    http::DispatcherOptions options{.access_log = false};
    const http::Dispatcher plain(router, *world.identity, world.clock, world.ids, world.random, registry, options);
    constexpr std::int64_t many = 1'000'000'000;
    options.rates = {.account_reads = many, .address_reads = many};
    const http::Dispatcher counted(router, *world.identity, world.clock, world.ids, world.random, registry, options);
    const double open = dispatch(plain, "/open", false);
    bench::print_table({"a small answer through the dispatcher", "cpu µs", "× open"},
                       {row("open route, a visitor", open, open),
                        row("closed route, an officer", dispatch(plain, "/closed", true), open),
                        row("open route, asker counted", dispatch(counted, "/open", false), open),
                        row("closed route, officer counted", dispatch(counted, "/closed", true), open)});
}

void measure_sign_in(bool brief) {
    identity::Options options;
    if (brief) options = identity::cheap_options();
    TestWorld world(options);
    world.add_officer("an", {{"receiver", "H33.39.09"}});
    const int rounds = brief ? 5 : 40;
    const double one = cpu_us(rounds, [&](std::int64_t) { CHECK(world.sign_in("an"), "signs in"); });
    // Each from an address and with a name of its own, so that no delay for failures gets in the way.
    const auto fails = [&](bool known) {
        return cpu_us(rounds, [&](std::int64_t i) {
            const std::string address = fmt::format("10.1.{}.{}", known, i);
            CHECK(!world.sign_in(known ? "an" : fmt::format("nobody{}", i), "sai mật khẩu", address), "refused");
            world.clock.advance(std::chrono::hours{2});
        });
    };
    const double wrong = fails(true), unknown = fails(false);
    bench::Sample sample;
    bench::Stopwatch watch;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < rounds; ++i) CHECK(world.sign_in("an"), "signs in");
            });
    }
    sample.operations = 4 * rounds;
    watch.finish(sample);
    bench::print_table({"signing in, bounded by Argon2id on purpose", ""},
                       {{"cpu ms each", fmt::format("{:.1f}", one / 1000)},
                        {"a second, 4 callers, 2 hashes at once", fmt::format("{:.0f}", sample.rate())},
                        {"unknown name × wrong password", fmt::format("{:.2f}", unknown / wrong)}});
}

void measure_files(const std::filesystem::path& folder, std::int64_t rounds) {
    auto store = documents::open_blob_directory(folder / "blobs");
    SystemClock clock;
    SystemRandom random;
    IdMaker ids(clock, random);
    std::vector<std::string> files;
    for (std::int64_t i = 0; i < rounds; ++i)
        files.push_back(documents::test_files::pdf(std::to_string(i) + std::string(300 << 10, ' ')));
    const auto timed = [&](auto work) {
        bench::Sample sample;
        bench::Stopwatch watch;
        for (std::int64_t i = 0; i < rounds; ++i) work(i);
        watch.finish(sample);
        return sample.seconds * 1e6 / static_cast<double>(rounds);
    };
    const double bare = timed([&](std::int64_t i) {
        const std::string name = folder / fmt::format("bare-{}", i);
        const std::string& bytes = files[static_cast<std::size_t>(i)];
        const int file = ::open(name.c_str(), O_WRONLY | O_CREAT, 0600);
        CHECK(file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "written");
        CHECK(::fsync(file) == 0, "synced");
        ::close(file);
    });
    const double accepted = timed([&](std::int64_t i) {
        const std::string& bytes = files[static_cast<std::size_t>(i)];
        CHECK(
            documents::accept_bytes(*store, ids, {}, {}, "a.pdf", bytes, {DossierId{1}, "GT", "person:1", clock.now()}),
            "accepted");
    });
    const double judged = timed(
        [&](std::int64_t i) { CHECK(documents::detect_kind("a.pdf", files[static_cast<std::size_t>(i)]), "a PDF"); });
    bench::print_table({"a file of 300 KiB", "µs", "× bare write"},
                       {row("bare write and sync", bare, bare),
                        row("accepted: judged, hashed, written, synced, in place", accepted, bare),
                        row("of it: judged", judged, bare)});
}

}  // namespace

int main(int argc, char** argv) {
    const bool brief = bench::has_option(argc, argv, "--brief");
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("motcua-bench-{}", ::getpid());
    std::filesystem::create_directories(folder);
    {
        TestWorld world;
        measure_requests(world, brief ? 2'000 : 200'000);
        measure_endpoints(world, brief ? 1'000 : 200'000);
        measure_lists(world, brief ? 10'000 : 1'000'000, brief ? 20 : 500);
    }
    measure_sign_in(brief);
    measure_files(folder, brief ? 10 : 200);
    std::filesystem::remove_all(folder);
    return 0;
}
