#include "measure.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>

namespace motcua::bench {

Usage usage_now() {
    Usage usage;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto microseconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    usage.cpu_us = microseconds(used.ru_utime) + microseconds(used.ru_stime);
    std::ifstream io("/proc/self/io");
    for (std::string name; io >> name;) {
        std::int64_t value = 0;
        io >> value;
        if (name == "wchar:") usage.written_bytes = value;
    }
    return usage;
}

double Sample::latency_us(double quantile) const {
    if (latencies_us.empty()) return 0;
    std::vector<float> sorted = latencies_us;
    const auto at = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
    return sorted[static_cast<std::size_t>(at)];
}

void Stopwatch::finish(Sample& sample) const {
    sample.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const Usage now = usage_now();
    sample.cpu_us = now.cpu_us - usage_.cpu_us;
    sample.written_bytes = now.written_bytes - usage_.written_bytes;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& cell : head) widths.push_back(cell.size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    const auto print = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
        }
        std::puts(line.c_str());
    };
    print(head);
    for (const auto& row : rows) print(row);
    std::fflush(stdout);
}

bool has_option(int argc, char** argv, std::string_view name) {
    return std::any_of(argv + 1, argv + argc, [&](const char* argument) { return argument == name; });
}

std::string text_option(int argc, char** argv, std::string_view name, std::string fallback) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (argv[i] == name) return argv[i + 1];
    }
    return fallback;
}

std::int64_t number_option(int argc, char** argv, std::string_view name, std::int64_t fallback) {
    const std::string text = text_option(argc, argv, name, "");
    return text.empty() ? fallback : std::atoll(text.c_str());
}

}  // namespace motcua::bench
