// Import and search of procedures: the national portal's records (CONFORMANCE_DIR, else records made from the shipped
// catalogue) into a database file, again unchanged, against only reading them and against a bare insert of the same
// texts; start-up load; searches a second over 2,000 procedures.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "catalogue/portal_record.hpp"
#include "catalogue/store.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "measure.hpp"
#include "resources/resources.hpp"

namespace {

using namespace motcua;

std::string national_records() {
    const char* root = std::getenv("CONFORMANCE_DIR");
    std::ifstream in(std::filesystem::path(root ? root : "../shared/conformance") / "procedures/national.jsonl",
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Records of the same shape, when the national ones are not at hand.
std::string made_records(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
        json::object record{
            {"ma_thu_tuc", fmt::format("1.{:06}", i)},
            {"ten_thu_tuc", fmt::format("Cấp giấy chứng nhận đủ điều kiện hoạt động loại {}", i)},
            {"cap_thuc_hien", "Cấp tỉnh"},
            {"cach_thuc_thuc_hien",
             "Trực tuyến5 Ngày làm việcMiễn phíTrực tiếp5 Ngày làm việc70,000 VNĐ(70.000 đồng/Giấy chứng nhận)"},
            {"trinh_tu_thuc_hien", std::string(6000, 'x')}};
        lines += json::serialize(record) + "\n";
    }
    return lines;
}

struct Took {
    double wall_ms = 0;
    double cpu_ms = 0;  // says more on a machine that is busy with other things
};

template <class Work>
Took measure(Work work) {
    bench::Sample sample;
    bench::Stopwatch watch;
    work();
    watch.finish(sample);
    return {sample.seconds * 1000, sample.cpu_us / 1000};
}

std::vector<std::string> row(std::string what, Took took, Took whole) {
    return {std::move(what), fmt::format("{:.0f}", took.wall_ms), fmt::format("{:.0f}", took.cpu_ms),
            fmt::format("{:.2f}", took.cpu_ms / whole.cpu_ms)};
}

constexpr db::Statement bare_insert{"bench.bare_insert", R"(
    INSERT INTO procedure_version (procedure_id, number, status, body) VALUES ($1, 1, 'draft', $2))"};
constexpr db::Statement bare_parent{"bench.bare_parent", R"(
    INSERT INTO procedure (id, code, digest, version, position) VALUES ($1, $2, '', 1, 1))"};

struct World {
    explicit World(const std::filesystem::path& file) : database(db::open_sqlite(file)) {
        CHECK(db::migrate(*database, clock.now()), "migrations apply");
        committer = ledger::make_committer(*database);
    }
    SystemClock clock;
    SystemRandom random;
    IdMaker ids{clock, random};
    std::unique_ptr<db::Database> database;
    std::unique_ptr<ledger::Committer> committer;
    ledger::Meta meta() const { return {clock.now(), "system", "", ""}; }
};

void measure_import(const std::string& records, const std::filesystem::path& folder) {
    std::vector<std::string> bodies;
    Took read = measure([&] {
        for (std::size_t start = 0; start < records.size();) {
            std::size_t end = std::min(records.find('\n', start), records.size());
            if (auto value = parse_json(std::string_view(records).substr(start, end - start)))
                if (auto procedure = catalogue::read_portal_record(*value))
                    bodies.push_back(json::serialize(catalogue::to_json(*procedure)));
            start = end + 1;
        }
    });
    World world(folder / "import.db");
    catalogue::CatalogueStore store(*world.database, *world.committer, world.ids);
    ImportReport report;
    Took first = measure([&] { report = *store.import_portal(records, world.meta()); });
    Took second =
        measure([&] { CHECK(store.import_portal(records, world.meta())->unchanged == report.read, "idempotent"); });
    Took load = measure([&] { catalogue::load_catalogue(*world.database->reader()); });
    World bare(folder / "bare.db");
    Took insert = measure([&] {
        bare.database->begin();
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            auto id = static_cast<std::int64_t>(i) + 1;
            bare.database->writer().execute(bare_parent, db::Values{id, std::to_string(i)});
            bare.database->writer().execute(bare_insert, db::Values{id, bodies[i]});
        }
        bare.database->commit();
    });
    bench::print_table({"import of " + std::to_string(report.read) + " records", "ms", "cpu ms", "cpu of first import"},
                       {row("read and understand only", read, first),
                        row("bare insert of the same texts", insert, first), row("first import", first, first),
                        row("second import, all unchanged", second, first), row("load at start", load, first)});
    std::cout << "flagged " << report.flagged.size() << ", rejected " << report.rejected.size() << "\n\n";
}

void measure_search(const std::string& records, bool brief) {
    std::vector<catalogue::Procedure> all;
    std::vector<std::string> names;
    constexpr std::size_t wanted = 2000;
    // The same names again with a word more, up to the size of a province's catalogue.
    for (int round = 0; all.size() < wanted; ++round) {
        for (std::size_t start = 0; start < records.size() && all.size() < wanted;) {
            std::size_t end = std::min(records.find('\n', start), records.size());
            auto value = parse_json(std::string_view(records).substr(start, end - start));
            start = end + 1;
            auto procedure = value ? catalogue::read_portal_record(*value)
                                   : Result<catalogue::Procedure>(std::unexpected(value.error()));
            if (!procedure) continue;
            if (round == 0) names.push_back(procedure->name);
            procedure->code = fmt::format("1.{:06}", all.size());
            procedure->id = ProcedureId{static_cast<std::int64_t>(all.size()) + 1};
            procedure->version = 1;
            if (round > 0) procedure->name += fmt::format(" (trường hợp {})", round);
            all.push_back(std::move(*procedure));
        }
    }
    auto synonyms = catalogue::Synonyms::read(*resources::find_resource("catalogue/synonyms.json"));
    catalogue::Catalogue catalogue(std::move(all), std::move(*synonyms));
    catalogue::Filter filter{.day = *parse_day("2026-08-01"), .published_only = false};
    std::vector<std::string> shorts{"khai sinh", "giay phep",    "gpxd",  "dang ky",    "cap lai",
                                    "đất đai",   "ke khai thue", "so do", "hop tac xa", "tau bien"};
    std::vector<std::string> slips{"khia sinh", "giay phpe xay dugn", "dang ky tamm tru", "chung nhna"};
    std::vector<std::vector<std::string>> rows;
    for (auto [what, queries] :
         {std::pair{"full names", &names}, {"two or three words", &shorts}, {"words with slips", &slips}}) {
        bench::Sample sample;
        bench::Stopwatch watch;
        std::size_t times = brief ? 50 : 4000;
        for (std::size_t i = 0; i < times; ++i) {
            auto start = bench::Clock::now();
            auto hits = catalogue.search((*queries)[i % queries->size()], filter, 10);
            sample.latencies_us.push_back(
                std::chrono::duration<float, std::micro>(bench::Clock::now() - start).count());
            CHECK(hits.size() <= 10, "limit");
        }
        sample.operations = static_cast<std::int64_t>(times);
        watch.finish(sample);
        rows.push_back({what, fmt::format("{:.0f}", sample.latency_us(0.5)),
                        fmt::format("{:.0f}", sample.latency_us(0.99)), fmt::format("{:.0f}", sample.latency_us(1))});
    }
    bench::print_table({"search in 2000 procedures", "p50 us", "p99 us", "max us"}, rows);
}

}  // namespace

int main(int argc, char** argv) {
    bool brief = bench::has_option(argc, argv, "--brief");
    std::string records = national_records();
    if (records.empty()) records = made_records(brief ? 60 : 676);
    auto folder = std::filesystem::temp_directory_path() /
                  fmt::format("motcua-catalogue-bench-{}", bench::Clock::now().time_since_epoch().count());
    std::filesystem::create_directories(folder);
    measure_import(records, folder);
    measure_search(records, brief);
    std::filesystem::remove_all(folder);
}
