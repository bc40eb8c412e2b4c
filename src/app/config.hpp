// Configuration as one declared table: key, type, default, constraint and a sentence for each setting. Values come from
// the default, then the file (`--config`), then the environment (MOTCUA_HTTP_LISTEN for http.listen), then the command
// line. Owns reading, checking and explaining. A key that is not in the table is refused with the nearest one that is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace motcua::app {

/// The values, ready to use. Each member has one row in the table of config.cpp.
struct Config {
    std::string listen;
    std::string public_url;
    std::string tls_certificate;
    std::string tls_key;
    std::int64_t io_threads = 0;
    std::int64_t pool_threads = 0;
    std::vector<std::string> trusted_proxies;
    std::int64_t connections_max = 0;
    std::int64_t connections_per_address_max = 0;
    std::int64_t buffered_body_bytes_max = 0;
    std::chrono::milliseconds header_time{};
    std::chrono::milliseconds idle_time{};
    std::chrono::milliseconds stall_time{};
    std::chrono::milliseconds stop_time{};
    bool access_log = true;
    std::string log_level;
    bool metrics_public = false;
    std::string database_url;
    std::int64_t reader_cache_bytes = 0;
    std::int64_t writer_cache_bytes = 0;
    std::int64_t free_bytes_min = 0;
    std::int64_t follower_lag_max = 0;
    bool due_at_end_of_day = false;
    std::string same_day_cutoff;
    std::int64_t warn_before_hours = 0;
    std::vector<std::string> second_factor_roles;
    std::int64_t alert_look_ups = 0;
    std::int64_t alert_off_hours = 0;
    std::int64_t alert_refusals = 0;
    std::int64_t closed_for_days = 0;
    std::int64_t account_reads = 0;
    std::int64_t account_writes = 0;
    std::int64_t account_look_ups = 0;
    std::int64_t address_reads = 0;
    std::int64_t address_writes = 0;
    std::int64_t address_look_ups = 0;
    std::int64_t address_sign_ins = 0;
    std::string providers_file;
    std::int64_t link_level_min = 0;
    std::string sending_directory;
    bool demo = false;
    std::string backup_directory;
    std::int64_t backup_keep = 0;
    std::int64_t erasure_after_years = 0;
    std::int64_t account_erasure_after_years = 0;
    std::string log_origin;
    std::string log_key_file;
    std::vector<std::string> log_witnesses;
    std::string log_publish_directory;
    std::string log_publish_command;
};

enum class ValueType { text, integer, bytes, duration, boolean, list };

using Target = std::variant<std::string Config::*, std::int64_t Config::*, std::chrono::milliseconds Config::*,
                            bool Config::*, std::vector<std::string> Config::*>;

/// One row of the table. Texts are in static storage.
struct Setting {
    std::string_view key;  // "http.listen": section and name
    ValueType type;
    Target target;
    std::string_view default_value;                                 // as it would stand in a file
    std::string_view constraint;                                    // for people: "1 to 64", "host:port"
    bool (*allowed)(const std::string& text, std::int64_t number);  // number in its base unit; nullptr = anything
    std::string_view sentence;
};

std::span<const Setting> settings();

/// "MOTCUA_HTTP_LISTEN".
std::string environment_name(std::string_view key);

struct LoadedConfig {
    Config values;
    struct Source {
        std::string text;  // as written, but for a password
        std::string from;  // "default", "motcua.conf:12", "MOTCUA_HTTP_LISTEN", "--listen"
    };
    std::map<std::string, Source, std::less<>> sources;  // of every key
};

/// One setting given on the command line: `option` is how it was called there.
struct Override {
    std::string_view key;
    std::string text;
    std::string option;
};

/// `file` is the text of the configuration file, called `file_name` in refusals; `environment` is NAME=VALUE lines as
/// in environ. Reasons: config.bad_line {place}, config.unknown_key {key, place, nearest}, config.repeated_key {key,
/// place}, config.bad_value {key, text, place, type, constraint}.
Result<LoadedConfig> load_config(std::string_view file, std::string_view file_name,
                                 std::span<const std::string_view> environment, std::span<const Override> overrides);

/// The same with the file read from disk (none when empty) and the environment of the process. Reason
/// config.file_unreadable {file}.
Result<LoadedConfig> load_config_file(const std::string& path, std::span<const Override> overrides);

/// Every setting with value, where it comes from, type, default, constraint and sentence.
void explain(const LoadedConfig& config, std::ostream& out);

}  // namespace motcua::app
