#include "app/config.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <ostream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "db/postgres/postgres.hpp"
#include "merkle/note.hpp"

namespace motcua::app {

namespace {

using std::chrono::milliseconds;

template <std::int64_t Min, std::int64_t Max>
bool between(const std::string&, std::int64_t number) {
    return number >= Min && number <= Max;
}

bool is_address(const std::string& text, std::int64_t) {
    size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return false;
    unsigned port = 0;
    const char* end = text.data() + text.size();
    auto read = std::from_chars(text.data() + colon + 1, end, port);
    return read.ec == std::errc{} && read.ptr == end && port <= 65535;
}

bool is_origin(const std::string& text, std::int64_t) {
    size_t scheme = text.find("://");
    return (text.starts_with("http://") || text.starts_with("https://")) && text.size() > scheme + 3 &&
           text.find_first_of("/?# ", scheme + 3) == std::string::npos;
}

bool is_time_of_day(const std::string& text, std::int64_t) { return parse_local("2000-01-01T" + text).has_value(); }

bool is_level(const std::string& text, std::int64_t) {
    return text == "debug" || text == "info" || text == "warn" || text == "error" || text == "off";
}

bool is_origin_name(const std::string& text, std::int64_t) {
    return text.empty() || merkle::check_key_name(text).has_value();
}

constexpr std::int64_t kib = 1024, mib = kib * 1024, gib = mib * 1024;

const Setting table[] = {
    {"http.listen", ValueType::text, &Config::listen, "127.0.0.1:8080", "address:port", is_address,
     "Where the server accepts connections; port 0 takes any free one."},
    {"http.public_url", ValueType::text, &Config::public_url, "http://127.0.0.1:8080", "http(s)://host[:port], no path",
     is_origin, "How browsers reach the server. With https, cookies are Secure and HSTS is sent."},
    {"http.tls_certificate", ValueType::text, &Config::tls_certificate, "", "a path", nullptr,
     "PEM file with the server's certificate and its chain: the server then speaks TLS 1.2 and 1.3 itself. Read again "
     "when"
     " it changes, and on SIGHUP."},
    {"http.tls_key", ValueType::text, &Config::tls_key, "", "a path", nullptr,
     "PEM file with the private key of that certificate."},
    {"http.io_threads", ValueType::integer, &Config::io_threads, "0", "0 to 64", between<0, 64>,
     "Threads that read, decide and answer; 0 is one per processor, at most 8."},
    {"http.pool_threads", ValueType::integer, &Config::pool_threads, "4", "1 to 64", between<1, 64>,
     "Threads for requests that take longer than a millisecond (documents, statistics)."},
    {"http.trusted_proxies", ValueType::list, &Config::trusted_proxies, "", "IP addresses, separated by commas",
     nullptr, "Proxies whose X-Forwarded-For is believed; the last address in it is taken for the client's."},
    {"http.connections_max", ValueType::integer, &Config::connections_max, "8192", "16 to 100000", between<16, 100'000>,
     "Open connections; more are turned away with status 503."},
    {"http.connections_per_address_max", ValueType::integer, &Config::connections_per_address_max, "2048",
     "1 to 100000", between<1, 100'000>,
     "Open connections from one address. Offices share an address, and a proxy is one."},
    {"http.buffered_body_bytes_max", ValueType::bytes, &Config::buffered_body_bytes_max, "512MiB", "1MiB to 64GiB",
     between<mib, 64 * gib>, "Memory for what clients are sending, all together; more is refused with status 503."},
    {"http.header_time", ValueType::duration, &Config::header_time, "15s", "100ms to 10m", between<100, 600'000>,
     "From the first byte of a request to the end of its head."},
    {"http.idle_time", ValueType::duration, &Config::idle_time, "75s", "100ms to 1h", between<100, 3'600'000>,
     "How long a connection is kept between requests."},
    {"http.stall_time", ValueType::duration, &Config::stall_time, "30s", "100ms to 1h", between<100, 3'600'000>,
     "How long a client may pause while it sends a body or reads an answer."},
    {"http.stop_time", ValueType::duration, &Config::stop_time, "10s", "0ms to 10m", between<0, 600'000>,
     "How long running requests may finish when the server stops."},
    {"log.level", ValueType::text, &Config::log_level, "info", "debug, info, warn, error or off", is_level,
     "The least level that is written to the log."},
    {"log.access", ValueType::boolean, &Config::access_log, "true", "true or false", nullptr,
     "Whether each request leaves a line in the log (route, status, time; no personal data)."},
    {"metrics.public", ValueType::boolean, &Config::metrics_public, "false", "true or false", nullptr,
     "Whether /metrics answers to other machines; otherwise only to this one, and not through a proxy."},
    {"database.url", ValueType::text, &Config::database_url, "", "empty, or postgresql://user@host/database",
     [](const std::string& text, std::int64_t) { return text.empty() || db::is_postgres_url(text); },
     "A PostgreSQL database for the rows, which several servers may share; empty keeps them in the data directory."},
    {"database.reader_cache", ValueType::bytes, &Config::reader_cache_bytes, "8MiB", "64KiB to 16GiB",
     between<64 * kib, 16 * gib>, "SQLite: page cache of each reading connection; filled as used."},
    {"database.writer_cache", ValueType::bytes, &Config::writer_cache_bytes, "64MiB", "64KiB to 64GiB",
     between<64 * kib, 64 * gib>, "SQLite: page cache of the writing connection."},
    {"ready.free_bytes_min", ValueType::bytes, &Config::free_bytes_min, "256MiB", "0 to 1TiB", between<0, 1024 * gib>,
     "/readyz answers 503 when the disk of the data directory has less room than this."},
    {"ready.follower_lag_max", ValueType::integer, &Config::follower_lag_max, "100000", "1 to 1000000000",
     between<1, 1'000'000'000>,
     "/readyz answers 503 when a follower (statistics, search, notifications) is further behind, in events."},
    {"deadlines.due_at_end_of_day", ValueType::boolean, &Config::due_at_end_of_day, "false", "true or false", nullptr,
     "Appoints the close of the due day instead of the minute counted, for dossiers received from now on."},
    {"deadlines.same_day_cutoff", ValueType::text, &Config::same_day_cutoff, "15:00", "HH:MM", is_time_of_day,
     "What is to be settled the same day and comes later than this counts as received on the next working day."},
    {"deadlines.warn_before_hours", ValueType::integer, &Config::warn_before_hours, "16", "1 to 400", between<1, 400>,
     "Working hours before its due time from which a task is shown as due soon."},
    {"backup.directory", ValueType::text, &Config::backup_directory, "", "a path", nullptr,
     "Where a backup is made every day and put back for practice; empty makes none. Best on another disk."},
    {"backup.keep", ValueType::integer, &Config::backup_keep, "14", "1 to 3650", between<1, 3650>,
     "How many daily backups are kept; the oldest go."},
    {"erasure.after_years", ValueType::integer, &Config::erasure_after_years, "0", "0 to 200", between<0, 200>,
     "Years after which the personal data of a closed dossier is erased; 0 never does. The law of archives decides."},
    {"erasure.accounts_after_years", ValueType::integer, &Config::account_erasure_after_years, "0", "0 to 200",
     between<0, 200>,
     "Years after which the account of a citizen or business that nobody has used, and that has no running dossier, is "
     "erased; 0 never does."},
    {"log.origin", ValueType::text, &Config::log_origin, "", "a name without white space and “+”", is_origin_name,
     "Name of the transparency log, for its key; empty takes the host of http.public_url with “/log”. It is fixed when "
     "the"
     " key is made."},
    {"log.key_file", ValueType::text, &Config::log_key_file, "", "a path", nullptr,
     "The key that signs checkpoints; empty is log.key in the data directory. Made at the first start."},
    {"log.witnesses", ValueType::list, &Config::log_witnesses, "", "verifier keys, separated by commas", nullptr,
     "Keys (name+id+key, type 4) of those whose cosignatures under our checkpoints are accepted."},
    {"log.publish_directory", ValueType::text, &Config::log_publish_directory, "", "a path", nullptr,
     "Where the last checkpoint of each day is put as a file; empty is checkpoints/ in the data directory."},
    {"log.publish_command", ValueType::text, &Config::log_publish_command, "", "a program", nullptr,
     "Run with the path of each of those files, to print, mail or publish it."},
    {"audit.look_ups_per_hour", ValueType::integer, &Config::alert_look_ups, "100", "0 to 1000000",
     between<0, 1'000'000>, "Personal records that one account may open in an hour before it is an alert; 0 is never."},
    {"audit.off_hours_look_ups_per_hour", ValueType::integer, &Config::alert_off_hours, "20", "0 to 1000000",
     between<0, 1'000'000>, "The same at night (20:00 to 06:00) and at weekends."},
    {"audit.refusals_per_hour", ValueType::integer, &Config::alert_refusals, "50", "0 to 1000000",
     between<0, 1'000'000>, "Refused requests of one account in an hour before it is an alert; 0 is never."},
    {"privacy.reason_after_days", ValueType::integer, &Config::closed_for_days, "30", "0 to 36500", between<0, 36'500>,
     "Days after which a closed dossier is opened for a stated reason only."},
    {"limits.account_reads", ValueType::integer, &Config::account_reads, "1200", "0 to 1000000", between<0, 1'000'000>,
     "Requests a minute that one signed-in account may read with; 0 is no limit, here and below."},
    {"limits.account_writes", ValueType::integer, &Config::account_writes, "300", "0 to 1000000", between<0, 1'000'000>,
     "Changes a minute by one account."},
    {"limits.account_look_ups", ValueType::integer, &Config::account_look_ups, "120", "0 to 1000000",
     between<0, 1'000'000>, "Searches a minute by the code of a dossier and the like, by one account."},
    {"limits.address_reads", ValueType::integer, &Config::address_reads, "3000", "0 to 1000000", between<0, 1'000'000>,
     "Requests a minute by visitors from one address (IPv6: one /64). A whole office may share one."},
    {"limits.address_writes", ValueType::integer, &Config::address_writes, "300", "0 to 1000000", between<0, 1'000'000>,
     "Forms a minute by visitors from one address."},
    {"limits.address_look_ups", ValueType::integer, &Config::address_look_ups, "60", "0 to 1000000",
     between<0, 1'000'000>, "Searches a minute by the code of a dossier, by visitors from one address."},
    {"limits.address_sign_ins", ValueType::integer, &Config::address_sign_ins, "300", "0 to 1000000",
     between<0, 1'000'000>, "Attempts a minute to sign in from one address; failures are slowed down besides."},
    {"identity.second_factor_roles", ValueType::list, &Config::second_factor_roles, "administrator",
     "ids of roles, separated by commas", nullptr,
     "Roles that give nothing until the officer has switched on two-step sign-in; none in a demonstration."},
    {"identity.providers_file", ValueType::text, &Config::providers_file, "", "a path", nullptr,
     "File that describes the identity providers (VNeID, VNConnect …) where citizens and businesses sign in; see"
     " docs/identity.md. Empty: they sign in here."},
    {"identity.link_level_min", ValueType::integer, &Config::link_level_min, "2", "1 to 3", between<1, 3>,
     "Level of electronic identification from which a citizen id or tax code counts as the person's own: accounts are"
     " linked by it and dossiers filed at a counter appear."},
    {"sending.directory", ValueType::text, &Config::sending_directory, "", "a path", nullptr,
     "Where text messages and mails are put for the gateway, a file each (docs/sending.md); empty is outbox/ in the"
     " data directory."},
    {"demo.enabled", ValueType::boolean, &Config::demo, "false", "true or false", nullptr,
     "Says on every page that people and dossiers are invented, and shows the sample accounts at sign-in."},
};

std::string_view type_name(ValueType type) {
    switch (type) {
        case ValueType::text:
            return "text";
        case ValueType::integer:
            return "integer";
        case ValueType::bytes:
            return "bytes (KiB, MiB, GiB)";
        case ValueType::duration:
            return "duration (ms, s, m, h)";
        case ValueType::boolean:
            return "true or false";
        case ValueType::list:
            return "list";
    }
    return "text";
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

/// Digits and one of `units`; nullopt when it does not read, or is too large to count.
std::optional<std::int64_t> with_unit(std::string_view text,
                                      std::initializer_list<std::pair<std::string_view, std::int64_t>> units) {
    std::int64_t number = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || number < 0) return std::nullopt;
    std::string_view unit = trim(text.substr(static_cast<size_t>(read.ptr - text.data())));
    for (const auto& [name, size] : units)
        if (unit == name) return number <= INT64_MAX / size ? std::optional(number * size) : std::nullopt;
    return std::nullopt;
}

/// Reads `text` into the setting's member; false when it is not a value of the type or breaks the constraint.
bool assign(const Setting& setting, const std::string& text, Config& config) {
    auto fits = [&](std::int64_t number) { return !setting.allowed || setting.allowed(text, number); };
    switch (setting.type) {
        case ValueType::text:
            if (!fits(0)) return false;
            config.*std::get<std::string Config::*>(setting.target) = text;
            return true;
        case ValueType::integer:
        case ValueType::bytes: {
            auto number = setting.type == ValueType::integer
                              ? with_unit(text, {{"", 1}})
                              : with_unit(text, {{"", 1}, {"KiB", kib}, {"MiB", mib}, {"GiB", gib}});
            if (!number || !fits(*number)) return false;
            config.*std::get<std::int64_t Config::*>(setting.target) = *number;
            return true;
        }
        case ValueType::duration: {
            auto number = with_unit(text, {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}});
            if (!number || !fits(*number)) return false;
            config.*std::get<milliseconds Config::*>(setting.target) = milliseconds{*number};
            return true;
        }
        case ValueType::boolean:
            if (text != "true" && text != "false") return false;
            config.*std::get<bool Config::*>(setting.target) = text == "true";
            return true;
        case ValueType::list: {
            std::vector<std::string> items;
            std::istringstream stream(text);
            for (std::string item; std::getline(stream, item, ',');)
                if (auto trimmed = trim(item); !trimmed.empty()) items.emplace_back(trimmed);
            config.*std::get<std::vector<std::string> Config::*>(setting.target) = std::move(items);
            return true;
        }
    }
    return false;
}

const Setting* find_setting(std::string_view key) {
    auto found = std::ranges::find(table, key, &Setting::key);
    return found == std::end(table) ? nullptr : found;
}

/// Levenshtein distance; keys are short.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

std::string nearest_key(std::string_view key) {
    return std::string(
        std::ranges::min_element(table, {}, [&](const Setting& s) { return distance(s.key, key); })->key);
}

struct Line {
    std::string key, text, place;
};

/// `[section]`, `name = value`, `section.name = value`, `# comment`; a value may stand in double quotes.
Result<std::vector<Line>> read_file(std::string_view file, std::string_view file_name) {
    std::vector<Line> lines;
    std::string section;
    int number = 0;
    while (!file.empty()) {
        size_t end = std::min(file.find('\n'), file.size());
        std::string_view line = trim(file.substr(0, end));
        file.remove_prefix(std::min(end + 1, file.size()));
        std::string place = fmt::format("{}:{}", file_name, ++number);
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[' && line.back() == ']') {
            section = trim(line.substr(1, line.size() - 2));
            continue;
        }
        size_t equals = line.find('=');
        std::string_view key = trim(line.substr(0, equals));
        if (equals == std::string_view::npos || key.empty())
            return fail(Errc::invalid, "config.bad_line", {{"place", place}});
        std::string_view value = trim(line.substr(equals + 1));
        if (value.starts_with('"')) {
            size_t close = value.find('"', 1);
            std::string_view rest = close == std::string_view::npos ? "x" : trim(value.substr(close + 1));
            if (!rest.empty() && rest.front() != '#') return fail(Errc::invalid, "config.bad_line", {{"place", place}});
            value = value.substr(1, close - 1);
        } else if (size_t comment = value.find(" #"); comment != std::string_view::npos) {
            value = trim(value.substr(0, comment));
        }
        lines.push_back(
            {section.empty() ? std::string(key) : section + '.' + std::string(key), std::string(value), place});
    }
    return lines;
}

