// Random due times against a brute-force oracle that knows nothing of src/calendar: it walks minute by minute and day
// by day. MOTCUA_CALENDAR_CASES sets the number of cases, MOTCUA_SEED the seed (printed).
#include <cstdio>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "calendar/test_support.hpp"

namespace motcua::calendar {
namespace {

constexpr long never = -1, outside = -2, open_end = 1L << 60;

struct PlainLimit {
    int unit;  // 0 minutes of work, 1 days, 2 months
    long amount;
};
struct PlainPause {
    long from, to;
};
struct PlainDate {
    int year, month, day;
};

/// Minutes are counted from midnight of the first day of a window; `works` has one entry a minute, `dates` one a day.
struct Oracle {
    std::vector<char> works;
    std::vector<PlainDate> dates;
    std::vector<PlainPause> pauses;

    long minutes() const { return long(works.size()); }
    long days() const { return long(dates.size()); }
    bool paused(long m) const {
        return std::ranges::any_of(pauses, [&](auto& p) { return p.from <= m && m < p.to; });
    }
    bool paused_for_good(long m) const {
        return std::ranges::any_of(pauses, [&](auto& p) { return p.from <= m && p.to == open_end; });
    }
    /// End of the last worked minute of the day; -1 on a day off.
    long close(long d) const {
        for (long m = 1440; m > 0; --m)
            if (works[d * 1440 + m - 1]) return d * 1440 + m;
        return -1;
    }

    long after_work(long t, long need) const {
        for (bool nothing = need == 0;; ++t) {
            if (need == 0 && !nothing) return t;
            if (t >= minutes()) return outside;
            if (paused_for_good(t)) return never;
            if (!works[t] || paused(t)) continue;
            if (nothing) return t;
            --need;
        }
    }

    /// Days until the day of that number `months` later, or until that month's last; beyond the window when there is
    /// none.
    long days_of(long d, long months) const {
        long month = dates[d].year * 12 + dates[d].month + months;
        for (long e = d; e < days(); ++e) {
            bool last_of_month = e + 1 == days() || dates[e + 1].day == 1;
            if (dates[e].year * 12 + dates[e].month == month && (dates[e].day == dates[d].day || last_of_month))
                return e - d;
        }
        return days();
    }
    long after_days(long t, long need) const {
        for (long first = t / 1440, d = first; d < days(); ++d) {
            bool stood_still = false, stands_still = false;  // over the day; at its end
            for (auto& p : pauses) {
                if (p.to <= t) continue;
                long from = std::max(p.from, t) / 1440, to = p.to / 1440;
                stood_still |= from < d && d <= to;
                stands_still |= from <= d && d < to;
            }
            if (d > first && !stood_still && need > 0) --need;
            if (need == 0 && close(d) >= 0 && !stands_still) return d * 1440 + 1439;
            if (stands_still && paused_for_good(d * 1440 + 1439)) return never;
        }
        return outside;
    }

    long after_whole_days(long t, long need, long cutoff) const {
        auto next_open = [&](long d) {
            while (d < days() && close(d) < 0) ++d;
            return d;
        };
        auto first = [&](long m) {
            long d = m / 1440;
            return next_open(close(d) < 0 || m % 1440 > cutoff || m >= close(d) ? d + 1 : d);
        };
        for (long d = first(t);;) {
            long end = d < days() ? close(d) : minutes();
            auto hit = std::ranges::find_if(pauses, [&](auto& p) { return p.to > t && p.from < end; });
            if (hit != pauses.end()) {
                if (hit->to == open_end) return never;
                if (hit->to >= minutes()) return outside;
                t = hit->to;
                d = first(t);
            } else {
                if (d == days()) return outside;
                if (--need == 0) return close(d);
                d = next_open(d + 1);
            }
        }
    }

