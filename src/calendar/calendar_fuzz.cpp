// libFuzzer: any bytes as a calendar file. Either a refusal, or a calendar whose counting holds together.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "calendar/due.hpp"

using namespace motcua;
using namespace motcua::calendar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    auto calendar = WorkCalendar::from_json(text);
    if (!calendar) {
        CHECK(!calendar.error().reason.empty());
        return 0;
    }
    const WorkCalendar& c = **calendar;
    LocalMinute start{c.first_day() + (c.last_day() - c.first_day()) / 2};
    for (TimeUnit unit : {TimeUnit::working_hour, TimeUnit::working_day, TimeUnit::day, TimeUnit::month}) {
        auto due = due_time(c, start, Limit{3000, unit});
        auto explained = explain_due_time(c, start, Limit{3000, unit});
        CHECK(due.has_value() == explained.has_value());
        if (!due) continue;
        CHECK(*due >= start && explained->due == *due);
        if (unit == TimeUnit::working_hour) CHECK(working_minutes_between(c, start, *due) == 180);
    }
    return 0;
}
