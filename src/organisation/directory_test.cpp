#include "organisation/directory.hpp"

#include <chrono>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "base/text.hpp"
#include "organisation/units_file.hpp"
#include "resources/resources.hpp"

namespace motcua::organisation {
namespace {

LocalDay day(std::string_view text) { return *parse_day(text); }
const LocalDay before = day("2025-06-30");
const LocalDay after = day("2025-07-01");

std::shared_ptr<const Directory> load(std::string_view json_text) {
    auto file = read_units_file(json_text);
    EXPECT_TRUE(file);
    EXPECT_TRUE(file->rejected.empty());
    std::int64_t next = 0;
    for (Unit& unit : file->units) unit.id = UnitId{++next};
    auto directory = Directory::build(std::move(file->units));
    EXPECT_TRUE(directory) << directory.error().reason << " " << directory.error().params[0].value;
    return *directory;
}

const Directory& kien_giang() {
    static const auto directory = load(*resources::find_resource("units/kien-giang.json"));
    return *directory;
}
const Unit& unit(std::string_view code) {
    const Unit* found = kien_giang().find_code(code);
    EXPECT_NE(found, nullptr) << code;
    return *found;
}
const Unit& gso(std::string_view code, LocalDay on) {
    const Unit* found = kien_giang().find_gso(code, on);
    EXPECT_NE(found, nullptr) << code;
    return *found;
}

TEST(AgencyCode, ConvertsBetweenBothForms) {
    EXPECT_EQ(old_agency_code("H33"), "000.00.00.H33");
    EXPECT_EQ(old_agency_code("H33.12"), "000.00.12.H33");
    EXPECT_EQ(old_agency_code("H33.39.09"), "000.09.39.H33");
    EXPECT_EQ(old_agency_code("H01.201"), std::nullopt);
    EXPECT_EQ(normalize_agency_code("000.09.39.H33"), "H33.39.09");
    EXPECT_EQ(normalize_agency_code("000.00.00.H33"), "H33");
    EXPECT_EQ(normalize_agency_code("012.09.39.H33"), "H33.39.09.12");
    EXPECT_EQ(normalize_agency_code("H33.39.09"), "H33.39.09");
    for (const char* bad : {"", "H3", "h33", "000.09.00.H33", "H33.", "H33.1", "00.00.00.H33", "H33.39.09-1"})
        EXPECT_EQ(normalize_agency_code(bad), std::nullopt) << bad;
}

TEST(KienGiang, HasTheUnitsOfBothTimes) {
    std::map<Level, int> was;
    std::map<Level, int> is;
    for (const Unit& each : kien_giang().units()) {
        if (each.kind != UnitKind::territory) continue;
        if (each.validity.covers(before)) ++was[each.level];
        if (each.validity.covers(after)) ++is[each.level];
    }
    EXPECT_EQ(was, (std::map<Level, int>{{Level::province, 1}, {Level::district, 15}, {Level::commune, 144}}));
    EXPECT_EQ(is, (std::map<Level, int>{{Level::province, 1}, {Level::commune, 48}}));
}

TEST(KienGiang, EveryFormerUnitHasExactlyOneCommuneSuccessor) {
    for (const Unit& each : kien_giang().units()) {
        if (each.validity.covers(after) || each.level == Level::district) continue;
        auto holders = kien_giang().holders(each.id, after);
        ASSERT_EQ(holders.size(), 1u) << each.name;
        EXPECT_EQ(holders[0]->level, each.level);
    }
}

TEST(KienGiang, GsoCodeAloneIsNoIdentity) {
    const Unit& was = gso("30742", before);
    const Unit& is = gso("30742", after);
    EXPECT_EQ(was.name, "Phường Vĩnh Bảo");
    EXPECT_EQ(is.name, "Phường Rạch Giá");
    EXPECT_NE(was.id, is.id);
    EXPECT_EQ(kien_giang().holders(was.id, after)[0]->id, is.id);  // the ward that the source list leaves out
    EXPECT_EQ(gso("91", before).name, "Tỉnh Kiên Giang");
    EXPECT_EQ(gso("91", after).name, "Tỉnh An Giang");
}

TEST(KienGiang, DongYenWentToAnBien) {
    const Unit& dong_yen = gso("31009", before);
    EXPECT_EQ(dong_yen.name, "Xã Đông Yên");
    EXPECT_EQ(office_name(dong_yen), "Ủy ban nhân dân xã Đông Yên");
    auto above = kien_giang().ancestors(dong_yen.id);
    ASSERT_EQ(above.size(), 2u);
    EXPECT_EQ(above[0]->name, "Huyện An Biên");
    EXPECT_TRUE(kien_giang().is_within(dong_yen.id, unit("H33").id));
    EXPECT_FALSE(kien_giang().is_within(unit("H33").id, dong_yen.id));
    EXPECT_EQ(kien_giang().holders(dong_yen.id, after)[0]->name, "Xã An Biên");
    EXPECT_EQ(kien_giang().children(above[0]->id, before).size(), 9u);
    EXPECT_TRUE(kien_giang().children(above[0]->id, after).empty());
    EXPECT_EQ(kien_giang().holders(above[0]->id, after).size(), 3u);  // An Biên, Tây Yên, Đông Thái
}

TEST(KienGiang, DepartmentsPassOnInSteps) {
    auto holders = kien_giang().holders(unit("H33.10").id, after);  // Tài nguyên và Môi trường -> 03/2025 -> 07/2025
    ASSERT_EQ(holders.size(), 1u);
    EXPECT_EQ(holders[0]->name, "Sở Nông nghiệp và Môi trường");
    EXPECT_EQ(holders[0]->code, "H01.06");
    EXPECT_EQ(kien_giang().sectors_of(holders[0]->id), (std::vector<std::string>{"G10", "G13"}));
}

Result<Competence> competent(std::vector<Level> levels, std::string sector, const Unit& place, LocalDay on) {
    return kien_giang().competent_unit({std::move(levels), std::move(sector), place.id, on});
}
std::vector<std::string> reasons(const Competence& competence) {
    std::vector<std::string> all;
    for (const Ground& ground : competence.grounds) all.push_back(ground.reason);
    return all;
}

TEST(Competence, FollowsLevelPlaceAndDate) {
    const Unit& dong_yen = gso("31009", before);
    auto local = competent({Level::commune}, "G15-TP07", dong_yen, before);
    EXPECT_EQ(local->unit, dong_yen.id);
    EXPECT_EQ(reasons(*local), (std::vector<std::string>{"organisation.ground_commune", "organisation.ground_place"}));

    auto merged = competent({Level::commune}, "G15-TP07", dong_yen, after);
    EXPECT_EQ(kien_giang().find(merged->unit)->name, "Xã An Biên");
    EXPECT_EQ(reasons(*merged).back(), "organisation.ground_successor");

    auto district = competent({Level::district}, "G17-XD11", dong_yen, before);
    EXPECT_EQ(kien_giang().find(district->unit)->name, "Huyện An Biên");
    auto moved = competent({Level::district}, "G17-XD11", dong_yen, after);
    EXPECT_EQ(kien_giang().find(moved->unit)->name, "Xã An Biên");
    EXPECT_EQ(reasons(*moved).front(), "organisation.ground_no_district");

    EXPECT_EQ(kien_giang().find(competent({Level::province}, "G15-TP07", dong_yen, before)->unit)->name, "Sở Tư pháp");
    EXPECT_EQ(kien_giang().find(competent({Level::province}, "G13-TN01", dong_yen, before)->unit)->name,
              "Sở Nông nghiệp và Môi trường");
    EXPECT_EQ(kien_giang().find(competent({Level::province}, "G13-TN02", dong_yen, after)->unit)->code, "H01.06.01");
    auto unknown = competent({Level::province}, "", dong_yen, after);
    EXPECT_EQ(kien_giang().find(unknown->unit)->code, "H01");
    EXPECT_EQ(reasons(*unknown).back(), "organisation.ground_no_department");
    // Of several levels the lowest.
    EXPECT_EQ(competent({Level::province, Level::commune}, "G15-TP07", dong_yen, before)->unit, dong_yen.id);
}

TEST(Competence, RefusesWithTheReason) {
    const Unit& dong_yen = gso("31009", before);
    const Unit& an_bien = gso("30985", after);
    EXPECT_EQ(competent({Level::ministry}, "", dong_yen, before).error().reason, "organisation.not_local");
    EXPECT_EQ(competent({Level::commune}, "", unit("H33.39"), before).error().reason, "organisation.place_too_wide");
    EXPECT_EQ(competent({Level::commune}, "", an_bien, before).error().reason, "organisation.place_not_yet");
    Unit nowhere;
    nowhere.id = UnitId{999999};
    EXPECT_EQ(competent({Level::commune}, "", nowhere, before).error().reason, "organisation.place_unknown");
}

std::string first(std::string_view words, LocalDay on) {
    auto hits = kien_giang().search(words, on, 5);
    return hits.empty() ? "" : kien_giang().find(hits[0].unit)->name;
}

TEST(Search, FindsPresentAndFormerNames) {
    for (std::string words :
         {"Đông Yên, An Biên cũ", "dong yen an bien cu", "xã đông yên", "DONG YEN", "Đông Yên trước đây"}) {
        EXPECT_EQ(first(words, after), "Xã An Biên") << words;
        EXPECT_EQ(first(nfd(words), after), "Xã An Biên") << words;
        EXPECT_EQ(first(words, before), "Xã Đông Yên") << words;
    }
    auto hits = kien_giang().search("Đông Yên", after, 5);
    EXPECT_EQ(kien_giang().find(hits[0].matched)->name, "Xã Đông Yên");
    EXPECT_EQ(first("phú quốc", after), "Đặc khu Phú Quốc");
    EXPECT_EQ(first("phú quốc", before), "Thành phố Phú Quốc");
    EXPECT_EQ(first("hoà điền", after), "Xã Hòa Điền");
    EXPECT_EQ(first("vĩnh bảo", after), "Phường Rạch Giá");
    EXPECT_EQ(first("thanh loc giong rieng", after), "Xã Thạnh Hưng");
    EXPECT_EQ(first("thanh loc chau thanh", after), "Xã Thạnh Lộc");
    EXPECT_EQ(first("hồ gươm", after), "");
    EXPECT_EQ(first("", after), "");
    EXPECT_EQ(first("  ,", after), "");
}

TEST(Search, EveryUnitIsFoundByItsNameInBothTimes) {
    for (const Unit& each : kien_giang().units()) {
        for (std::string words : {each.name, strip_marks(each.name)}) {
            auto on = each.validity.covers(before) ? before : each.validity.covers(after) ? after : day("2024-01-01");
            auto hits = kien_giang().search(words, on, 10);
            bool found = std::any_of(hits.begin(), hits.end(), [&](const UnitHit& hit) { return hit.unit == each.id; });
            EXPECT_TRUE(found) << words;
        }
    }
}

TEST(Build, RefusesBrokenLinks) {
    auto build = [](std::string_view units) {
        auto file = read_units_file(R"({"format":"motcua-units/1","units":[)" + std::string(units) + "]}");
        EXPECT_TRUE(file && file->rejected.empty());
        return Directory::build(file->units).error().reason;
    };
    EXPECT_EQ(build(R"({"code":"H33.01","name":"Sở","level":"province","kind":"department"})"),
              "organisation.unit_unknown");
    EXPECT_EQ(build(R"({"code":"H33","name":"Tỉnh","level":"province","predecessors":["H34"]})"),
              "organisation.unit_unknown");
    EXPECT_EQ(build(R"({"code":"H33","name":"Tỉnh","level":"province","predecessors":["H33"]})"),
              "organisation.unit_cycle");
    EXPECT_EQ(
        build(
            R"({"code":"H33","name":"A","level":"province","parent":"H34"},{"code":"H34","name":"B","level":"province","parent":"H33"})"),
        "organisation.unit_cycle");
}

TEST(UnitsFile, NamesEachUnitItCannotRead) {
    auto file = read_units_file(R"({"format":"motcua-units/1","units":[
        {"code":"H33","name":"Tỉnh Kiên Giang","level":"province"}, {"code":"h33.1","name":"x","level":"commune"},
        {"code":"H33.01","name":" ","level":"province"}, {"code":"H33.02","name":"x","level":"village"}, 7,
        {"code":"H33.03","name":"x","level":"commune","from":"2025-07-01","to":"2025-07-01"},
        {"code":"H33.04","name":"x","level":"commune","from":"2025-02-30"}, {"code":"H33","name":"x","level":"province"},
        {"code":"H33.05","name":"x","level":"commune","predecessors":[1]}]})");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->units.size(), 1u);
    std::vector<std::string> found;
    for (const RejectedUnit& item : file->rejected)
        found.push_back(std::to_string(item.index) + " " + item.error.reason);
    EXPECT_EQ(found, (std::vector<std::string>{"2 organisation.unit_malformed", "3 organisation.unit_malformed",
                                               "4 organisation.unit_malformed", "5 organisation.unit_malformed",
                                               "6 validity.empty", "7 time.malformed", "8 organisation.unit_repeated",
                                               "9 organisation.unit_malformed"}));
    EXPECT_EQ(read_units_file("[]").error().reason, "organisation.units_file_invalid");
    EXPECT_EQ(read_units_file("{").error().reason, "json.malformed");
}

