// The data directory: one folder that holds everything a server keeps (database, blobs), and the lock that lets only
// one server use it, or several that keep their rows in one PostgreSQL database.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.hpp"

namespace motcua::db {

/// Who may use a data directory beside us: with SQLite inside nobody, with the rows elsewhere others who say so too.
enum class Sharing { alone, shared };

class DataDirectory {
  public:
    /// Creates the folder (readable by its owner only) when it is not there and takes its lock until destruction.
    /// Reasons: conflict "db.directory_locked" {path, pid}, unavailable "db.directory_unusable" {path, cause}.
    static Result<DataDirectory> open(const std::filesystem::path& path, Sharing sharing = Sharing::alone);

    DataDirectory(DataDirectory&& other) noexcept
        : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
    DataDirectory& operator=(DataDirectory&&) = delete;
    ~DataDirectory();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path database_file() const { return path_ / "motcua.db"; }
    std::filesystem::path blobs() const { return path_ / "blobs"; }

  private:
    DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;  // file descriptor
};

}  // namespace motcua::db
