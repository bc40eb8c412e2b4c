#include "simulation/plan.hpp"

#include <algorithm>

#include "simulation/answers.hpp"

namespace motcua::simulation {

namespace {

using dossier::Channel;

/// Share of a day's arrivals by hour, in per mille, and none at noon.
struct HourShare {
    int hour, share;
};
constexpr HourShare hours_of_counter[] = {{7, 210},  {8, 240}, {9, 180}, {10, 100},
                                          {13, 100}, {14, 90}, {15, 55}, {16, 25}};
constexpr HourShare hours_of_online[] = {{6, 30},  {7, 90},  {8, 120}, {9, 110}, {10, 90}, {11, 60}, {12, 50},
                                         {13, 70}, {14, 90}, {15, 80}, {16, 60}, {19, 60}, {20, 60}, {21, 30}};

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_.u64() % n); }
    bool chance(int per_mille) { return below(1000) < static_cast<std::size_t>(per_mille); }
    template <std::size_t N>
    int hour(const HourShare (&shares)[N]) {
        int left = static_cast<int>(below(1000));
        for (const HourShare& s : shares) {
            left -= s.share;
            if (left < 0) return s.hour;
        }
        return shares[0].hour;
    }

  private:
    SeededRandom random_;
};

struct Offer {
    catalogue::ProcedurePtr procedure;
    std::string case_code;
    Channel channel;
    calendar::Limit limit;
    bool same_day = false;
};

/// Working days from `from` on.
std::vector<LocalDay> working_days(const calendar::WorkCalendar& calendar, LocalDay from, LocalDay until) {
    std::vector<LocalDay> days;
    for (LocalDay day = from; day < until && calendar.covers(day); day += std::chrono::days{1})
        if (calendar.is_working_day(day)) days.push_back(day);
    return days;
}

/// Whether the simulated citizens can fill in its form.
bool answerable(dossier::Service& service, const catalogue::Procedure& procedure, LocalDay day) {
    auto definitions = service.snapshots().definitions();
    const auto* form = definitions->find_form(procedure.form);
    if (!form) return true;
    SeededRandom random{1};
    auto directory = service.snapshots().directory();
    for (const organisation::Unit& unit : directory->units())
        if (unit.level == organisation::Level::commune && unit.validity.covers(day))
            return make_answers(*form->definition, service.form_facts(day), unit.gso, random).has_value();
    return false;
}

/// Everything that can be filed in the whole span: with a limit, through that channel, all fees known.
std::vector<Offer> offers(dossier::Service& service, LocalDay from, LocalDay until) {
    std::vector<Offer> found;
    auto catalogue = service.snapshots().catalogue();
    catalogue::Filter filter{.day = from};
    for (std::string after;;) {
        auto page = catalogue->list_procedures(filter, after, 500);
        if (page.empty()) break;
        for (const auto& procedure : page) {
            after = procedure->code;
            auto later = catalogue->find_procedure(procedure->code, until);
            if (!procedure->is_published_on(from) || !later || later->version != procedure->version) continue;
            if (procedure->process.empty()) continue;
            for (catalogue::Channel channel : procedure->channels) {
                if (channel == catalogue::Channel::online && !answerable(service, *procedure, from)) continue;
                std::string case_code = procedure->cases.empty() ? "" : procedure->cases.front().code;
                auto limit = catalogue::find_limit(*procedure, channel, case_code);
                if (!limit) continue;
                found.push_back({procedure, case_code, *dossier::find_channel(catalogue::to_text(channel)),
                                 limit->limit, limit->same_day});
            }
        }
    }
    return found;
}

std::vector<const organisation::Unit*> units_on(const organisation::Directory& directory, LocalDay from, LocalDay until,
                                                organisation::Level level, bool receives) {
    std::vector<const organisation::Unit*> units;
    for (const organisation::Unit& unit : directory.units())
        if (unit.level == level && unit.validity.covers(from) && unit.validity.covers(until) &&
            (!receives || unit.is_reception_point()))
            units.push_back(&unit);
    return units;
}

Instant at(LocalDay day, int hour, std::size_t minute) {
    return to_instant(LocalMinute{day} + std::chrono::hours{hour} + std::chrono::minutes{minute});
}

