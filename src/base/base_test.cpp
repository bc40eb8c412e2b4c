#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "base/random.hpp"

namespace motcua {
namespace {

Result<int> half(int n) {
    if (n % 2 != 0) return fail(Errc::invalid, "test.odd");
    return n / 2;
}
Result<int> quarter(int n) {
    int h = TRY(half(n));
    return half(h);
}
Result<void> check_half(int n) {
    TRY(half(n));
    return {};
}

TEST(Result, TryPassesValuesAndErrorsOn) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().reason, "test.odd");
    EXPECT_TRUE(check_half(2));
    EXPECT_FALSE(check_half(3));
}

TEST(Check, ThrowsWithPlaceAndMessage) {
    try {
        CHECK(1 == 2, "one is not {}", 2);
        FAIL();
    } catch (const CheckFailure& failure) {
        EXPECT_NE(std::string(failure.what()).find("one is not 2"), std::string::npos);
    }
}

TEST(Clock, FormatsAndReadsLocalAndIso) {
    auto t = parse_iso("2023-02-23T10:15:00+07:00");
    ASSERT_TRUE(t);
    EXPECT_EQ(format_iso(*t), "2023-02-23T10:15:00+07:00");
    EXPECT_EQ(*parse_iso("2023-02-23T03:15:00Z"), *t);
    EXPECT_EQ(*parse_iso("2023-02-23T10:15"), *t);
    EXPECT_EQ(format_local(to_local(*t)), "2023-02-23T10:15");
    EXPECT_EQ(to_instant(to_local(*t)), *t);
    EXPECT_EQ(format_day_vi(local_day(*t)), "23/02/2023");
    for (const char* bad :
         {"", "2023", "2023-02-30", "2023-13-01", "23-02-2023", "2023-02-23T24:00", "2023-02-23T10:15x"})
        EXPECT_EQ(parse_local(bad).error().reason, "time.malformed") << bad;
}

TEST(Clock, LocalDayChangesAtSeventeenUtc) {
    EXPECT_EQ(format_day(local_day(*parse_iso("2023-02-23T16:59:59Z"))), "2023-02-23");
    EXPECT_EQ(format_day(local_day(*parse_iso("2023-02-23T17:00:00Z"))), "2023-02-24");
}

TEST(Clock, WritesTimesAsTheyAre) {
    EXPECT_EQ(format_iso(*parse_iso("2026-11-22T06:05:04Z")), "2026-11-22T13:05:04+07:00");
    EXPECT_EQ(format_iso(*parse_iso("2026-11-22T06:05:04.070Z")), "2026-11-22T13:05:04.070+07:00");
    EXPECT_EQ(format_iso(Instant{std::chrono::milliseconds{-62'135'596'800'001}}), "0001-01-01T06:59:59.999+07:00");
    EXPECT_EQ(format_iso(Instant{std::chrono::milliseconds{300'000'000'000'000}}).substr(0, 6), "11476-");
}

TEST(Random, OfTheSystemNeverRepeatsWhateverTheLength) {
    SystemRandom random;
    std::set<std::string> seen;
    for (std::size_t size : {16U, 24U, 32U, 100U, 128U, 129U, 4096U})
        for (int i = 0; i < 200; ++i) {
            std::string bytes(size, '\0');
            random.fill(std::as_writable_bytes(std::span(bytes)));
            for (std::size_t at = 0; at + 16 <= size; at += 16) EXPECT_TRUE(seen.insert(bytes.substr(at, 16)).second);
        }
    std::thread([&] {
        for (int i = 0; i < 200; ++i) {
            std::string bytes(16, '\0');
            random.fill(std::as_writable_bytes(std::span(bytes)));
            EXPECT_TRUE(seen.insert(bytes).second);
        }
    }).join();
}

TEST(Ids, IncreaseAndSurviveText) {
    ManualClock clock{*parse_iso("2026-01-01T00:00:00Z")};
    SeededRandom random{1};
    IdMaker maker{clock, random};
    std::int64_t last = 0;
    for (int i = 0; i < 10000; ++i) {
        std::int64_t id = maker.next();
        EXPECT_GT(id, last);
        last = id;
        EXPECT_EQ(parse_id(format_id(id)), id);
    }
    EXPECT_FALSE(parse_id(""));
    EXPECT_FALSE(parse_id("IIIIIIIIIIIII"));
    EXPECT_FALSE(parse_id("ZZZZZZZZZZZZZ"));
}

TEST(Money, GroupsInThrees) {
    EXPECT_EQ(format_dong({0}), "0 đ");
    EXPECT_EQ(format_dong({8000}), "8.000 đ");
    EXPECT_EQ(format_dong({1250000}), "1.250.000 đ");
    EXPECT_EQ(format_dong({-500}), "-500 đ");
}

TEST(Json, RefusesWhatIsNotStrictJson) {
    EXPECT_TRUE(parse_json(R"({"a":[1,2,"đ"]})"));
    for (const char* bad : {"", "{", "[1,]", "{} {}", "\"\xff\"", "// x\n1", "nul"})
        EXPECT_EQ(parse_json(bad).error().reason, "json.malformed") << bad;
    EXPECT_FALSE(parse_json(std::string(100000, '[')));
}

}  // namespace
}  // namespace motcua