/// A value for people: without the password that a URL may carry.
std::string shown_value(const Setting& setting, const std::string& text) {
    return setting.key == "database.url" ? db::without_password(text) : text;
}

Result<void> apply(LoadedConfig& loaded, std::string_view key, const std::string& text, const std::string& from) {
    const Setting* setting = find_setting(key);
    if (!setting)
        return fail(Errc::invalid, "config.unknown_key",
                    {{"key", std::string(key)}, {"place", from}, {"nearest", nearest_key(key)}});
    if (!assign(*setting, text, loaded.values))
        return fail(Errc::invalid, "config.bad_value",
                    {{"key", std::string(key)},
                     {"text", shown_value(*setting, text)},
                     {"place", from},
                     {"type", std::string(type_name(setting->type))},
                     {"constraint", std::string(setting->constraint)}});
    loaded.sources[std::string(key)] = {shown_value(*setting, text), from};
    return {};
}

}  // namespace

std::span<const Setting> settings() { return table; }

std::string environment_name(std::string_view key) {
    std::string name = "MOTCUA_";
    for (char c : key) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

Result<LoadedConfig> load_config(std::string_view file, std::string_view file_name,
                                 std::span<const std::string_view> environment, std::span<const Override> overrides) {
    LoadedConfig loaded;
    for (const Setting& setting : table) TRY(apply(loaded, setting.key, std::string(setting.default_value), "default"));

    std::map<std::string, std::string> seen;
    for (const Line& line : TRY(read_file(file, file_name))) {
        auto [first, is_new] = seen.emplace(line.key, line.place);
        if (!is_new)
            return fail(Errc::invalid, "config.repeated_key",
                        {{"key", line.key}, {"place", line.place}, {"first", first->second}});
        TRY(apply(loaded, line.key, line.text, line.place));
    }
    for (const Setting& setting : table) {
        std::string name = environment_name(setting.key);
        for (std::string_view variable : environment)
            if (variable.starts_with(name) && variable.substr(name.size()).starts_with('='))
                TRY(apply(loaded, setting.key, std::string(variable.substr(name.size() + 1)), name));
    }
    // A misspelt variable of one of our sections would be ignored in silence.
    for (std::string_view variable : environment) {
        std::string_view name = variable.substr(0, variable.find('='));
        bool ours = false, known = false;
        for (const Setting& setting : table) {
            ours = ours || name.starts_with(environment_name(setting.key.substr(0, setting.key.find('.') + 1)));
            known = known || name == environment_name(setting.key);
        }
        if (ours && !known) {
            auto near = std::ranges::min_element(
                table, {}, [&](const Setting& s) { return distance(environment_name(s.key), name); });
            return fail(
                Errc::invalid, "config.unknown_key",
                {{"key", std::string(name)}, {"place", "environment"}, {"nearest", environment_name(near->key)}});
        }
    }
    for (const Override& given : overrides) TRY(apply(loaded, given.key, given.text, given.option));
    return loaded;
}

Result<LoadedConfig> load_config_file(const std::string& path, std::span<const Override> overrides) {
    std::string text;
    if (!path.empty()) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream content;
        if (!file || !(content << file.rdbuf() || file.eof()))
            return fail(Errc::invalid, "config.file_unreadable", {{"file", path}});
        text = std::move(content).str();
    }
    std::vector<std::string_view> environment;
    for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
    return load_config(text, path, environment, overrides);
}

void explain(const LoadedConfig& config, std::ostream& out) {
    for (const Setting& setting : table) {
        const LoadedConfig::Source& source = config.sources.find(setting.key)->second;
        out << fmt::format(
            "{} = {}\n    {}\n    type: {}; allowed: {}; default: {}\n    set by: {}; environment: {}\n\n", setting.key,
            source.text.empty() ? "\"\"" : source.text, setting.sentence, type_name(setting.type), setting.constraint,
            setting.default_value.empty() ? "\"\"" : setting.default_value, source.from, environment_name(setting.key));
    }
}

}  // namespace motcua::app
