// The daily checkpoint, where the administrator wants it: a file a day in a directory (which a web server, a printer or
// a mailer may watch), and a program that is run with each file's path.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "db/db.hpp"

namespace motcua::transparency {

struct PublishOptions {
    std::filesystem::path directory;  // made when it is not there
    std::string command;              // a program; empty = none
    std::chrono::seconds command_time{60};
};

/// Writes "checkpoint-2026-11-21.txt" for each day that is over and has none yet, of the last `publish_days`, then runs
/// the program for each file it has not done yet (".sent" beside the file says so). Answers the files written or sent.
/// Reasons: unavailable "transparency.publish_failed" {path, cause}, "transparency.command_failed" {path, cause};
/// what was not done is done at the next call.
inline constexpr std::chrono::days publish_days{60};
Result<std::vector<std::filesystem::path>> publish_checkpoints(db::Session& session, const PublishOptions& options,
                                                               LocalDay today);

}  // namespace motcua::transparency
