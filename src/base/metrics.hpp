// Metrics: counters, gauges and histograms with labels, read as Prometheus text (exposition format 0.0.4).
// A metric is made once (at start) and then only touched through its reference: an atomic add, no lock.
// Names end in their unit (`_total`, `_seconds`, `_bytes`); labels are few and bounded (a route template, never an id).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace motcua::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
  public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
  public:
    void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
    void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

/// Upper bounds in seconds for request and commit times: 100 µs to 10 s.
inline constexpr double seconds_buckets[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                             0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

class Histogram {
  public:
    explicit Histogram(std::span<const double> bounds);
    void observe(double value);
    std::uint64_t count() const;
    double sum() const { return sum_.load(std::memory_order_relaxed); }
    std::span<const double> bounds() const { return bounds_; }
    /// Observations at or below bounds()[i]; the last index counts all.
    std::vector<std::uint64_t> cumulative() const;

  private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> counts_;  // one more than bounds_
    std::atomic<double> sum_{0};
};

/// All metrics of one program. Asking again for the same name and labels gives the same metric; the references stay
/// valid as long as the registry. A name has one kind and one help text (checked).
class Registry {
  public:
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    /// A value that is asked for when the text is read; `read` must be thread safe and quick.
    void gauge(std::string_view name, std::string_view help, const Labels& labels, std::function<double()> read);
    /// The same for a number that somebody else counts; it must never fall.
    void counter(std::string_view name, std::string_view help, const Labels& labels, std::function<double()> read);
    Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                         std::span<const double> bounds = seconds_buckets);
    /// The whole registry as Prometheus text, sorted by name and labels.
    std::string text() const;

  private:
    struct Series {
        std::unique_ptr<Counter> counter;
        std::unique_ptr<Gauge> gauge;
        std::unique_ptr<Histogram> histogram;
        std::function<double()> read;
    };
    struct Family {
        std::string_view kind;
        std::string help;
        std::map<std::string, Series> series;  // by label text
    };
    Series& series(std::string_view name, std::string_view kind, std::string_view help, const Labels& labels);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
};

}  // namespace motcua::metrics