class Planner {
  public:
    Planner(dossier::Service& service, LocalDay from, LocalDay until, std::uint64_t seed)
        : service_(service),
          directory_(service.snapshots().directory()),
          definitions_(service.snapshots().definitions()),
          calendar_(*definitions_->standard().calendar),
          dice_(seed),
          offers_(offers(service, from, until)),
          communes_(units_on(*directory_, from, until, organisation::Level::commune, true)) {}

    bool empty() const { return offers_.empty() || communes_.empty(); }
    Dice& dice() { return dice_; }
    const calendar::WorkCalendar& calendar() const { return calendar_; }

    /// An offer of the channel that `fits`; most of what people file is settled by the commune.
    template <class Fits>
    const Offer* pick(Channel channel, Fits fits) {
        std::vector<const Offer*> fitting;
        for (const Offer& offer : offers_) {
            if (offer.channel != channel || !fits(offer)) continue;
            bool commune =
                std::ranges::find(offer.procedure->levels, catalogue::Level::commune) != offer.procedure->levels.end();
            for (int weight = commune ? 6 : 1; weight > 0; --weight) fitting.push_back(&offer);
        }
        return fitting.empty() ? nullptr : fitting[dice_.below(fitting.size())];
    }

    Planned plan(const Offer& offer, LocalDay day) {
        Planned planned;
        planned.channel = offer.channel;
        planned.procedure = offer.procedure;
        planned.case_code = offer.case_code;
        const organisation::Unit* commune = communes_[dice_.below(communes_.size())];
        planned.place = commune->gso;
        bool own =
            std::ranges::find(offer.procedure->levels, catalogue::Level::commune) != offer.procedure->levels.end();
        planned.reception = commune->id;
        if (!own) {
            auto competent = service_.competence(*offer.procedure, dossier::Dossier{}, commune->id, day);
            if (competent) planned.reception = service_.reception_of(competent->unit, day);
        }
        int hour = offer.channel == Channel::online ? dice_.hour(hours_of_online) : dice_.hour(hours_of_counter);
        planned.arrives = at(day, hour, dice_.below(60));
        return planned;
    }

    /// When the offer is due if it is received at that hour of `day`: early and late receptions frame the due time.
    Instant due(const Offer& offer, LocalDay day, int hour) const {
        auto due = calendar::due_time(calendar_, LocalMinute{day} + std::chrono::hours{hour},
                                      std::span(&offer.limit, 1), {.same_day = offer.same_day});
        return due ? to_instant(*due) : Instant::max();
    }

  private:
    dossier::Service& service_;
    std::shared_ptr<const organisation::Directory> directory_;
    definitions::DefinitionsPtr definitions_;
    const calendar::WorkCalendar& calendar_;
    Dice dice_;
    std::vector<Offer> offers_;
    std::vector<const organisation::Unit*> communes_;
};

// The quarter as it was reported: received by channel, returned by channel, of the counter's eleven late. All of it
// lies between 1 July and 14 September, so that the calendar quarter and the reporting quarter of Decree 09/2019 (which
// ends on the 14th) give the same figures; what stays open is due in October or later.
struct QuarterRow {
    Channel channel;
    int received, returned, late;
};
constexpr QuarterRow quarter_2019q3[] = {
    {Channel::counter, 6063, 4787, 11}, {Channel::online, 660, 334, 0}, {Channel::post, 544, 395, 0}};
constexpr LocalDay quarter_first{std::chrono::year{2019} / 7 / 1};
constexpr LocalDay quarter_last{std::chrono::year{2019} / 9 / 13};  // last working day of the reporting quarter
constexpr int first_hour = 6, last_hour = 16;                       // of arrivals that reception answers
constexpr LocalDay quarter_end{std::chrono::year{2019} / 10 / 1};

