// Notices announced late, as an administrator meets them: at the command line, over the API, broken off and run again.
#include "app/calendar_command.hpp"

#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "app/calendar_routes.hpp"
#include "app/deadline_command.hpp"
#include "app/doctor_command.hpp"
#include "app/import_command.hpp"
#include "app/test_verb.hpp"
#include "app/workspace.hpp"
#include "db/test_directory.hpp"
#include "definitions/notices.hpp"
#include "dossier/redate.hpp"
#include "http/testing.hpp"

namespace motcua::app {
namespace {

constexpr std::string_view notice =
    R"({"document": {"number": "12/TB-BNV", "date": "2026-03-05", "issuer": "Bộ Nội vụ"}, "days_off": ["2026-03-13", "2026-03-16"]})";

constexpr std::string_view procedure = "1.004884";
constexpr int dossiers = 8;

class CalendarCommand : public testing::Test {
  protected:
    /// The demo province with dossiers received from 11 March on, of 5 working days each.
    void fill() {
        auto workspace = Workspace::open(data, Access::change);
        ASSERT_TRUE(workspace);
        Domain domain((*workspace)->database(), (*workspace)->committer(), (*workspace)->ids());
        ledger::Meta meta{*parse_iso("2026-03-11T08:00"), "system", "", "test"};
        ASSERT_TRUE(domain.import_demo(meta));
        const organisation::Unit* commune = domain.units().directory()->find_gso("30985", local_day(meta.at));
        ASSERT_TRUE(commune);
        dossier::Content content;
        content.applicant.emplace();
        content.applicant->name = "Trần Thị Bé Ba";
        content.applicant->place = "30985";
        content.components.emplace();
        for (const auto& component :
             domain.procedures().catalogue()->find_procedure(procedure, local_day(meta.at))->components)
            content.components->push_back({component.code, component.name, 1, 0, {}});
        for (int i = 0; i < dossiers; ++i) {
            auto received = domain.dossiers().open(*(*workspace)->database().reader(), procedure,
                                                   {dossier::OpenDraft{dossier::Channel::counter, {}, {}},
                                                    dossier::Submit{content}, dossier::Receive{commune->id, {}, {}}},
                                                   {.officer = OfficerId{1}, .person = {}}, meta);
            ASSERT_TRUE(received) << received.error().reason;
            auto committed = (*workspace)->committer().commit(std::move(received->write));
            ASSERT_TRUE(committed) << committed.error().reason;
            meta.at += std::chrono::minutes{7};
        }
    }
    void expect_sound() {
        auto doctor = run(run_doctor, {"--data", data});
        EXPECT_EQ(doctor.status, 0) << doctor.out << doctor.err;
    }

