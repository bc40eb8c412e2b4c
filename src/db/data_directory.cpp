#include "db/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace motcua::db {

namespace {

auto unusable(const std::filesystem::path& path, int error) {
    return fail(Errc::unavailable, "db.directory_unusable", {{"path", path.string()}, {"cause", std::strerror(error)}});
}

bool make_directory(const std::filesystem::path& path) {
    return ::mkdir(path.c_str(), 0700) == 0 || (errno == EEXIST && std::filesystem::is_directory(path));
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path, Sharing sharing) {
    std::error_code ignored;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
    if (!make_directory(path)) return unusable(path, errno);
    const int lock = ::open((path / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock < 0) return unusable(path, errno);
    DataDirectory directory(path, lock);
    if (::flock(lock, (sharing == Sharing::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return unusable(path, errno);
        char pid[32] = {};
        const ssize_t size = ::pread(lock, pid, sizeof pid - 1, 0);
        return fail(Errc::conflict, "db.directory_locked",
                    {{"path", path.string()}, {"pid", size > 0 ? std::string(pid) : std::string("?")}});
    }
    // The number helps whoever finds the folder locked; the lock itself is the kernel's and dies with the process.
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) return unusable(path, errno);
    if (!make_directory(directory.blobs())) return unusable(directory.blobs(), errno);
    return directory;
}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

}  // namespace motcua::db
