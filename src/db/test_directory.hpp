// A directory of its own for one test, removed at the end.
#pragma once

#include <filesystem>
#include <string>

#include <stdlib.h>

#include "base/check.hpp"

namespace motcua {

class TestDirectory {
  public:
    TestDirectory() {
        std::string pattern = std::filesystem::temp_directory_path() / "motcua-test-XXXXXX";
        CHECK(::mkdtemp(pattern.data()));
        path_ = pattern;
    }
    ~TestDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace motcua
