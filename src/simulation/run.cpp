// Carrying the plan out: one queue of moments, each dossier's next act at its time.
#include <queue>

#include <fmt/format.h>

#include "base/check.hpp"
#include "documents/documents.hpp"
#include "simulation/answers.hpp"
#include "simulation/plan.hpp"

namespace motcua::simulation {

namespace {

using dossier::Command;
using dossier::Dossier;
using dossier::Status;

/// The smallest PDF that is one: what simulated citizens upload.
constexpr std::string_view scan =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 "
    "n \n"
    "0000000054 00000 n \n0000000105 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n168\n%%EOF\n";

constexpr int answer_starts_max = 20;

enum class Act : std::uint8_t { arrive, answer, step, ask_supplement, accept_supplement, withdraw, hand_over };

struct Moment {
    Instant at;
    std::uint32_t dossier;
    Act act;
    /// Earliest first; then in the order of the plan.
    bool operator<(const Moment& other) const { return std::tie(other.at, other.dossier) < std::tie(at, dossier); }
};

class Runner {
  public:
    Runner(const World& world, const std::vector<Planned>& plan, std::uint64_t seed)
        : world_(world),
          plan_(plan),
          random_(seed),
          ids_(plan.size()),
          finish_by_(plan.size()),
          calendar_(*world.service.snapshots().definitions()->standard().calendar) {}

    Result<Summary> run(std::optional<Instant> until) {
        for (std::uint32_t i = 0; i < plan_.size(); ++i) queue_.push({plan_[i].arrives, i, Act::arrive});
        while (!queue_.empty()) {
            Moment moment = queue_.top();
            if (until && moment.at >= *until) break;
            queue_.pop();
            TRY(act(moment));
        }
        summary_.open = summary_.received - summary_.returned - summary_.withdrawn;
        return summary_;
    }

  private:
    Result<void> act(const Moment& moment) {
        const Planned& planned = plan_[moment.dossier];
        switch (moment.act) {
            case Act::arrive:
                return arrive(moment, planned);
            case Act::answer:
                return answer(moment, planned);
            case Act::step:
                return step(moment, planned);
            case Act::ask_supplement:
                return ask_supplement(moment);
            case Act::accept_supplement:
                return accept_supplement(moment, planned);
            case Act::withdraw: {
                TRY(change(moment, dossier::Withdraw{"Không còn nhu cầu"}));
                ++summary_.withdrawn;
                return {};
            }
            case Act::hand_over:
                return hand_over(moment);
        }
        return {};
    }

    Result<void> arrive(const Moment& moment, const Planned& planned) {
        auto content = make_content(moment, planned);
        std::vector<Command> commands = {dossier::OpenDraft{planned.channel, PersonId{}, {}}};
        std::vector<documents::Document> uploads;
        if (planned.channel == dossier::Channel::online) {
            // As a citizen does it: a draft, the scans, then the filing.
            Dossier draft = TRY(open(moment, planned, commands, {}));
            for (const auto& component : planned.procedure->components) {
                if (component.kind != catalogue::ComponentKind::paper || component.optional) continue;
                auto document = TRY(documents::accept_bytes(world_.blobs, world_.ids, {}, {}, "ban-chup.pdf", scan,
                                                            {draft.id, component.code, "visitor", moment.at}));
                draft = TRY(change(moment,
                                   dossier::AttachDocument{document.id, component.code, documents::to_json(document)},
                                   &document));
            }
            content.components.reset();
            Dossier filed = TRY(change(moment, dossier::Submit{std::move(content)}));
            Instant answer_at =
                after_working_minutes(calendar_, moment.at, 20 + static_cast<std::int64_t>(random_.u64() % 240));
            queue_.push({answer_at, moment.dossier, Act::answer});
            return {};
        }
        commands.push_back(dossier::Submit{std::move(content)});
        commands.push_back(dossier::Receive{planned.reception, {}, {}});
        Dossier received = TRY(open(moment, planned, commands, {}));
        return was_received(moment, planned, received);
    }

    Result<void> answer(const Moment& moment, const Planned& planned) {
        if (planned.ending == Ending::refused) {
            TRY(change(moment, dossier::Refuse{"Hồ sơ không thuộc thẩm quyền giải quyết"}));
            ++summary_.refused;
            return {};
        }
        Dossier filed = TRY(load(moment));
        Dossier received = TRY(change(moment, dossier::Receive{filed.receiving_unit, {}, {}}));
        return was_received(moment, planned, received);
    }

