// Token buckets by asker and class, and the refusal that says when to come back.
#include "http/rate_limit.hpp"

#include <gtest/gtest.h>

#include "http/test_app.hpp"

namespace motcua::http {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, AMinutesWorthAtOnceThenAsMuchAsFlowsIn) {
    RateLimiter limiter({.address_reads = 60}, 1);
    RateLimiter::Time now{100h};
    for (int i = 0; i < 60; ++i) EXPECT_EQ(limiter.take({}, "192.0.2.1", RateClass::read, now), 0ms);
    const auto wait = limiter.take({}, "192.0.2.1", RateClass::read, now);
    EXPECT_GT(wait, 0ms);
    EXPECT_LE(wait, 1s);
    EXPECT_EQ(limiter.take({}, "192.0.2.2", RateClass::read, now), 0ms) << "somebody else";
    EXPECT_EQ(limiter.take({}, "192.0.2.1", RateClass::write, now), 0ms) << "without a number there is no limit";
    EXPECT_EQ(limiter.take({}, "192.0.2.1", RateClass::read, now + 1s), 0ms);
    EXPECT_GT(limiter.take({}, "192.0.2.1", RateClass::read, now + 1s), 0ms) << "a refused request costs nothing";
    for (int i = 0; i < 60; ++i) EXPECT_EQ(limiter.take({}, "192.0.2.1", RateClass::read, now + 1h), 0ms);
}

TEST(RateLimit, ACounterBehindOneAddressIsCountedByOfficer) {
    RateLimiter limiter({.account_writes = 300, .address_writes = 30}, 1);
    RateLimiter::Time now{100h};
    // 40 officers of one house, each with 60 dossiers of five changes in a morning of four hours.
    for (int minute = 0; minute < 240; ++minute)
        for (int officer = 1; officer <= 40; ++officer)
            for (int change = 0; change < 2; ++change)
                ASSERT_EQ(limiter.take({.kind = PrincipalKind::officer, .id = officer}, "203.0.113.9", RateClass::write,
                                       now + std::chrono::minutes{minute}),
                          0ms);
    int refused = 0;
    for (int i = 0; i < 40; ++i) refused += limiter.take({}, "203.0.113.9", RateClass::write, now).count() > 0;
    EXPECT_EQ(refused, 10) << "visitors of the same house have their own bucket";
    EXPECT_EQ(limiter.take({.kind = PrincipalKind::system}, "", RateClass::write, now), 0ms);
}

TEST(RateLimit, AnIpv6AskerIsItsNetwork) {
    EXPECT_EQ(rate_address("2001:db8:1:2::1"), rate_address("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    EXPECT_NE(rate_address("2001:db8:1:2::1"), rate_address("2001:db8:1:3::1"));
    EXPECT_EQ(rate_address("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(rate_address("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(rate_address("nonsense"), "nonsense");
    EXPECT_EQ(rate_address("fe80::1%eth0"), rate_address("fe80::2"));
}

TEST(RateLimit, AFloodOfAddressesDoesNotFreeTheBusyOnes) {
    RateLimiter limiter({.address_reads = 10}, 7);
    RateLimiter::Time now{100h};
    while (limiter.take({}, "192.0.2.1", RateClass::read, now) == 0ms) {
    }
    for (int i = 0; i < 300'000; ++i)
        limiter.take({}, "198.51." + std::to_string(i), RateClass::read, now + std::chrono::microseconds{i});
    EXPECT_GT(limiter.take({}, "192.0.2.1", RateClass::read, now + 301ms), 0ms);
}

TEST(RateLimit, TheRefusalSaysWhenToComeBack) {
    TestApp app;
    metrics::Registry registry;
    std::vector<std::string> heard;
    Dispatcher dispatcher{app.router,
                          app.authenticator,
                          app.clock,
                          app.ids,
                          app.random,
                          registry,
                          {.access_log = false,
                           .rates = {.account_reads = 1, .address_reads = 1},
                           .refused = [&](const Exchange&, const Error& error) { heard.push_back(error.reason); }}};
    const auto ask = [&] {
        Exchange exchange;
        exchange.request.method = Method::get;
        exchange.request.target = "/api/v1/things/1";
        exchange.request.remote_address = "192.0.2.1";
        db::Lease session = app.database->reader();
        dispatcher.head(exchange, *session);
        return exchange.response;
    };
    ask();
    const Response refused = ask();
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.get("retry-after"), "60");
    EXPECT_NE(refused.body.find("request.too_many"), std::string::npos);
    EXPECT_NE(std::ranges::find(heard, "request.too_many"), heard.end());
}

}  // namespace
}  // namespace motcua::http