TEST(UnitsFile, SurvivesWritingAndReading) {
    for (const Unit& each : kien_giang().units()) {
        auto again = read_unit(to_json(each));
        ASSERT_TRUE(again) << each.code;
        EXPECT_EQ(to_json(*again), to_json(each));
    }
}

// The file agrees with the administrative-unit data of others, of both times.
TEST(Conformance, AdministrativeUnits) {
    auto was_path =
        test::find_conformance(MOTCUA_SOURCE_DIR, "admin-units/before-2025-07/vn_only_simplified_minified.json");
    auto is_path = test::find_conformance(MOTCUA_SOURCE_DIR, "admin-units/after-2025-07/simplified.json");
    if (!was_path || !is_path) GTEST_SKIP() << "conformance cases are absent";
    auto text = [](const json::value& object, const char* key) { return std::string(object.at(key).as_string()); };
    auto was = json::parse(test::read_text(*was_path));
    int districts = 0;
    int communes = 0;
    for (const json::value& province : was.as_array()) {
        if (text(province, "Code") != "91") continue;
        for (const json::value& district : province.at("District").as_array()) {
            ++districts;
            const Unit& mine = gso(text(district, "Code"), before);
            EXPECT_EQ(fold(mine.name), fold(text(district, "FullName")));
            for (const json::value& commune : district.at("Ward").as_array()) {
                ++communes;
                // The source has merged Vĩnh Thanh Vân and Vĩnh Bảo under the latter's code already.
                if (text(commune, "Code") == "30742") continue;
                const Unit& ward = gso(text(commune, "Code"), before);
                EXPECT_EQ(fold(ward.name), fold(text(commune, "FullName")));
                EXPECT_EQ(ward.parent, mine.code);
            }
        }
    }
    EXPECT_EQ(districts, 15);
    EXPECT_EQ(communes, 143);
    auto is = json::parse(test::read_text(*is_path));
    std::set<std::string> known;
    for (const json::value& province : is.as_array())
        if (text(province, "Code") == "91")
            for (const json::value& commune : province.at("Wards").as_array())
                known.insert(text(commune, "Code") + " " + fold(text(commune, "FullName")));
    for (const Unit& each : kien_giang().units())
        if (each.validity.covers(after) && each.level == Level::commune) {
            EXPECT_TRUE(known.contains(each.gso + " " + fold(each.name))) << each.name;
        }
}

}  // namespace
}  // namespace motcua::organisation