    /// `cutoff` below 0: no same-day rule.
    long due(long t, const std::vector<PlainLimit>& limits, long cutoff, bool end_of_day) const {
        for (size_t i = 0; i < limits.size() && t >= 0;) {
            if (t >= minutes()) return outside;
            long sum[3] = {0, 0, 0};
            bool working = limits[i].unit == 0;
            for (; i < limits.size() && (limits[i].unit == 0) == working; ++i) sum[limits[i].unit] += limits[i].amount;
            t = !working      ? after_days(t, days_of(t / 1440, sum[2]) + sum[1])
                : cutoff >= 0 ? after_whole_days(t, std::max(1L, (sum[0] + 479) / 480), cutoff)
                              : after_work(t, sum[0]);
        }
        bool ends_its_day = t > 0 && t % 1440 == 0 && close(t / 1440 - 1) == t;
        return end_of_day && t >= 0 && !ends_its_day ? close(t / 1440) : t;
    }
};

/// A random calendar twice: as the oracle's plain minutes and as the text of a calendar file.
class World {
  public:
    explicit World(std::mt19937_64& random) : random_(random) {
        int start_year = 2023 + int(pick(3));
        for (int y = start_year; y < start_year + 2; ++y) {
            bool leap = y % 4 == 0;
            const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
            for (int m = 0; m < 12; ++m)
                for (int d = 1; d <= lengths[m]; ++d) oracle.dates.push_back({y, m + 1, d});
        }
        // 1 January 2023 was a Sunday; 2023 has 365 days, 2024 has 366.
        first_weekday_ = start_year == 2023 ? 6 : start_year == 2024 ? 0 : 2;
        for (int w = 0; w < 7; ++w) {
            if (w < 5 ? pick(20) == 0 && w > 0 : pick(4) != 0) continue;
            int at = int(pick(9)) * 60;
            for (auto n = 1 + pick(3); n > 0 && at < 1380; --n) {
                int from = std::min(1439, at + int(pick(120))), to = std::min(1440, from + 1 + int(pick(300)));
                sessions_[w].push_back({from, to});
                at = to + (pick(3) ? int(pick(120)) : 0);
            }
        }
        if (sessions_[0].empty()) sessions_[0].push_back({420, 660});
        for (auto n = pick(30); n > 0; --n) {
            size_t d = 1 + pick(oracle.dates.size() - 12);
            for (auto run = 1 + pick(8); run > 0; --run) off_.insert(d++);
        }
        for (auto n = pick(6); n > 0; --n)
            if (size_t d = pick(oracle.dates.size()); !off_.contains(d)) on_.insert(d);
        fill();
    }

    /// A late notice: some days change. Answers it as text.
    std::string edit() {
        std::string off, on;
        for (auto n = 1 + pick(3); n > 0; --n) {
            size_t d = pick(oracle.dates.size());
            bool close = pick(2) == 0;
            if (edited_.contains(d)) continue;
            edited_.insert(d);
            (close ? off_ : on_).insert(d);
            (close ? on_ : off_).erase(d);
            auto& list = close ? off : on;
            list += (list.empty() ? "\"" : ",\"") + date(d) + (close ? "\":null" : "\"");
        }
        edited_.clear();
        fill();
        return "{\"days_off\":{" + off + "},\"makeup_workdays\":[" + on + "]}";
    }

    std::string text() const {
        std::string t =
            "{\"valid_from\":\"" + date(0) + "\",\"valid_to\":\"" + date(oracle.dates.size() - 1) + "\",\"sessions\":{";
        const char* names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
        for (int w = 0; w < 7; ++w) {
            t += (w ? ",\"" : "\"") + std::string(names[w]) + "\":[";
            for (size_t i = 0; i < sessions_[w].size(); ++i)
                t += (i ? ",\"" : "\"") + clock(sessions_[w][i].first) + "-" + clock(sessions_[w][i].second) + "\"";
            t += "]";
        }
        t += "},\"days_off\":{";
        for (size_t d : off_) t += (t.back() == '{' ? "\"" : ",\"") + date(d) + "\":\"closed\"";
        t += "},\"makeup_workdays\":[";
        for (size_t d : on_) t += (t.back() == '[' ? "\"" : ",\"") + date(d) + "\"";
        return t + "]}";
    }

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    /// One time in four the next opening or closing at or after `t`: where off-by-one errors live.
    long often_at_edge(long t) {
        long end = long(oracle.works.size());
        if (pick(4) == 0 && t > 0)
            while (t < end - 1 && oracle.works[size_t(t)] == oracle.works[size_t(t) - 1]) ++t;
        return t;
    }
    Oracle oracle;

  private:
    static std::string clock(int minute) {
        char text[16];
        std::snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
        return text;
    }
    std::string date(size_t d) const {
        char text[40];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", oracle.dates[d].year, oracle.dates[d].month,
                      oracle.dates[d].day);
        return text;
    }
    void fill() {
        oracle.works.assign(oracle.dates.size() * 1440, 0);
        for (size_t d = 0; d < oracle.dates.size(); ++d) {
            auto w = (d + size_t(first_weekday_)) % 7;
            if (off_.contains(d)) continue;
            if (on_.contains(d))  // worked like the first day of the week that is worked
                for (w = 0; sessions_[w].empty();) ++w;
            for (auto [from, to] : sessions_[w])
                for (int m = from; m < to; ++m) oracle.works[d * 1440 + size_t(m)] = 1;
        }
    }

