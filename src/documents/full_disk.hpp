// Help for tests only: a disk that is full. The limit of the process stands for it: a write beyond it fails the same
// way, wherever the test runs.
#pragma once

#include <csignal>

#include <sys/resource.h>

#include "base/check.hpp"

namespace motcua::documents {

/// While it lives, no file of this process grows beyond so many bytes.
class FullDisk {
  public:
    explicit FullDisk(rlim_t file_bytes_max) : former_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        CHECK(getrlimit(RLIMIT_FSIZE, &former_) == 0);
        rlimit small = former_;
        small.rlim_cur = file_bytes_max;
        CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &former_);
        std::signal(SIGXFSZ, former_handler_);
    }

  private:
    rlimit former_{};
    void (*former_handler_)(int);
};

}  // namespace motcua::documents
