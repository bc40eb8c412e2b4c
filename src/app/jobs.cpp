#include "app/jobs.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace motcua::app {

void Jobs::add(std::string name, std::chrono::seconds every, std::function<void(Instant)> run) {
    jobs_.push_back({std::move(name), every, std::move(run), Instant{}});
}

void Jobs::start() {
    thread_ = std::thread([this] { loop(); });
}

void Jobs::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Jobs::loop() {
    for (;;) {
        Instant now = clock_.now();
        for (Job& job : jobs_) {
            if (now < job.next) continue;
            if (turn_ && !turn_->holds(clock_.now())) {
                // What is done once a day is due when the turn comes, too.
                job.next = now + std::min<std::chrono::seconds>(job.every, JobTurn::length);
                continue;
            }
            job.next = now + job.every;
            try {
                job.run(now);
            } catch (const std::exception& error) {
                log::error("job_failed", {{"job", job.name}, {"what", error.what()}});
            }
        }
        std::unique_lock lock(mutex_);
        auto soonest = std::ranges::min_element(jobs_, {}, &Job::next);
        auto rest = soonest == jobs_.end() ? std::chrono::milliseconds{60'000} : soonest->next - clock_.now();
        wake_.wait_for(lock, std::max(rest, std::chrono::milliseconds{1}), [this] { return stopping_; });
        if (stopping_) return;
    }
}

}  // namespace motcua::app