Result<std::vector<Planned>> plan_quarter(dossier::Service& service, std::uint64_t seed) {
    Planner planner(service, quarter_first, quarter_end, seed);
    if (planner.empty()) return fail(Errc::invalid, "simulation.no_procedures", {{"day", format_day(quarter_first)}});
    auto days = working_days(planner.calendar(), quarter_first, quarter_last);
    const Instant returned_by = at(quarter_last, 16, 30);
    const Instant still_running = at(quarter_end, 0, 0);
    std::vector<Planned> plan;
    for (const QuarterRow& row : quarter_2019q3) {
        for (int i = 0; i < row.received; ++i) {
            bool late = i < row.late, open = i >= row.returned;
            // Filed early enough to be finished in time, or late enough to be due in the next quarter.
            const Offer* offer = nullptr;
            LocalDay day{};
            for (int attempt = 0; attempt < 200 && !offer; ++attempt) {
                std::size_t tail = std::min<std::size_t>(days.size(), 12);
                day = open ? days[days.size() - 1 - planner.dice().below(tail)]
                           : days[planner.dice().below(days.size() - 3)];
                offer = planner.pick(row.channel, [&](const Offer& o) {
                    if (open) return planner.due(o, day, first_hour) > still_running;
                    return planner.due(o, day, last_hour) < returned_by - std::chrono::hours{late ? 72 : 24};
                });
            }
            if (!offer) return fail(Errc::invalid, "simulation.no_procedures", {{"day", format_day(day)}});
            Planned planned = planner.plan(*offer, day);
            planned.ending = open ? Ending::stays_open : late ? Ending::returned_late : Ending::returned_in_time;
            planned.returned_by = returned_by;
            plan.push_back(std::move(planned));
        }
    }
    return plan;
}

Result<std::vector<Planned>> plan_traffic(dossier::Service& service, const Options& options) {
    LocalDay until = options.from + std::chrono::days{options.days};
    Planner planner(service, options.from, until, options.seed);
    if (planner.empty()) return fail(Errc::invalid, "simulation.no_procedures", {{"day", format_day(options.from)}});
    auto days = working_days(planner.calendar(), options.from, until);
    if (days.empty()) return fail(Errc::invalid, "simulation.no_working_day", {{"day", format_day(options.from)}});
    std::vector<Planned> plan;
    Dice& dice = planner.dice();
    for (int i = 0; i < options.dossiers; ++i) {
        Channel channel = dice.chance(520) ? Channel::online : dice.chance(120) ? Channel::post : Channel::counter;
        const Offer* offer = planner.pick(channel, [](const Offer&) { return true; });
        if (!offer) offer = planner.pick(Channel::counter, [](const Offer&) { return true; });
        if (!offer) return fail(Errc::invalid, "simulation.no_procedures", {{"day", format_day(options.from)}});
        Planned planned = planner.plan(*offer, days[dice.below(days.size())]);
        planned.ending = dice.chance(15)   ? Ending::refused
                         : dice.chance(10) ? Ending::withdrawn
                         : dice.chance(20) ? Ending::returned_late
                                           : Ending::returned_in_time;
        if (planned.ending == Ending::refused && planned.channel != Channel::online)
            planned.ending = Ending::returned_in_time;
        planned.supplement = planned.ending == Ending::returned_in_time &&
                             offer->limit.unit == calendar::TimeUnit::working_day &&
                             offer->limit.amount_milli >= 3000 && dice.chance(50);
        plan.push_back(std::move(planned));
    }
    return plan;
}

}  // namespace

Result<LocalDay> first_day(std::string_view profile, const Options& options) {
    if (profile.empty()) return options.from;
    if (profile == kien_giang_2019q3) return quarter_first;
    return fail(Errc::invalid, "simulation.profile_unknown",
                {{"profile", std::string(profile)}, {"profiles", std::string(kien_giang_2019q3)}});
}

Result<std::vector<Planned>> make_plan(dossier::Service& service, std::string_view profile, const Options& options) {
    TRY(first_day(profile, options));
    auto plan = TRY(profile.empty() ? plan_traffic(service, options) : plan_quarter(service, options.seed));
    std::ranges::stable_sort(plan, {}, &Planned::arrives);
    return plan;
}

Instant after_working_minutes(const calendar::WorkCalendar& calendar, Instant from, std::int64_t minutes) {
    LocalMinute start = to_local(from);
    std::int64_t before = calendar.minutes_before(start);
    if (before + minutes >= calendar.minutes_total() || before + minutes <= 0) return from;
    return std::max(from, to_instant(calendar.moment_after(before + minutes)));
}

}  // namespace motcua::simulation
