// The command as a user meets it: what is printed where, and the exit status.
#include "app/deadline_command.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "app/test_verb.hpp"
#include "base/json.hpp"

namespace motcua::app {
namespace {

Ran run(const std::vector<Word>& words, const std::string& input = {}) { return app::run(run_deadline, words, input); }

Ran ask(std::string_view from, std::string_view amount, std::string_view unit) {
    return run({"--from", from, "--amount", amount, "--unit", unit});
}

class TempFile {
  public:
    explicit TempFile(std::string_view text)
        : path_(std::filesystem::temp_directory_path() /
                ("motcua-deadline-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
                 std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".json")) {
        std::ofstream(path_, std::ios::binary) << text;
        name_ = path_.string();
    }
    ~TempFile() { std::filesystem::remove(path_); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    std::string_view name() const { return name_; }

  private:
    std::filesystem::path path_;
    std::string name_;
};

TEST(DeadlineCommand, PrintsTheDueTimeAlone) {
    auto ran = ask("2023-02-23T10:15", "3", "working_day");
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out, "2023-02-28T10:15\n");
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ask("2025-04-25T15:30", "1", "working_day").out, "2025-04-26T15:30\n");
    EXPECT_EQ(ask("2023-02-23T16:00", "4", "working_hour").out, "2023-02-24T10:00\n");
    EXPECT_EQ(ask("2023-04-20", "10", "day").out, "2023-05-04T23:59\n");
    EXPECT_EQ(ask("2023-01-31T08:00", "1", "month").out, "2023-02-28T23:59\n");
    EXPECT_EQ(ask("2023-02-23T10:15:30+07:00", "3", "working_day").out, "2023-02-28T10:15\n");
    EXPECT_EQ(ask("2023-02-23T03:15Z", "3", "working_day").out, "2023-02-28T10:15\n");
    EXPECT_EQ(run({"--from=2023-02-23T10:15", "--amount=3", "--unit=working_day", "--rules=nd61"}).out,
              "2023-02-28T10:15\n");
}

TEST(DeadlineCommand, MixedLimitsPausesAndSettings) {
    EXPECT_EQ(run({"--from", "2023-03-15", "--amount", "1", "--unit", "month", "--amount", "5", "--unit", "day"}).out,
              "2023-04-20T23:59\n");
    EXPECT_EQ(run({"--from", "2023-02-23T10:00", "--amount", "1", "--unit", "working_day", "--pause",
                   "2023-02-23T13:00/2023-02-27T08:00"})
                  .out,
              "2023-02-27T17:00\n");
    EXPECT_EQ(run({"--from", "2023-02-23T15:01", "--amount", "1", "--unit", "working_day", "--same-day"}).out,
              "2023-02-24T17:00\n");
    EXPECT_EQ(
        run({"--from", "2023-02-23T15:01", "--amount", "1", "--unit", "working_day", "--same-day", "--cutoff", "16:00"})
            .out,
        "2023-02-23T17:00\n");
    EXPECT_EQ(run({"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "working_day", "--end-of-day"}).out,
              "2023-02-28T17:00\n");
    EXPECT_EQ(run({"--from", "2023-02-24T16:00", "--amount", "1", "--unit", "working_day", "--unit-calendar",
                   "saturday-morning"})
                  .out,
              "2023-02-27T10:00\n");
}

TEST(DeadlineCommand, ExplainsInSentences) {
    auto ran = run({"--from", "2024-04-26T16:30", "--amount", "3", "--unit", "working_day", "--explain"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(ran.out.starts_with("2024-05-04T16:30\n")) << ran.out;
    for (const char* part :
         {"1570/TB-BLĐTBXH", "Ngày 29/04/2024: không tính, nghỉ hoán đổi với ngày làm bù 04/05/2024",
          "Ngày Chiến thắng 30/4", "Điều 112 Bộ luật Lao động 2019", "13:00-17:00", "Nghị định 107/2021/NĐ-CP"})
        EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
    EXPECT_EQ(ran.out.find("⟦"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.out.find('{'), std::string::npos) << ran.out;
    auto english = run({"--from", "2023-04-20", "--amount", "10", "--unit", "day", "--explain", "--lang", "en"});
    EXPECT_NE(english.out.find("Civil Code 2015, art. 148(5)"), std::string::npos) << english.out;
    auto as_json = run({"--from", "2024-04-26T16:30", "--amount", "3", "--unit", "working_day", "--json"});
    auto value = parse_json(std::string_view(as_json.out).substr(0, as_json.out.size() - 1));
    ASSERT_TRUE(value);
    EXPECT_EQ(string_or(value->as_object(), "due"), "2024-05-04T16:30");
    EXPECT_TRUE(find_object(value->as_object(), "trace"));
}

TEST(DeadlineCommand, AGivenCalendarReplacesTheShippedOne) {
    TempFile file(R"({"days_off": {"2023-02-24": "Local day off"}, "makeup_workdays": ["2023-02-25"]})");
    auto ran = run({"--from", "2023-02-23T10:15", "--amount", "2", "--unit", "working_day", "--calendar", file.name()});
    EXPECT_EQ(ran.out, "2023-02-27T10:15\n");
    EXPECT_EQ(ran.err, "");
    ran = run({"--from", "2023-04-28T09:00", "--amount", "3", "--unit", "working_day", "--calendar", file.name()});
    EXPECT_EQ(ran.out, "2023-05-03T09:00\n") << "it knows no 30 April";
    ran = run({"--from", "2023-12-28T09:00", "--amount", "3", "--unit", "working_day", "--calendar", file.name()});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out, "2024-01-02T09:00\n");
    EXPECT_NE(ran.err.find("2023 to 2023 only"), std::string::npos) << ran.err;
    ran = run({"--from", "2024-04-26T09:00", "--amount", "3", "--unit", "working_day", "--calendar", file.name()});
    EXPECT_EQ(ran.status, 1) << "a list of 2023 says nothing about 2024";
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("(2023-01-01 to 2023-12-31)"), std::string::npos) << ran.err;
    TempFile ranged(R"({"valid_from": "2020-01-01", "valid_to": "2030-12-31", "days_off": {"2023-02-24": "x"}})");
    ran = run({"--from", "2024-04-26T09:00", "--amount", "3", "--unit", "working_day", "--calendar", ranged.name()});
    EXPECT_EQ(ran.out, "2024-05-01T09:00\n") << "the file says that it speaks for 2024 too";
    EXPECT_EQ(ran.err, "");
}

TEST(DeadlineCommand, RefusesBadInputInBothLanguages) {
    struct Bad {
        std::vector<Word> args;
        const char* says;
    };
    TempFile broken("{");
    TempFile wrong(R"({"days_off": {"2023-02-30": "x"}})");
    for (const auto& [args, says] : {
             Bad{{"--from", "2023-02-23T10:15", "--amount", "-1", "--unit", "working_day"}, "“-1” is not valid"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "abc", "--unit", "working_day"}, "“abc” is not valid"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "week"}, "no unit “week”"},
             Bad{{"--from", "2023-02-30T10:15", "--amount", "3", "--unit", "day"}, "“2023-02-30T10:15” cannot be read"},
             Bad{{"--from", "abc", "--amount", "3", "--unit", "day"}, "“abc” cannot be read"},
             Bad{{"--from", "1950-02-23T10:15", "--amount", "3", "--unit", "day"}, "outside the working calendar"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "90000", "--unit", "day"}, "outside the working calendar"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "1.5", "--unit", "day"}, "must be whole"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--rules", "nd1"}, "no rule set"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--calendar", "/no/such"},
                 "“/no/such” cannot be read"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--calendar", "/"}, "cannot be read"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--calendar", broken.name()},
                 "not valid JSON"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--calendar", wrong.name()},
                 "days_off/2023-02-30"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--unit-calendar", "x"}, "named “x”"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--pause", "2023"}, "pause “2023”"},
             Bad{{"--from", "2023-02-23T10:15", "--amount", "1", "--unit", "working_day", "--cutoff", "25:00"},
                 "“25:00”"},
             Bad{{"--batch", "/no/such"}, "cannot be read"},
             Bad{{"--batch", "/"}, "cannot be read"},
         }) {
        auto ran = run(args);
        EXPECT_EQ(ran.status, 1) << says;
        EXPECT_EQ(ran.out, "") << says;
        EXPECT_NE(ran.err.find(says), std::string::npos) << says << "\n" << ran.err;
        EXPECT_NE(ran.err.find("Hãy"), std::string::npos) << "no Vietnamese sentence: " << ran.err;
        EXPECT_EQ(ran.err.find("⟦"), std::string::npos) << ran.err;
    }
}

