// Passwords: hashing, bounds, and which ones are too weak; the arithmetic of delays.
#include "identity/password.hpp"

#include <atomic>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "identity/guard.hpp"

namespace motcua::identity {
namespace {

PasswordOptions cheap() { return {.operations = 1, .memory_bytes = 8192}; }

std::string reason(std::string_view password, std::string_view user = "dongyen.tiepnhan",
                   std::string_view name = "Nguyễn Văn An") {
    auto checked = check_password(password, user, name);
    return checked ? "" : checked.error().reason;
}

TEST(Password, IsArgon2idAndNeverTheSameTwice) {
    PasswordHasher hasher(cheap());
    const std::string first = hasher.hash("bốn con voi tím").value(), second = hasher.hash("bốn con voi tím").value();
    EXPECT_TRUE(first.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << first;
    EXPECT_NE(first, second);
    EXPECT_EQ(hasher.verify(first, "bốn con voi tím"), Match::yes);
    EXPECT_EQ(hasher.verify(first, "bốn con voi"), Match::no);
    EXPECT_EQ(hasher.verify("", "bốn con voi tím"), Match::no);
    EXPECT_EQ(hasher.verify("nonsense", "bốn con voi tím"), Match::no);
}

TEST(Password, TypedInAnotherNormalFormIsTheSame) {
    PasswordHasher hasher(cheap());
    EXPECT_EQ(hasher.verify(hasher.hash("t\xC3\xADm voi t\xC3\xADm voi").value(), "ti\xCC\x81m voi ti\xCC\x81m voi"),
              Match::yes);
}

TEST(Password, OtherParametersAreNoticed) {
    PasswordHasher weak(cheap()), strong({.operations = 2, .memory_bytes = 16384});
    EXPECT_EQ(strong.verify(weak.hash("bốn con voi tím").value(), "bốn con voi tím"), Match::yes_outdated);
}

TEST(Password, NoMoreHashesAtOnceThanAllowed) {
    PasswordHasher hasher({.operations = 3, .memory_bytes = 16u << 20, .hashes_at_once = 1, .waiting_max = 1});
    std::latch ready(6);
    std::atomic<int> done{0}, busy{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&] {
            ready.arrive_and_wait();
            auto hash = hasher.hash("bốn con voi tím");
            ++(hash ? done : busy);
            EXPECT_TRUE(hash || hash.error().reason == "session.busy");
        });
    threads.clear();
    EXPECT_GE(done, 2);
    EXPECT_EQ(done + busy, 6);
    EXPECT_TRUE(hasher.hash("bốn con voi tím")) << "all turns were given back";
}

TEST(Password, WeakOnesAreRefused) {
    for (const char* weak : {"matkhau123", "Mật khẩu 2024!", "P@ssw0rd2024", "password!!", "12345678901", "0912345678",
                             "qwertyuiop", "aaaaaaaaaaaa", "abcabcabcabc", "Admin@12345", "Xin-Chao-2025",
                             "anhyeuem1314", "vietnamvodich", "iloveyou!!", "19851985198", "matkhaumatkhau"})
        EXPECT_EQ(reason(weak), "account.password_weak") << weak;
    for (const char* named : {"dongyentiepnhan1", "NguyenVanAn1990", "Nguyễn Văn An!"})
        EXPECT_EQ(reason(named), "account.password_has_name") << named;
    EXPECT_EQ(reason("ngắn"), "account.password_too_short");
    EXPECT_EQ(reason("tám chữ t"), "account.password_too_short");  // characters count, not bytes
    EXPECT_EQ(reason(std::string(513, 'x')), "account.password_too_long");
    EXPECT_EQ(reason("\xFF\xFE invalid bytes"), "account.password_too_long");
}

TEST(Password, FairOnesPass) {
    for (const char* fair : {"bốn con voi tím", "k7wm-x3pd-9fqa-hh2c", "Trời-mưa-đêm-qua-9", "zR8#vvP1qq",
                             "correct horse battery staple", "83920174650192837465"})
        EXPECT_EQ(reason(fair), "") << fair;
}

TEST(Password, MadeOnesAreFairAndDiffer) {
    SystemRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const std::string password = make_password(random);
        EXPECT_EQ(password.size(), 19u);
        EXPECT_EQ(reason(password), "") << password;
        EXPECT_TRUE(seen.insert(password).second);
    }
}

Instant at(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }

TEST(Guard, DelaysGrowAndEnd) {
    GuardState state;
    std::vector<std::int64_t> delays;
    for (int i = 0; i < 20; ++i) {
        state = after_failure(state, at(1'000'000 + i), pair_rule);
        delays.push_back((state.blocked_until - state.last_at).count() / 1000);
    }
    for (int i = 0; i < 5; ++i) EXPECT_LE(delays[size_t(i)], 0) << i;
    EXPECT_EQ(delays[5], 5);
    EXPECT_EQ(delays[6], 10);
    EXPECT_EQ(delays[7], 20);
    EXPECT_EQ(delays[19], 900);
    state = after_failure(state, at(1'000'019 + 24 * 3600), pair_rule);
    EXPECT_EQ(state.failures, 1);
}

TEST(Guard, NoNumberOfFailuresOverflows) {
    GuardState state{.failures = std::int64_t{1} << 60, .last_at = at(5), .blocked_until = at(5)};
    EXPECT_EQ(after_failure(state, at(6), name_rule).blocked_until, at(6) + std::chrono::minutes(1));
}

}  // namespace
}  // namespace motcua::identity