    Result<void> was_received(const Moment& moment, const Planned& planned, const Dossier& d) {
        ++summary_.received;
        plan_work(moment, planned, d);
        if (planned.ending == Ending::withdrawn)
            queue_.push({after_working_minutes(calendar_, moment.at, 90), moment.dossier, Act::withdraw});
        else if (planned.supplement)
            queue_.push({after_working_minutes(calendar_, moment.at, 240), moment.dossier, Act::ask_supplement});
        else
            next_step(moment);
        return {};
    }

    /// When the work is to be done: before the due time (and in time to be handed over), or after it.
    void plan_work(const Moment& moment, const Planned& planned, const Dossier& d) {
        Instant due = d.clock->due;
        if (planned.ending == Ending::returned_late) {
            finish_by_[moment.dossier] =
                after_working_minutes(calendar_, due, 60 + static_cast<std::int64_t>(random_.u64() % 600));
            return;
        }
        std::int64_t minutes = calendar::working_minutes_between(calendar_, to_local(moment.at), to_local(due));
        std::int64_t share = 40 + static_cast<std::int64_t>(random_.u64() % 50);  // percent of the time
        Instant by = std::min(
            due, after_working_minutes(calendar_, moment.at, std::max<std::int64_t>(1, minutes * share / 100)));
        if (planned.returned_by && planned.ending == Ending::returned_in_time)
            by = std::min(by, *planned.returned_by - std::chrono::minutes{30});
        finish_by_[moment.dossier] = by;
    }

    void next_step(const Moment& moment) {
        Instant by = finish_by_[moment.dossier];
        std::int64_t left = calendar::working_minutes_between(calendar_, to_local(moment.at), to_local(by));
        Instant at = plan_[moment.dossier].ending == Ending::returned_late
                         ? std::max(moment.at, by)
                         : after_working_minutes(calendar_, moment.at, std::max<std::int64_t>(0, left * 35 / 100));
        queue_.push({std::max(moment.at, std::min(at, std::max(moment.at, by))), moment.dossier, Act::step});
    }

    Result<void> step(const Moment& moment, const Planned& planned) {
        Dossier d = TRY(load(moment));
        auto open = std::ranges::find(d.tasks, dossier::TaskKind::step, &dossier::Task::kind);
        if (open == d.tasks.end()) return {};
        // What stays open is in somebody's hands at the end: the first step is done, the second is under way.
        if (planned.ending == Ending::stays_open && d.status == Status::processing) return {};
        dossier::CompleteStep complete{
            open->id, {{"decision", "next"}, {"ask_opinion", false}, {"site_check", false}}, "", std::nullopt};
        auto answer = change(moment, complete);
        if (!answer && answer.error().reason == "dossier.result_required") {
            complete.result = dossier::ResultDocument{
                dossier::Outcome::granted, "", fmt::format("{}/KQ-UBND", 1 + moment.dossier), "", {}, {}};
            answer = change(moment, complete);
        }
        d = TRY(std::move(answer));
        if (d.status != Status::finished) {
            next_step(moment);
            return {};
        }
        if (d.is_late(moment.at)) ++summary_.late;
        Instant back = after_working_minutes(calendar_, moment.at, 10 + static_cast<std::int64_t>(random_.u64() % 120));
        if (planned.returned_by) back = std::max(moment.at, std::min(back, *planned.returned_by));
        queue_.push({back, moment.dossier, Act::hand_over});
        return {};
    }

    Result<void> ask_supplement(const Moment& moment) {
        TRY(change(moment, dossier::RequestSupplement{{"Bản sao giấy tờ tùy thân còn thời hạn"},
                                                      "Giấy tờ nộp kèm đã hết hạn"}));
        ++summary_.supplemented;
        queue_.push({after_working_minutes(calendar_, moment.at, 960), moment.dossier, Act::accept_supplement});
        return {};
    }
    Result<void> accept_supplement(const Moment& moment, const Planned& planned) {
        Dossier d = TRY(change(moment, dossier::AcceptSupplement{}));
        plan_work(moment, planned, d);
        next_step(moment);
        return {};
    }

