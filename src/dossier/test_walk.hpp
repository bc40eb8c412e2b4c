// Help for tests only: commands at random on the small province, most of them impossible at the moment. Also used by
// the tests of other features.
#pragma once

#include <random>

#include "dossier/test_world.hpp"

namespace motcua::dossier {

class Walk {
  public:
    explicit Walk(std::uint64_t seed, std::unique_ptr<db::Database> opened = db::open_sqlite(":memory:"))
        : world("2025-07-07T08:00", std::move(opened)), engine(seed) {}

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
                return AssignTask{task, officers[pick(officers.size())]};
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
    std::vector<OfficerId> officers = {OfficerId{1}, world.add_officer("an", "processor", identity::everywhere),
                                       world.add_officer("binh", "approver", identity::everywhere),
                                       world.add_officer("chi", "receiver", identity::everywhere)};
};

}  // namespace motcua::dossier