TEST(DeadlineCommand, WrongCommandLinesAreStatus2) {
    for (const auto& args : std::vector<std::vector<Word>>{
             {},
             {"--from", "2023-02-23T10:15"},
             {"--from", "2023-02-23T10:15", "--amount", "3"},
             {"--from", "2023-02-23T10:15", "--amount", "3", "--unit"},
             {"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--unit", "day"},
             {"--from", "2023-02-23T10:15", "--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day"},
             {"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--frm"},
             {"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--lang", "fr"},
             {"--from", "2023-02-23T10:15", "--amount", "3", "--unit", "day", "--calendar", "a", "--unit-calendar",
              "b"},
             {"--batch", "-", "--from", "2023-02-23T10:15"},
             {"2023-02-23T10:15"},
         }) {
        auto ran = run(args);
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.out, "");
        EXPECT_NE(ran.err.find("usage: motcua deadline"), std::string::npos);
        EXPECT_EQ(ran.err.find("⟦"), std::string::npos) << ran.err;
    }
    EXPECT_EQ(run({"--help"}).status, 0);
}

TEST(DeadlineCommand, BatchAnswersLineByLine) {
    auto ran = run({"--batch", "-"},
                   "{\"from\":\"2023-02-23T10:15\",\"amount\":3,\"unit\":\"working_day\"}\n"
                   "{\"from\":\"2023-02-23T11:30\",\"amount\":0.5,\"unit\":\"working_day\"}\r\n"
                   "{\"from\":\"2023-02-23T16:00\",\"amount\":\"4\",\"unit\":\"working_hour\",\"id\":7}\n"
                   "{\"from\":\"2023-04-20\",\"amount\":10,\"unit\":\"day\",\"rules\":\"nd61\"}");
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, "2023-02-28T10:15\n2023-02-23T17:00\n2023-02-24T10:00\n2023-05-04T23:59\n");
    EXPECT_EQ(run({"--batch", "-"}, "").status, 0);
    TempFile file("{\"from\":\"2023-02-23T10:15\",\"amount\":3,\"unit\":\"working_day\"}\n");
    EXPECT_EQ(run({"--batch", file.name()}).out, "2023-02-28T10:15\n");
    auto explained = run({"--batch", file.name(), "--explain"});
    EXPECT_TRUE(parse_json(std::string_view(explained.out).substr(0, explained.out.size() - 1))) << explained.out;
    TempFile empty("");
    EXPECT_EQ(run({"--batch", empty.name()}).status, 0);
}

