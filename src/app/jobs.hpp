// Work that comes with time: legal dates that pass (every minute), housekeeping (once a day). One thread; a job that
// fails is logged and tried again at its next turn.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace motcua::app {

class Jobs {
  public:
    explicit Jobs(const Clock& clock) : clock_(clock) {}
    ~Jobs() { stop(); }
    /// Before start. `run` answers nothing; it throws or logs by itself.
    void add(std::string name, std::chrono::seconds every, std::function<void(Instant now)> run);
    void start();
    void stop();

  private:
    struct Job {
        std::string name;
        std::chrono::seconds every;
        std::function<void(Instant)> run;
        Instant next;
    };
    void loop();

    const Clock& clock_;
    std::vector<Job> jobs_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace motcua::app
