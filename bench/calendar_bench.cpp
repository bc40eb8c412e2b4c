// Due times: nanoseconds each, as ratios to a bare binary search over the days' prefix sums (the least that any such
// engine does) and to walking minute by minute. `--brief` runs a few rounds, to see that it still works.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "calendar/due.hpp"
#include "resources/resources.hpp"

namespace {
using namespace motcua;
using namespace motcua::calendar;

struct Start {
    LocalMinute at;
    Limit limit;
};

/// The whole range minute by minute, and the working minutes before each day.
struct Plain {
    std::vector<char> works;
    std::vector<std::int64_t> before_day;
    LocalMinute zero;

    explicit Plain(const WorkCalendar& calendar) : zero(calendar.first_day()) {
        std::int64_t before = 0;
        for (LocalDay day = calendar.first_day(); day <= calendar.last_day(); day += std::chrono::days{1}) {
            before_day.push_back(before);
            works.resize(works.size() + 1440);
            char* minutes = works.data() + works.size() - 1440;
            for (const Session& s : calendar.sessions_on(day)) {
                std::fill(minutes + s.from_minute, minutes + s.to_minute, char{1});
                before += s.to_minute - s.from_minute;
            }
        }
    }
    std::int64_t walk(LocalMinute from, std::int64_t need) const {
        auto t = static_cast<std::size_t>((from - zero).count());
        for (; need > 0; ++t) need -= works[t];
        return static_cast<std::int64_t>(t);
    }
    std::int64_t search(LocalMinute from, std::int64_t need) const {
        auto day = static_cast<std::size_t>((from - zero).count() / 1440);
        auto it = std::lower_bound(before_day.begin(), before_day.end(), before_day[day] + need);
        return it - before_day.begin();
    }
};

volatile std::int64_t sink;  // keeps the results alive

/// Nanoseconds of one call: the best of `rounds` runs over all starts.
template <class F>
double nanoseconds(const std::vector<Start>& starts, int rounds, F&& call) {
    double best = 1e300;
    for (int round = 0; round < rounds; ++round) {
        std::int64_t sum = 0;
        auto begin = std::chrono::steady_clock::now();
        for (const Start& start : starts) sum += call(start);
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        sink = sum;
        best = std::min(best, took.count() / static_cast<double>(starts.size()));
    }
    return best;
}

std::int64_t minutes_of(const Limit& limit) {
    return limit.amount_milli * (limit.unit == TimeUnit::working_hour ? 60 : 480) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
    bool brief = argc > 1 && std::string_view(argv[1]) == "--brief";
    auto find = [](std::string_view id) { return resources::find_resource(fmt::format("calendars/{}.json", id)); };
    auto begin = std::chrono::steady_clock::now();
    auto loaded = load_calendar_by_id("vietnam", find);
    if (!loaded) return 1;
    std::chrono::duration<double, std::milli> build = std::chrono::steady_clock::now() - begin;
    const WorkCalendar& calendar = **loaded;
    Plain plain(calendar);

    std::mt19937_64 random(20190801);
    auto make = [&](TimeUnit unit, std::int64_t most) {
        std::vector<Start> starts(brief ? 256 : 65'536);
        LocalMinute first{LocalDay{std::chrono::year{2019} / 1 / 1}};
        for (Start& start : starts) {
            start.at = first + std::chrono::minutes{static_cast<std::int64_t>(random() % (9ull * 365 * 1440))};
            start.limit = {1000 * static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(most)), unit};
        }
        return starts;
    };
    auto days = make(TimeUnit::working_day, 30);
    auto hours = make(TimeUnit::working_hour, 40);
    auto calendar_days = make(TimeUnit::day, 60);
    auto months = make(TimeUnit::month, 6);
    int rounds = brief ? 1 : 20;

    double search = nanoseconds(days, rounds, [&](const Start& s) { return plain.search(s.at, minutes_of(s.limit)); });
    double walk =
        nanoseconds(days, brief ? 1 : 3, [&](const Start& s) { return plain.walk(s.at, minutes_of(s.limit)); });
    auto count = [&](const Start& s) { return due_time(calendar, s.at, s.limit)->time_since_epoch().count(); };
    auto with_pauses = [&](const Start& s) {
        PauseSpan pauses[] = {{s.at + std::chrono::hours{3}, s.at + std::chrono::hours{80}},
                              {s.at + std::chrono::hours{100}, s.at + std::chrono::hours{101}}};
        return due_time(calendar, s.at, std::span(&s.limit, 1), {}, pauses)->time_since_epoch().count();
    };
    auto explain = [&](const Start& s) {
        return static_cast<std::int64_t>(explain_due_time(calendar, s.at, s.limit)->trace.notes.size());
    };

    fmt::print("calendar of {} days built in {:.1f} ms\n\n", plain.before_day.size(), build.count());
    fmt::print("{:<44}{:>10}{:>18}{:>16}\n", "", "ns each", "x binary search", "x faster than");
    fmt::print("{:<44}{:>10}{:>18}{:>16}\n", "", "", "", "minute walk");
    auto row = [&](std::string_view what, double ns) {
        fmt::print("{:<44}{:>10.1f}{:>18.2f}{:>16.0f}\n", what, ns, ns / search, walk / ns);
    };
    row("bare binary search over prefix sums", search);
    row("walk minute by minute (1-30 working days)", walk);
    row("due time, 1-30 working days", nanoseconds(days, rounds, count));
    row("due time, 1-40 working hours", nanoseconds(hours, rounds, count));
    row("due time, 1-60 days", nanoseconds(calendar_days, rounds, count));
    row("due time, 1-6 months", nanoseconds(months, rounds, count));
    row("due time, 1-30 working days, two pauses", nanoseconds(days, rounds, with_pauses));
    row("due time with its explanation", nanoseconds(days, brief ? 1 : 3, explain));
    return 0;
}