TEST(DeadlineCommand, BatchNeverLosesALine) {
    std::string good = "{\"from\":\"2023-02-23T10:15\",\"amount\":3,\"unit\":\"working_day\"}\n";
    for (const char* bad :
         {"", "   ", "x", "[]", "{\"from\":\"2023-02-23T10:15\",\"amount\":3}", "{\"amount\":3,\"unit\":\"day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"unit\":\"day\"}", "{\"from\":5,\"amount\":3,\"unit\":\"day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":-3,\"unit\":\"day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":null,\"unit\":\"day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":0.0001,\"unit\":\"working_day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":1e300,\"unit\":\"working_day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":3,\"unit\":\"year\"}",
          "{\"from\":\"2203-02-23T10:15\",\"amount\":3,\"unit\":\"day\"}",
          "{\"from\":\"2023-02-23T10:15\",\"amount\":3,\"unit\":\"day\"} {}"}) {
        auto ran = run({"--batch", "-"}, good + bad + "\n" + good);
        EXPECT_EQ(ran.status, 1) << bad;
        EXPECT_TRUE(ran.out.starts_with("2023-02-28T10:15\nerror ")) << bad << "\n" << ran.out;
        EXPECT_TRUE(ran.out.ends_with("\n2023-02-28T10:15\n")) << bad << "\n" << ran.out;
        EXPECT_NE(ran.err.find("Dòng 2: "), std::string::npos) << bad << "\n" << ran.err;
        EXPECT_NE(ran.err.find("Line 2: "), std::string::npos) << bad << "\n" << ran.err;
        EXPECT_EQ(ran.err.find("⟦"), std::string::npos) << ran.err;
    }
}

}  // namespace
}  // namespace motcua::app
