// Work that comes with time: legal dates that pass (every minute), housekeeping (once a day). One thread; a job that
// fails is logged and tried again when it is due next. Of several servers one works, the one that has the turn.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/job_turn.hpp"
#include "base/clock.hpp"

namespace motcua::app {

class Jobs {
  public:
    /// `turn`: of several servers' jobs; none = this server does them. Outlives the jobs.
    explicit Jobs(const Clock& clock, JobTurn* turn = nullptr) : clock_(clock), turn_(turn) {}
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
    JobTurn* const turn_;
    std::vector<Job> jobs_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace motcua::app