    TestDirectory directory;
    std::string data = directory.path() / "data";
};

TEST_F(CalendarCommand, ListsWhatANoticeMovesOnceAndForAll) {
    fill();
    auto rehearsed = run(run_calendar, {"notice", "-", "--data", data, "--dry-run"}, std::string(notice));
    ASSERT_EQ(rehearsed.status, 0) << rehearsed.err;
    EXPECT_NE(rehearsed.out.find("\t12/TB-BNV, 05/03/2026\n"), std::string::npos) << rehearsed.out;
    EXPECT_EQ(run(run_calendar, {"list", "--data", data}).out.find("12/TB-BNV"), std::string::npos);

    auto moved = run(run_calendar, {"notice", "-", "--data", data}, std::string(notice));
    ASSERT_EQ(moved.status, 0) << moved.err;
    auto lines = [](const std::string& out) {
        std::multiset<std::string> all;
        std::istringstream in(out);
        for (std::string line; std::getline(in, line);)
            if (!line.starts_with("examined")) all.insert(line);
        return all;
    };
    EXPECT_EQ(lines(moved.out), lines(rehearsed.out)) << "what the rehearsal said";
    EXPECT_GT(lines(moved.out).size(), 3u);

    auto again = run(run_calendar, {"notice", "-", "--data", data}, std::string(notice));
    EXPECT_EQ(lines(again.out), lines(moved.out)) << "run again it moves nothing and answers the same list";
    auto listed = run(run_calendar, {"list", "--data", data}).out;
    EXPECT_NE(listed.find("vietnam@2\t"), std::string::npos) << listed;
    EXPECT_NE(listed.find("saturday-morning@2\t"), std::string::npos) << listed;
    EXPECT_NE(listed.find("12/TB-BNV, 05/03/2026\tmoved "), std::string::npos) << listed;
    expect_sound();
}

TEST_F(CalendarCommand, RefusesWhatIsNoNotice) {
    fill();
    EXPECT_EQ(run(run_calendar, {"notice", "-"}).status, 2);
    EXPECT_EQ(run(run_calendar, {"move", "-", "--data", data}).status, 2);
    for (const auto& [text, reason] :
         {std::pair{"{", "json.malformed"},
          std::pair{R"({"days_off": ["2026-03-13"]})", "definitions.notice_number_missing"}}) {
        auto ran = run(run_calendar, {"notice", "-", "--data", data}, text);
        EXPECT_EQ(ran.status, 1);
        EXPECT_NE(ran.err.find(reason), std::string::npos) << ran.err;
    }
    EXPECT_NE(run(run_calendar, {"notice", "/nowhere", "--data", data}).err.find("app.file_unreadable"),
              std::string::npos);
    auto unknown = run(run_calendar, {"notice", "-", "--data", data, "--calendar", "moon"}, std::string(notice));
    EXPECT_NE(unknown.err.find("calendar.unknown"), std::string::npos) << unknown.err;
    expect_sound();
}

TEST_F(CalendarCommand, TheApiAnnouncesAndTheJobAppliesEvenAfterAStop) {
    fill();
    auto workspace = Workspace::open(data, Access::change);
    ASSERT_TRUE(workspace);
    Domain domain((*workspace)->database(), (*workspace)->committer(), (*workspace)->ids());
    http::Router router;
    register_calendar_routes(router, domain);
    http::testing::FixedAuthenticator authenticator;
    SystemRandom random;
    http::testing::Client client{router,
                                 authenticator,
                                 (*workspace)->clock(),
                                 (*workspace)->ids(),
                                 random,
                                 (*workspace)->database(),
                                 (*workspace)->committer()};
    http::testing::Suite suite{client};
    const std::string posted(notice), path = "/api/v1/calendar-notices";
    for (const auto& [method, target] : {std::pair<std::string_view, std::string>{"GET", "/api/v1/calendars"},
                                         {"GET", path},
                                         {"GET", path + "/AAAAAAAAAAAAA"},
                                         {"GET", path + "/AAAAAAAAAAAAA/moved"}})
        suite.access({.name = "a visitor may not look", .method = method, .path = target, .status = 401});
    authenticator.principal = http::testing::officer(1, {"dossier.receive"});
    suite.access(
        {.name = "an officer may not announce", .method = "POST", .path = path, .body = posted, .status = 403});
    suite.access(
        {.name = "nor rehearse", .method = "POST", .path = path + "/rehearsal", .body = posted, .status = 403});
    EXPECT_EQ(suite.routes_without_access_case(), std::vector<std::string>{});

    authenticator.principal = http::testing::officer(1, {"calendar.manage"});
    suite.validation({.name = "a paper without number",
                      .method = "POST",
                      .path = path,
                      .body = R"({"document": {"date": "2026-03-05"}, "days_off": ["2026-03-13"]})",
                      .status = 422,
                      .has = {"definitions.notice_number_missing"}});
    suite.validation({.name = "no such notice", .path = path + "/AAAAAAAAAAAAA", .status = 404});
    auto rehearsal = client.post(path + "/rehearsal", posted).object();
    const auto expected = rehearsal.at("moved").as_array().size();
    EXPECT_GT(expected, 3u);

    auto announced = client.post(path, posted);
    ASSERT_EQ(announced.status, 202) << announced.body;
    const std::string own = path + "/" + string_or(announced.object(), "id");
    EXPECT_EQ(client.get(own).object().at("applied"), json::value(false));
    auto& database = (*workspace)->database();
    auto& committer = (*workspace)->committer();
    auto stopped = apply_open_notices(database, committer, domain, (*workspace)->meta(), [] { return true; });
    ASSERT_TRUE(stopped);
    EXPECT_EQ(*stopped, 0);
    auto applied = apply_open_notices(database, committer, domain, (*workspace)->meta(), [] { return false; });
    ASSERT_TRUE(applied);
    EXPECT_EQ(*applied, 1);
    EXPECT_EQ(client.get(own).object().at("moved").as_int64(), static_cast<std::int64_t>(expected));

    // The list in pages of two.
    std::size_t seen = 0;
    for (std::string next;;) {
        auto page = client.get(own + "/moved?limit=2" + (next.empty() ? "" : "&cursor=" + next)).object();
        for (const json::value& item : page.at("items").as_array()) {
            ++seen;
            EXPECT_EQ(item.at("reason"), json::value("12/TB-BNV, 05/03/2026"));
        }
        next = string_or(page, "next");
        if (next.empty()) break;
    }
    EXPECT_EQ(seen, expected);
    auto again = client.post(path, posted);
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(string_or(again.object(), "id"), string_or(announced.object(), "id"));
    EXPECT_NE(client.get("/api/v1/calendars").body.find("vietnam@2"), std::string::npos);
}

TEST_F(CalendarCommand, DeadlinesAreCountedInTheHoursOfAUnit) {
    const std::string units = R"({"format":"motcua-units/1","units":[{"code":"H33","name":"Tỉnh","level":"province"},
        {"code":"H33.40","name":"Xã A","level":"commune","calendars":[{"calendar":"saturday-morning","from":"2023-02-01"}]}]})";
    ASSERT_EQ(run(run_import, {"units", "-", "--data", data}, units).status, 0);
    auto ask = [&](std::string_view unit, std::string_view from) {
        return run(run_deadline, {"--from", from, "--amount", "3", "--unit", "working_day", "--for-unit", unit,
                                  "--data", data, "--explain"});
    };
    EXPECT_TRUE(ask("H33", "2023-02-24T15:30").out.starts_with("2023-03-01T15:30\n"));
    auto saturdays = ask("H33.40", "2023-02-24T15:30");
    EXPECT_TRUE(saturdays.out.starts_with(
        "2023-03-01T09:30\nĐếm theo giờ làm việc của Ủy ban nhân dân xã A: Đơn vị tiếp nhận cả sáng thứ Bảy.\n"))
        << saturdays.out << saturdays.err;
    EXPECT_TRUE(ask("H33.40", "2023-01-31T15:30").out.starts_with("2023-02-03T15:30\n")) << "not yet";
    EXPECT_NE(ask("H99", "2023-02-24T15:30").err.find("mã"), std::string::npos);
    EXPECT_EQ(
        run(run_deadline, {"--from", "2023-02-24T15:30", "--amount", "3", "--unit", "day", "--for-unit", "H33"}).status,
        2);
}

}  // namespace
}  // namespace motcua::app
