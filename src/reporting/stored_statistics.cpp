#include "reporting/stored_statistics.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.hpp"

namespace motcua::reporting {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t digest_bytes = crypto_generichash_BYTES;

std::string digest(std::string_view text) {
    std::string bytes(digest_bytes, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
    return bytes;
}

/// Who counted and how far in which ledger: another program may count otherwise, and a ledger put back from a backup
/// may have gone on otherwise. Empty when the ledger does not reach that far.
std::string seal(db::Session& session, std::int64_t position) {
    const auto events = ledger::read_events(session, position - 1, 1);
    struct stat program {};
    if (events.empty() || ::stat("/proc/self/exe", &program) != 0) return {};
    const ledger::StoredEvent& last = events.front();
    return digest(fmt::format("{} {} {} {} {} {} {} {} {}", program.st_size, program.st_mtim.tv_sec,
                              program.st_mtim.tv_nsec, last.position, last.stream, last.version,
                              last.meta.at.time_since_epoch().count(), last.meta.request_id,
                              json::serialize(last.data)));
}

/// False with errno set when it could not be written whole and to the disk.
bool write_synced(const fs::path& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    bool good = true;
    while (good && !bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        good = written > 0;
        if (good) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    good = good && ::fdatasync(file) == 0;
    const int error = errno;
    ::close(file);
    errno = error;
    return good;
}

}  // namespace

Result<void> store_statistics(const Statistics& statistics, db::Session& session, const fs::path& file) {
    const auto [position, columns] = statistics.dump();
    if (position == 0) return {};
    const std::string body = seal(session, position) + columns;
    // Several servers may share the directory.
    const fs::path unfinished = file.string() + fmt::format(".{}.unfinished", ::getpid());
    std::error_code failed;
    if (!write_synced(unfinished, digest(body) + body)) failed = std::error_code(errno, std::generic_category());
    if (!failed) fs::rename(unfinished, file, failed);
    if (failed) {
        std::error_code ignored;
        fs::remove(unfinished, ignored);
        return fail(Errc::unavailable, "report.not_stored", {{"path", file.string()}, {"what", failed.message()}});
    }
    return {};
}

bool load_statistics(Statistics& statistics, db::Session& session, const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (!in || failed || size < 2 * digest_bytes) return false;
    std::string bytes(size, '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) return false;
    const std::string_view body = std::string_view(bytes).substr(digest_bytes);
    if (digest(body) != std::string_view(bytes).substr(0, digest_bytes)) return false;
    const std::string_view columns = body.substr(digest_bytes);
    const auto position = Statistics::position_of(columns);
    return position && seal(session, *position) == body.substr(0, digest_bytes) && statistics.restore(columns);
}

}  // namespace motcua::reporting
