// A small application for the tests of this folder: things with a version and a total, and a few routes that misbehave.
#pragma once

#include <atomic>
#include <memory>

#include "db/db.hpp"
#include "http/dispatcher.hpp"
#include "http/testing.hpp"

namespace motcua::http {

class TestApp {
  public:
    TestApp();
    ~TestApp();
    testing::Client client();

    ManualClock clock{Instant{std::chrono::milliseconds{1'700'000'000'000}}};
    SeededRandom random{7};
    IdMaker ids{clock, random};
    std::unique_ptr<db::Database> database;
    std::unique_ptr<ledger::Committer> committer;
    testing::FixedAuthenticator authenticator;
    Router router;
    std::atomic<int> decisions{0};        // how often the command decided
    std::function<void()> before_commit;  // called once by the command after it has read
    std::atomic<bool> gate{true};         // the slow route waits while false
    std::atomic<int> at_gate{0};          // requests that have come to the slow route
};

}  // namespace motcua::http
