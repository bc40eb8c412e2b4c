#include "calendar/due.hpp"

#include <gtest/gtest.h>

namespace motcua::calendar {
namespace {
TEST(Due, Smoke) {
    auto c = WorkCalendar::from_json(R"({"days_off":{"2023-01-01":"x"}})");
    ASSERT_TRUE(c);
    auto due = due_time(**c, *parse_local("2023-02-23T10:15"), Limit{3000, TimeUnit::working_day});
    ASSERT_TRUE(due);
    EXPECT_EQ(format_local(*due), "2023-02-28T10:15");
}
}  // namespace
}  // namespace motcua::calendar
