// Random walks: whatever is tried in whatever order, the rows are the fold of the events, a refused command changes
// nothing, an open dossier has somebody who owes it something, and stored states survive their JSON form.
#include <cstdlib>

#include "dossier/test_world.hpp"

namespace motcua::dossier {
namespace {

class Walk {
  public:
    explicit Walk(std::uint64_t seed) : world("2025-07-07T08:00"), engine(seed) {}

    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); }
    bool chance(int percent) { return pick(100) < static_cast<std::size_t>(percent); }

    Command any_command(const Dossier& d) {
        std::int64_t task = d.tasks.empty() || chance(5) ? 999 : d.tasks[pick(d.tasks.size())].id;
        ResultDocument result{
            chance(80) ? Outcome::granted : Outcome::refused, "", chance(90) ? "1/QĐ" : "", "Lý do", {}, {}};
        Instant later = world.clock.now() + std::chrono::hours{24 * (1 + static_cast<int>(pick(20)))};
        switch (pick(22)) {
            case 0:
                return Submit{TestWorld::content()};
            case 1:
                return Amend{TestWorld::content()};
            case 2:
            case 3:
                return Receive{world.unit_named("Xã An Biên"), {}, {}};
            case 4:
                return chance(20) ? Command{Refuse{"Không đúng thẩm quyền"}} : Command{AddNote{"ghi chú"}};
            case 5:
                return RequestSupplement{{"giấy"}, "thiếu"};
            case 6:
                return SubmitSupplement{TestWorld::content()};
            case 7:
                return AcceptSupplement{};
            case 8:
                return CloseUnsupplemented{};
            case 9:
                return AssignTask{task, OfficerId{static_cast<std::int64_t>(1 + pick(2))}};
            case 10:
            case 11:
            case 12: {
                CompleteStep step{task, {}, "", std::nullopt};
                if (chance(50)) step.result = result;
                return step;
            }
            case 13:
                return ReturnStep{task, "appraise", "làm lại"};
            case 14:
                return RequestOpinion{
                    world.unit_named("Xã Đông Thái"), "ý kiến", {1000, calendar::TimeUnit::working_day}};
            case 15:
                return GiveOpinion{task, "đồng ý"};
            case 16:
                return RequestPayment{{{"Thuế", Dong{1000}, false, "", ""}}};
            case 17:
                return RecordPayment{"cash", "1"};
            case 18:
                return Extend{"bận", later};
            case 19:
                return ReturnResult{ReturnChannel::post, "", "EMS1"};
            case 20:
                return chance(20) ? Command{Withdraw{"thôi"}} : Command{Apologise{"xin lỗi", later}};
            default:
                return chance(30) ? Command{ReportWrongResult{"sai"}} : Command{CorrectResult{result}};
        }
    }

    TestWorld world;
    std::mt19937_64 engine;
};

TEST(Walk, RowsAreTheFoldOfTheEventsAfterEveryStep) {
    const char* given = std::getenv("MOTCUA_SEED");
    std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE("MOTCUA_SEED=" + std::to_string(seed));
    Walk walk(seed);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 25; ++i) {
        auto opened = walk.world.open("1.000001", {OpenDraft{walk.chance(50) ? Channel::online : Channel::counter,
                                                             PersonId{3}, TestWorld::content()}});
        ASSERT_TRUE(opened) << opened.error().reason;
        Dossier d = *opened;
        for (int step = 0; step < 40; ++step) {
            walk.world.clock.advance(std::chrono::minutes{walk.pick(600)});
            Command command = walk.any_command(d);
            auto after = walk.world.run(d, command);
            SCOPED_TRACE(std::string(name_of(command)));
            if (!after) {
                ++refused;
                EXPECT_FALSE(after.error().reason.empty());
                auto session = walk.world.database().reader();
                EXPECT_TRUE(*get_dossier(*session, d.id) == d) << "a refused command changed the dossier";
                continue;
            }
            ++accepted;
            EXPECT_EQ(dossier_from_json(to_json(*after)).tasks, after->tasks);
            d = *after;
            for (const std::string& wrong : walk.world.wrong_rows(d.id)) FAIL() << wrong;
            EXPECT_TRUE(is_closed(d.status) || !d.tasks.empty()) << "nobody owes an open dossier anything";
        }
    }
    EXPECT_GT(accepted, 50);
    EXPECT_GT(refused, 50);
    auto session = walk.world.database().reader();
    EXPECT_TRUE(check_task_rows(*session).empty());
    EXPECT_TRUE(ledger::check_ledger(walk.world.database()).empty());
}

}  // namespace
}  // namespace motcua::dossier