    std::mt19937_64& random_;
    int first_weekday_ = 0;
    std::array<std::vector<std::pair<int, int>>, 7> sessions_;
    std::set<size_t> off_, on_, edited_;
};

struct Case {
    long start;
    std::vector<PlainLimit> plain;
    std::vector<Limit> limits;
    std::vector<PlainPause> pauses;
    DueRules rules;
};

Case random_case(World& world) {
    Case c;
    auto pick = [&](std::uint64_t below) { return world.pick(below); };
    long window = long(world.oracle.works.size());
    // Mostly short: the oracle pays for every minute. Now and then past the end of the window.
    c.start = pick(40) == 0 ? window - 1 - long(pick(20000)) : long(pick(std::uint64_t(window - 100 * 1440)));
    c.start = world.often_at_edge(c.start);
    bool working_only = pick(4) != 0;
    c.rules.same_day = working_only && pick(8) == 0;
    c.rules.cutoff = std::chrono::minutes{pick(3) == 0 ? 900 : pick(2) ? c.start % 1440 : long(pick(1440))};
    c.rules.due_at_end_of_day = pick(8) == 0;
    for (auto n = pick(5) == 0 ? 1 + pick(3) : 1; n > 0; --n) {
        switch (working_only ? pick(2) : pick(4)) {
            case 0: {
                long quarter_hours = long(pick(pick(4) ? 40 : 200));
                c.plain.push_back({0, quarter_hours * 15});
                c.limits.push_back({quarter_hours * 250, TimeUnit::working_hour});
                break;
            }
            case 1: {
                long eighths = long(pick(pick(4) ? 24 : 160));
                c.plain.push_back({0, eighths * 60});
                c.limits.push_back({eighths * 125, TimeUnit::working_day});
                break;
            }
            case 2: {
                long days = long(pick(60));
                c.plain.push_back({1, days});
                c.limits.push_back({days * 1000, TimeUnit::day});
                break;
            }
            default: {
                long months = long(pick(4));
                c.plain.push_back({2, months});
                c.limits.push_back({months * 1000, TimeUnit::month});
            }
        }
    }
    if (pick(3) == 0) {
        long at = std::max(0L, c.start + long(pick(4000)) - 500);
        for (auto n = 1 + pick(3); n > 0; --n) {
            long from = world.often_at_edge(at), to = world.often_at_edge(from + long(pick(pick(2) ? 600 : 12000)));
            c.pauses.push_back({from, to});
            at = to + long(pick(6000));
        }
        if (pick(6) == 0) c.pauses.back().to = open_end;
    }
    return c;
}

std::string show(const World& world, const Case& c) {
    std::string text = world.text() + "\nstart " + std::to_string(c.start) + " limits";
    for (auto& l : c.limits) text += " " + format_amount(l.amount_milli) + std::string(to_text(l.unit));
    for (auto& p : c.pauses) text += " pause " + std::to_string(p.from) + ".." + std::to_string(p.to);
    if (c.rules.same_day) text += " same_day " + std::to_string(c.rules.cutoff.count());
    if (c.rules.due_at_end_of_day) text += " end_of_day";
    return text;
}

TEST(Oracle, RandomDueTimesAreEqual) {
    std::uint64_t cases = motcua::test::number_given("MOTCUA_CALENDAR_CASES", 100'000);
    std::uint64_t seed = motcua::test::number_given("MOTCUA_SEED", std::random_device{}());
    std::printf("cases %lu seed %lu\n", cases, seed);
    std::mt19937_64 random(seed);
    std::uint64_t times = 0, stopped = 0, refused = 0;
    for (std::uint64_t done = 0; done < cases;) {
        World world(random);
        auto built = WorkCalendar::from_json(world.text());
        ASSERT_TRUE(built) << world.text();
        WorkCalendarPtr calendar = *built;
        for (int edits = 0; edits < 3; ++edits) {
            LocalMinute zero{calendar->first_day()};
            auto to_moment = [&](long m) { return m == open_end ? not_yet : zero + std::chrono::minutes{m}; };
            for (int i = 0; i < 300 && done < cases; ++i, ++done) {
                Case c = random_case(world);
                std::vector<PauseSpan> pauses;
                for (auto& p : c.pauses) pauses.push_back({to_moment(p.from), to_moment(p.to)});
                world.oracle.pauses = c.pauses;
                long expected = world.oracle.due(c.start, c.plain, c.rules.same_day ? c.rules.cutoff.count() : -1,
                                                 c.rules.due_at_end_of_day);
                auto found = due_time(*calendar, to_moment(c.start), c.limits, c.rules, pauses);
                long answer = !found ? outside : *found == not_yet ? never : (*found - zero).count();
                if (!found) {
                    ASSERT_EQ(found.error().reason, "calendar.out_of_range") << show(world, c);
                }
                ASSERT_EQ(answer, expected) << show(world, c);
                ++(answer >= 0 ? times : answer == never ? stopped : refused);
                if (i % 16 != 0) continue;
                auto explained = explain_due_time(*calendar, to_moment(c.start), c.limits, c.rules, pauses);
                ASSERT_EQ(bool(explained), bool(found)) << show(world, c);
                if (!explained) continue;
                ASSERT_EQ(explained->due, *found) << show(world, c);
                long minutes = 0, need = 0;
                for (auto& interval : explained->trace.counted)
                    if (!interval.calendar_days) minutes += (interval.to - interval.from).count();
                for (auto& limit : c.plain) need += limit.unit == 0 ? limit.amount : 0;
                if (!c.rules.same_day && answer >= 0) {
                    ASSERT_EQ(minutes, need) << show(world, c);
                }
            }
            auto notice = read_notice(world.edit());
            ASSERT_TRUE(notice);
            calendar = calendar->with_notice(*notice).value();
        }
    }
    std::printf("%lu due times, %lu stopped, %lu out of range, all equal\n", times, stopped, refused);
    EXPECT_GT(times, cases * 8 / 10);
}

TEST(Oracle, Algebra) {
    std::uint64_t seed = motcua::test::number_given("MOTCUA_SEED", std::random_device{}());
    std::printf("seed %lu\n", seed);
    std::mt19937_64 random(seed);
    auto calendar = test::shipped("saturday-morning");
    LocalMinute zero = test::at("2018-06-01");
    auto due = [&](LocalMinute t, std::vector<Limit> limits) { return due_time(*calendar, t, limits, {}).value(); };
    for (int i = 0; i < 20'000; ++i) {
        LocalMinute start = zero + std::chrono::minutes{long(random() % (50ul * 365 * 1440))};
        LocalMinute later = start + std::chrono::minutes{long(random() % 10'000)};
        TimeUnit unit = random() % 2 ? TimeUnit::working_hour : TimeUnit::working_day;
        Limit a{1 + long(random() % 200) * 250, unit}, b{1 + long(random() % 200) * 250, unit};
        a.amount_milli = a.amount_milli / 250 * 250 + 250;
        b.amount_milli = b.amount_milli / 250 * 250 + 250;
        Limit sum{a.amount_milli + b.amount_milli, unit};
        // a, then b, is a + b; also when written as one mixed limit
        ASSERT_EQ(due(due(start, {a}), {b}), due(start, {sum})) << format_local(start);
        ASSERT_EQ(due(start, {a, b}), due(start, {sum})) << format_local(start);
        // later start, later due time
        for (Limit limit :
             {a, Limit{long(random() % 100) * 1000, TimeUnit::day}, Limit{long(random() % 24) * 1000, TimeUnit::month}})
            ASSERT_LE(due(start, {limit}), due(later, {limit})) << format_local(start) << " " << to_text(limit.unit);
        // moving the start into working time changes nothing
        LocalMinute moved = due(start, {Limit{0, unit}});
        ASSERT_GE(moved, start);
        ASSERT_EQ(due(moved, {a}), due(start, {a})) << format_local(start);
        ASSERT_EQ(due(moved, {Limit{0, unit}}), moved);
        // the counted minutes lie between start and due
        std::int64_t per_unit = unit == TimeUnit::working_hour ? 60 : 480;
        ASSERT_EQ(working_minutes_between(*calendar, start, due(start, {a})), a.amount_milli * per_unit / 1000);
        // two parts of a calendar period never end later than one after the other
        Limit c{long(random() % 40) * 1000, TimeUnit::day}, d{long(random() % 40) * 1000, TimeUnit::day};
        ASSERT_EQ(due(start, {c, d}), due(start, {Limit{c.amount_milli + d.amount_milli, TimeUnit::day}}));
        ASSERT_LE(due(start, {c, d}), due(due(start, {c}), {d}));
    }
}

}  // namespace
}  // namespace motcua::calendar
