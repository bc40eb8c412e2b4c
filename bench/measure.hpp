// What the benchmarks share: time, processor time, bytes written, percentiles, and a table that is also JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace motcua::bench {

using Clock = std::chrono::steady_clock;

/// Processor time of the whole process (user and system) and bytes it handed to write calls.
struct Usage {
    double cpu_us = 0;
    std::int64_t written_bytes = 0;
};
Usage usage_now();

/// One measured stretch: operations with their latencies.
struct Sample {
    double seconds = 0;
    std::int64_t operations = 0;
    double cpu_us = 0;  // in all
    std::int64_t written_bytes = 0;
    std::vector<float> latencies_us;

    double rate() const { return seconds > 0 ? static_cast<double>(operations) / seconds : 0; }
    double cpu_us_each() const { return operations > 0 ? cpu_us / static_cast<double>(operations) : 0; }
    double written_each() const {
        return operations > 0 ? static_cast<double>(written_bytes) / static_cast<double>(operations) : 0;
    }
    /// `quantile` 0…1; 0 without latencies.
    double latency_us(double quantile) const;
};

/// Measures from construction to finish().
class Stopwatch {
  public:
    Stopwatch() : usage_(usage_now()), start_(Clock::now()) {}
    void finish(Sample& sample) const;

  private:
    Usage usage_;
    Clock::time_point start_;
};

double median(std::vector<double> values);

/// Prints rows of equal shape as an aligned table.
void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

/// `--name value` or `--name` on the command line; `fallback` when it is not there.
std::int64_t number_option(int argc, char** argv, std::string_view name, std::int64_t fallback);
std::string text_option(int argc, char** argv, std::string_view name, std::string fallback);
bool has_option(int argc, char** argv, std::string_view name);

}  // namespace motcua::bench
