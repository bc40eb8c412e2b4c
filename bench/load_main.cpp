// motcua-load: a closed-loop load against a server on this machine, for measurements by hand and in scripts.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "load_generator.hpp"

namespace {

using namespace motcua::bench;

constexpr const char* usage =
    "usage: motcua-load --port PORT --path PATH [--body JSON] [--header 'Name: value'] [--connections 64]\n"
    "                   [--lines FILE] [--keys] [--answers FILE] [--seconds 2] [--requests N] [--pid SERVER]\n"
    "Sends to 127.0.0.1 only. In path and body {n} is the number of the request, {c} that of the connection; every "
    "POST gets an\n"
    "Idempotency-Key of its own with --keys. --lines: a path, a tab and a body a line, each sent once, instead of\n"
    "--path and --body. --answers writes the body of each answer on a line of its own. Prints one JSON object; --pid\n"
    "adds the server's CPU time a request.\n";

/// User and system time of a process in seconds, from /proc.
double cpu_of(int pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 2, text.size())));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string fill(std::string text, std::uint64_t n, int connection) {
    for (auto [name, value] :
         {std::pair<std::string, std::uint64_t>{"{n}", n}, {"{c}", static_cast<std::uint64_t>(connection)}})
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at))
            text.replace(at, name.size(), std::to_string(value));
    return text;
}

/// Of each line what stands before and after its tab.
std::vector<std::pair<std::string, std::string>> read_lines(const std::string& name) {
    std::ifstream file(name);
    if (!file) throw std::invalid_argument(fmt::format("cannot read {}", name));
    std::vector<std::pair<std::string, std::string>> lines;
    for (std::string line; std::getline(file, line);) {
        const std::size_t tab = line.find('\t');
        if (tab == std::string::npos) throw std::invalid_argument(fmt::format("{}: a line without a tab", name));
        lines.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    }
    if (lines.empty()) throw std::invalid_argument(fmt::format("{} is empty", name));
    return lines;
}

long number(const std::map<std::string, std::string>& options, const std::string& name, long fallback, long max) {
    auto found = options.find(name);
    if (found == options.end()) return fallback;
    long value = std::stol(found->second);
    if (value < 1 || value > max) throw std::invalid_argument(fmt::format("--{}: 1 to {}", name, max));
    return value;
}

}  // namespace

int main(int argc, char** argv) try {
    std::map<std::string, std::string> options;
    std::string headers;
    bool keys = false;
    for (int i = 1; i < argc; ++i) {
        std::string name = argv[i];
        if (name == "--keys") {
            keys = true;
        } else if (name.starts_with("--") && i + 1 < argc) {
            if (name == "--header") {
                headers += std::string(argv[++i]) + "\r\n";
            } else {
                options[name.substr(2)] = argv[++i];
            }
        } else {
            std::fputs(usage, stderr);
            return 2;
        }
    }
    if (!options.contains("port") || options.contains("path") == options.contains("lines")) {
        std::fputs(usage, stderr);
        return 2;
    }
    LoadPlan plan;
    plan.port = static_cast<std::uint16_t>(number(options, "port", 0, 65535));
    plan.connections = static_cast<int>(number(options, "connections", 64, 4096));
    plan.time = std::chrono::seconds(number(options, "seconds", 2, 600));
    plan.requests_max = static_cast<std::uint64_t>(number(options, "requests", 10'000'000, 100'000'000));
    const std::string path = options["path"], body = options["body"];
    const long run = ::getpid();
    std::vector<std::pair<std::string, std::string>> lines;
    if (options.contains("lines")) {
        lines = read_lines(options["lines"]);
        plan.requests_max = std::min<std::uint64_t>(plan.requests_max, lines.size());
    }
    std::ofstream answers;
    if (options.contains("answers")) {
        answers.open(options["answers"]);
        plan.answered = [&](int, int, std::string_view text) { answers << text << '\n'; };
    }
    plan.request = [&](int connection, std::uint64_t n) {
        std::string more = headers;
        if (keys) more += fmt::format("Idempotency-Key: load-{}-{}\r\n", run, n);
        if (!lines.empty()) return post_request(lines.at(n).first, lines.at(n).second, more);
        if (body.empty()) return get_request(fill(path, n, connection));
        return post_request(fill(path, n, connection), fill(body, n, connection), more);
    };
    const int pid = static_cast<int>(number(options, "pid", 0, 1L << 30));
    const double before = pid ? cpu_of(pid) : 0;
    LoadResult result = run_load(plan);
    const double server = pid ? cpu_of(pid) - before : 0;
    auto a_request = [&](double seconds) {
        return result.answers ? seconds * 1e6 / static_cast<double>(result.answers) : 0;
    };
    fmt::print(
        "{{\"connections\":{},\"answers\":{},\"refused\":{},\"broken\":{},\"per_second\":{:.0f},\"p50_ms\":{:.3f},"
        "\"p99_ms\":{:.3f},"
        "\"max_ms\":{:.3f},\"client_cpu_us\":{:.1f},\"server_cpu_us\":{:.1f}}}\n",
        plan.connections, result.answers, result.refused, result.broken, result.rate(), result.percentile_ms(50),
        result.percentile_ms(99), result.percentile_ms(100), a_request(result.client_cpu_seconds), a_request(server));
    return result.answers == 0 ? 1 : 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "motcua-load: %s\n", failure.what());
    return 1;
}
