#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "base/text.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/portal_record.hpp"
#include "resources/resources.hpp"

namespace motcua::catalogue {
namespace {

const LocalDay today = *parse_day("2026-08-01");

Procedure procedure(std::string code, std::string name, std::string field = "Hộ tịch",
                    std::vector<Level> levels = {Level::commune}) {
    static std::int64_t next = 0;
    Procedure made;
    made.id = ProcedureId{++next};
    made.version = 1;
    made.status = Status::published;
    made.code = std::move(code);
    made.name = std::move(name);
    made.field = {field == "Hộ tịch" ? "G15-TP07" : "", field};
    made.levels = std::move(levels);
    made.subjects = {Subject::citizen};
    return made;
}

std::vector<Procedure> some() {
    return {
        procedure("1.001193", "Đăng ký khai sinh"),
        procedure("1.004884", "Đăng ký lại khai sinh"),
        procedure("1.000689", "Đăng ký khai sinh kết hợp đăng ký nhận cha, mẹ, con"),
        procedure("1.000656", "Đăng ký khai tử"),
        procedure("1.000894", "Đăng ký kết hôn"),
        procedure("1.013225", "Cấp giấy phép xây dựng mới công trình cấp III, cấp IV và nhà ở riêng lẻ",
                  "Hoạt động xây dựng"),
        procedure("2.000815", "Chứng thực bản sao từ bản chính giấy tờ, văn bản", "Chứng thực"),
        procedure("2.000908", "Cấp bản sao từ sổ gốc", "Chứng thực"),
        procedure("3.000333", "Cấp phiếu lý lịch tư pháp", "Lý lịch tư pháp", {Level::province}),
        procedure("1.012756", "Đăng ký đất đai lần đầu", "Đất đai", {Level::province}),
    };
}

const Catalogue& catalogue() {
    static const Catalogue made(some(), *Synonyms::read(*resources::find_resource("catalogue/synonyms.json")));
    return made;
}

std::vector<std::string> codes(std::string_view words, Filter filter = {.day = today}) {
    std::vector<std::string> found;
    for (const SearchHit& hit : catalogue().search(words, filter, 10)) found.push_back(hit.procedure->code);
    return found;
}
std::string first(std::string_view words) {
    auto found = codes(words);
    return found.empty() ? "" : found[0];
}

TEST(Search, TheExactCodeIsAlwaysFirst) {
    for (const char* words : {"1.001193", "1.001193.000.00.00.H33", "1.001193.01", " 1.001193 ", "1001193",
                              "1.001193 kết hôn", "kết hôn 1.001193"})
        EXPECT_EQ(first(words), "1.001193") << words;
    EXPECT_EQ(first("2.000815.000.00.00.H55.02"), "2.000815");
    EXPECT_EQ(codes("1.0006"), (std::vector<std::string>{"1.000656", "1.000689"}));
    EXPECT_TRUE(codes("9.999999").empty());
}

TEST(Search, FindsByWordsHoweverTyped) {
    for (const char* words : {"Đăng ký khai sinh", "dang ky khai sinh", "ĐĂNG KÝ KHAI SINH", "dang ki khai sinh",
                              "khai sinh", "khai sin", "khai sihn", "khaisinh", "gks", "làm khai sinh"})
        EXPECT_EQ(first(words), "1.001193") << words;
    EXPECT_EQ(first(nfd("Đăng ký lại khai sinh")), "1.004884");
    EXPECT_EQ(first("gpxd"), "1.013225");
    EXPECT_EQ(first("xin phép xây nhà"), "1.013225");
    EXPECT_EQ(first("sao y"), "2.000815");
    EXPECT_EQ(first("so do"), "1.012756");
    EXPECT_EQ(first("lltp"), "3.000333");
    EXPECT_EQ(first("kết hôn"), "1.000894");
    EXPECT_EQ(first("nhà ở riêng lẽ"), "1.013225");
    for (const char* words : {"", "   ", "...", "xyzzyx", "qqqq wwww"}) EXPECT_EQ(first(words), "") << words;
}

TEST(Search, DiacriticsThatWereTypedDecide) {
    Catalogue alike({procedure("1.000001", "Cấp thẻ cha"), procedure("1.000002", "Cấp thẻ chà")}, Synonyms());
    auto code = [&](std::string_view words) { return alike.search(words, {.day = today}, 1).at(0).procedure->code; };
    EXPECT_EQ(code("thẻ chà"), "1.000002");
    EXPECT_EQ(code("thẻ cha"), "1.000001");
}

TEST(Search, Filters) {
    EXPECT_EQ(codes("đăng ký", {.day = today, .field = "Đất đai"}), (std::vector<std::string>{"1.012756"}));
    EXPECT_EQ(codes("đăng ký", {.day = today, .field = "dat dai"}), (std::vector<std::string>{"1.012756"}));
    EXPECT_EQ(codes("khai sinh", {.day = today, .field = "G15-TP07"}).at(0), "1.001193");
    EXPECT_EQ(codes("cấp", {.day = today, .level = Level::province}), (std::vector<std::string>{"3.000333"}));
    EXPECT_TRUE(codes("khai sinh", {.day = today, .subject = Subject::enterprise}).empty());
    EXPECT_TRUE(codes("1.001193", {.day = today, .level = Level::province}).empty());
    organisation::Unit justice;
    justice.kind = organisation::UnitKind::department;
    justice.level = Level::province;
    EXPECT_TRUE(codes("lý lịch tư pháp", {.day = today, .unit = &justice}).empty());
    organisation::Unit commune;
    commune.level = Level::commune;
    EXPECT_EQ(codes("khai sinh", {.day = today, .unit = &commune}).at(0), "1.001193");
    EXPECT_TRUE(codes("lý lịch tư pháp", {.day = today, .unit = &commune}).empty());
}

TEST(Versions, TheOneInForceOnTheDayIsMeant) {
    auto version = [](int number, std::string_view from, std::string_view to, Status status, Level level) {
        Procedure made = procedure("1.013225", "Cấp giấy phép xây dựng");
        made.id = ProcedureId{1};
        made.version = number;
        made.status = status;
        made.levels = {level};
        made.validity = *parse_validity(from.empty() ? std::nullopt : std::optional(from),
                                        to.empty() ? std::nullopt : std::optional(to));
        return made;
    };
    Catalogue made({version(1, "", "", Status::published, Level::district),
                    version(2, "2025-07-01", "", Status::published, Level::commune),
                    version(3, "2026-07-01", "", Status::flagged, Level::province)},
                   Synonyms());
    auto number = [&](std::string_view day) { return made.find_procedure("1.013225", *parse_day(day))->version; };
    EXPECT_EQ(number("2019-01-01"), 1);
    EXPECT_EQ(number("2025-06-30"), 1);
    EXPECT_EQ(number("2025-07-01"), 2);
    EXPECT_EQ(number("2026-08-01"), 2);  // what is flagged replaces nothing
    EXPECT_EQ(made.list_versions("1.013225.000.00.00.H33").size(), 3u);
    EXPECT_EQ(made.list_versions("1.013225")[0]->validity.to, *parse_day("2025-07-01"));
    EXPECT_EQ(made.find_version(ProcedureId{1}, 3)->status, Status::flagged);
    EXPECT_EQ(made.find_version(ProcedureId{1}, 4), nullptr);
    EXPECT_EQ(made.find_procedure("1.999999", today), nullptr);
    EXPECT_EQ(made.search("xây dựng", {.day = *parse_day("2020-01-01")}, 5).at(0).procedure->levels.at(0),
              Level::district);
}

TEST(List, PagesByCodeAndCountsFields) {
    std::vector<std::string> all;
    for (std::string after;;) {
        auto page = catalogue().list_procedures({.day = today}, after, 3);
        if (page.empty()) break;
        for (const ProcedurePtr& each : page) all.push_back(each->code);
        after = all.back();
    }
    EXPECT_EQ(all.size(), 10u);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    auto fields = catalogue().list_fields({.day = today});
    EXPECT_EQ(fields.size(), 5u);
}

TEST(Synonyms, RefusesWhatIsNoList) {
    EXPECT_EQ(Synonyms::read("[]").error().reason, "catalogue.synonyms_invalid");
    EXPECT_EQ(Synonyms::read(R"({"anywhere":{}})").error().reason, "catalogue.synonyms_invalid");
    EXPECT_EQ(Synonyms::read(R"({"anywhere":{"a":"b"},"whole":{}})").error().reason, "catalogue.synonyms_invalid");
    EXPECT_EQ(Synonyms::read(R"({"anywhere":{},"whole":{"a":[]}})").error().reason, "catalogue.synonyms_invalid");
    EXPECT_TRUE(Synonyms::read(R"({"anywhere":{},"whole":{}})"));
    EXPECT_EQ(Synonyms::read("{").error().reason, "json.malformed");
}

// Every name of the national records finds its code, with and without diacritics, decomposed and in capitals.
TEST(Conformance, EveryNationalNameIsFound) {
    auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "procedures/national.jsonl");
    if (!path) GTEST_SKIP() << "conformance cases are absent";
    std::vector<Procedure> all;
    std::istringstream lines(test::read_text(*path));
    for (std::string line; std::getline(lines, line);) {
        Procedure read = *read_portal_record(*parse_json(line));
        read.id = ProcedureId{static_cast<std::int64_t>(all.size()) + 1};
        read.version = 1;
        all.push_back(std::move(read));
    }
    std::vector<std::pair<std::string, std::string>> names;
    for (const Procedure& each : all) names.emplace_back(each.code, each.name);
    Catalogue made(std::move(all), *Synonyms::read(*resources::find_resource("catalogue/synonyms.json")));
    int missed_half = 0;
    for (const auto& [code, name] : names) {
        auto place = [&](std::string_view words) {
            auto hits = made.search(words, {.day = today, .published_only = false}, 10);
            auto found = std::find_if(hits.begin(), hits.end(),
                                      [&](const SearchHit& hit) { return hit.procedure->code == code; });
            return static_cast<int>(found == hits.end() ? 99 : found - hits.begin());
        };
        EXPECT_LT(place(name), 2) << code;
        EXPECT_LT(place(strip_marks(name)), 2) << code;
        EXPECT_LT(place(fold(name)), 2) << code;
        EXPECT_LT(place(nfd(name)), 2) << code;
        EXPECT_LT(place(normalize_tones(name)), 2) << code;
        EXPECT_EQ(place(code), 0) << code;
        EXPECT_EQ(place(code + ".000.00.00.H33"), 0) << code;
        // The first half of the name is a likely query too; names that begin alike may push it out.
        auto words = split_words(name);
        std::string half(
            name.substr(0, static_cast<std::size_t>(words[(words.size() + 1) / 2 - 1].data() - name.data()) +
                               words[(words.size() + 1) / 2 - 1].size()));
        if (place(half) >= 10) ++missed_half;
    }
    EXPECT_LT(missed_half, static_cast<int>(names.size()) / 10);
    RecordProperty("missed_by_first_half", missed_half);
}

}  // namespace
}  // namespace motcua::catalogue
