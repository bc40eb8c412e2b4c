#include "base/log.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/metrics.hpp"

namespace motcua {
namespace {

TEST(Log, WritesOneJsonObjectALineWithTheRequestId) {
    log::Capture capture;
    log::info("outside", {{"n", 3}});
    {
        log::RequestScope scope("req-1");
        log::warn(
            "inside",
            {{"text", "say \"hi\"\n\x01 đ"}, {"bytes", "a\xff"}, {"ratio", 0.5}, {"ok", true}, {"size", size_t{7}}});
    }
    log::debug("below_the_level");
    auto lines = capture.lines();
    ASSERT_EQ(lines.size(), 2u);
    auto outside = parse_json(lines[0])->as_object();
    EXPECT_EQ(string_or(outside, "level"), "info");
    EXPECT_EQ(int_or(outside, "n", 0), 3);
    EXPECT_FALSE(outside.contains("request_id"));
    auto inside = parse_json(lines[1])->as_object();
    EXPECT_EQ(string_or(inside, "event"), "inside");
    EXPECT_EQ(string_or(inside, "text"), "say \"hi\"\n\x01 đ");
    EXPECT_EQ(string_or(inside, "bytes"), "a\xEF\xBF\xBD");
    EXPECT_EQ(find_bool(inside, "ok"), true);
    EXPECT_EQ(string_or(inside, "request_id"), "req-1");
}

TEST(Log, BlocksAreWrittenLineByLine) {
    log::Capture capture;
    std::string block;
    log::append_line(block, log::Level::info, "a", {});
    log::append_line(block, log::Level::info, "b", {});
    log::write_block(block);
    EXPECT_EQ(capture.lines().size(), 2u);
}

TEST(Metrics, TextIsPrometheusWithEscapedLabels) {
    metrics::Registry registry;
    registry.counter("motcua_requests_total", "Requests answered", {{"route", "/a\"b\\\n"}}).add(2);
    registry.gauge("motcua_connections", "Open connections").set(-1);
    registry.gauge("motcua_lag", "Asked for when read", {}, [] { return 1.5; });
    registry.counter("motcua_z_total", "Counted elsewhere", {}, [] { return 12345678.0; });
    EXPECT_EQ(registry.text(),
              "# HELP motcua_connections Open connections\n# TYPE motcua_connections gauge\nmotcua_connections -1\n"
              "# HELP motcua_lag Asked for when read\n# TYPE motcua_lag gauge\nmotcua_lag 1.5\n"
              "# HELP motcua_requests_total Requests answered\n# TYPE motcua_requests_total counter\n"
              "motcua_requests_total{route=\"/a\\\"b\\\\\\n\"} 2\n"
              "# HELP motcua_z_total Counted elsewhere\n# TYPE motcua_z_total counter\nmotcua_z_total 12345678\n");
}

TEST(Metrics, HistogramCountsUpToAndIncludingItsBounds) {
    metrics::Registry registry;
    constexpr double bounds[] = {1, 10};
    auto& h = registry.histogram("h_seconds", "Time", {{"route", "/"}}, bounds);
    for (double v : {0.5, 1.0, 2.0, 11.0}) h.observe(v);
    EXPECT_EQ(&h, &registry.histogram("h_seconds", "Time", {{"route", "/"}}, bounds));
    auto text = registry.text();
    for (const char* line :
         {"h_seconds_bucket{route=\"/\",le=\"1\"} 2\n", "h_seconds_bucket{route=\"/\",le=\"10\"} 3\n",
          "h_seconds_bucket{route=\"/\",le=\"+Inf\"} 4\n", "h_seconds_sum{route=\"/\"} 14.5\n",
          "h_seconds_count{route=\"/\"} 4\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(Metrics, CountsFromManyThreads) {
    metrics::Registry registry;
    auto& counter = registry.counter("n_total", "N");
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) counter.add();
        });
    threads.clear();
    EXPECT_EQ(counter.value(), 4000u);
}

}  // namespace
}  // namespace motcua
