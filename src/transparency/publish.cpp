#include "transparency/publish.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transparency/log_rows.hpp"

namespace motcua::transparency {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds child_poll{20};

auto refused(std::string_view reason, const fs::path& path, std::string cause) {
    return fail(Errc::unavailable, reason, {{"path", path.string()}, {"cause", std::move(cause)}});
}

Result<void> write_file(const fs::path& path, const std::string& text) {
    const fs::path unfinished = path.string() + ".unfinished";
    {
        std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
        file << text;
        file.flush();
        if (!file) return refused("transparency.publish_failed", path, std::strerror(errno));
    }
    std::error_code failed;
    fs::rename(unfinished, path, failed);
    if (failed) return refused("transparency.publish_failed", path, failed.message());
    return {};
}

/// Runs a program with one argument and waits; beyond its time it is ended.
Result<void> run(const std::string& program, const fs::path& argument, std::chrono::seconds time) {
    std::string name = program, path = argument.string();
    char* arguments[] = {name.data(), path.data(), nullptr};
    pid_t child = 0;
    // The server blocks its stop signals for waiting; the program gets them back.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int error = posix_spawnp(&child, program.c_str(), nullptr, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return refused("transparency.command_failed", argument, std::strerror(error));
    const auto end = std::chrono::steady_clock::now() + time;
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > end) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return refused("transparency.command_failed", argument, "it took too long");
        }
        std::this_thread::sleep_for(child_poll);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return refused("transparency.command_failed", argument, "status " + std::to_string(status));
    return {};
}

}  // namespace

Result<std::vector<fs::path>> publish_checkpoints(db::Session& session, const PublishOptions& options, LocalDay today) {
    std::error_code failed;
    fs::create_directories(options.directory, failed);
    if (failed) return refused("transparency.publish_failed", options.directory, failed.message());
    const std::int64_t end = today.time_since_epoch().count();
    std::vector<fs::path> done;
    for (const StoredCheckpoint& checkpoint :
         list_checkpoints(session, end - publish_days.count(), publish_days.count())) {
        if (checkpoint.day >= end) continue;
        const std::string day = format_day(LocalDay{std::chrono::days{checkpoint.day}});
        const fs::path path = options.directory / ("checkpoint-" + day + ".txt");
        const fs::path sent = path.string() + ".sent";
        const bool is_new = !fs::exists(path);
        if (is_new) TRY(write_file(path, checkpoint.note));
        const bool to_send = !options.command.empty() && !fs::exists(sent);
        if (to_send) {
            TRY(run(options.command, path, options.command_time));
            TRY(write_file(sent, ""));
        }
        if (is_new || to_send) done.push_back(path);
    }
    return done;
}

}  // namespace motcua::transparency