    Result<void> hand_over(const Moment& moment) {
        Dossier d = TRY(load(moment));
        bool unpaid =
            std::ranges::any_of(d.fees, [](const dossier::FeeItem& fee) { return !fee.paid && fee.amount.amount > 0; });
        if (unpaid)
            TRY(change(moment, dossier::RecordPayment{d.channel == dossier::Channel::online ? "online" : "cash", ""}));
        TRY(change(moment, dossier::ReturnResult{d.return_channel, d.applicant.name, ""}));
        ++summary_.returned;
        return {};
    }

    dossier::Content make_content(const Moment& moment, const Planned& planned) {
        dossier::Content content;
        bool female = random_.u64() % 2 == 0;
        int birth_year = 1950 + static_cast<int>(random_.u64() % 50);
        content.applicant = dossier::Party{dossier::PartyKind::person,
                                           make_name(random_),
                                           make_citizen_id(random_, female, birth_year),
                                           fmt::format("09{:08}", random_.u64() % 100'000'000),
                                           "",
                                           "Ấp Đông Quý",
                                           planned.place};
        content.filer = dossier::Filer{};
        content.procedure_case = planned.case_code;
        content.return_channel =
            planned.channel == dossier::Channel::post ? dossier::ReturnChannel::post : dossier::ReturnChannel::counter;
        content.components.emplace();
        for (const auto& component : planned.procedure->components)
            if (!component.optional)
                content.components->push_back(
                    {component.code, component.name, component.originals, component.copies, {}});
        if (planned.channel == dossier::Channel::online) content.answers = answers_for(planned, local_day(moment.at));
        return content;
    }

    std::optional<json::object> answers_for(const Planned& planned, LocalDay today) {
        auto definitions = world_.service.snapshots().definitions();
        const auto* form = definitions->find_form(planned.procedure->form);
        if (!form) return std::nullopt;
        // The plan only offers forms that can be filled; one citizen may still need several starts.
        const forms::Facts facts = world_.service.form_facts(today);
        for (int start = 0; start < answer_starts_max; ++start)
            if (auto answers = make_answers(*form->definition, facts, planned.place, random_)) return answers;
        return std::nullopt;
    }

    Result<Dossier> load(const Moment& moment) {
        auto session = world_.database.reader();
        return dossier::get_dossier(*session, ids_[moment.dossier]);
    }
    ledger::Meta meta(const Moment& moment) const {
        return {.at = moment.at, .actor = "simulation", .on_behalf_of = "", .request_id = ""};
    }

    Result<Dossier> open(const Moment& moment, const Planned& planned, const std::vector<Command>& commands,
                         const dossier::ActorFacts& actor) {
        auto session = world_.database.reader();
        auto change = TRY(world_.service.open(*session, planned.procedure->code, commands, actor, meta(moment)));
        ids_[moment.dossier] = change.after.id;
        summary_.events += std::ssize(change.write.events);
        TRY(world_.committer.commit(std::move(change.write)));
        return std::move(change.after);
    }
    Result<Dossier> change(const Moment& moment, const Command& command, const documents::Document* upload = nullptr) {
        auto session = world_.database.reader();
        Dossier d = TRY(dossier::get_dossier(*session, ids_[moment.dossier]));
        auto change = TRY(world_.service.change(*session, d, {command},
                                                {.officer = {}, .person = {}, .system = true, .may_take_over = true},
                                                meta(moment)));
        if (upload) change.write.rows.push_back(documents::insert_document_row(*upload));
        summary_.events += std::ssize(change.write.events);
        TRY(world_.committer.commit(std::move(change.write)));
        return std::move(change.after);
    }

    const World& world_;
    const std::vector<Planned>& plan_;
    SeededRandom random_;
    std::vector<DossierId> ids_;
    std::vector<Instant> finish_by_;
    const calendar::WorkCalendar& calendar_;
    std::priority_queue<Moment> queue_;
    Summary summary_;
};

}  // namespace

Result<Summary> run(const World& world, std::string_view profile, const Options& options) {
    LocalDay first = TRY(first_day(profile, options));
    {
        auto session = world.database.reader();
        auto last = ledger::read_events(*session, world.committer.last_position() - 1, 1);
        if (!last.empty() && local_day(last.back().meta.at) > first)
            return fail(Errc::conflict, "simulation.ledger_is_ahead",
                        {{"last", format_day_vi(local_day(last.back().meta.at))}, {"first", format_day_vi(first)}});
    }
    auto plan = TRY(make_plan(world.service, profile, options));
    return Runner(world, plan, options.seed).run(options.until);
}

}  // namespace motcua::simulation
