#include "base/metrics.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::metrics {

namespace {

std::string label_text(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        if (!text.empty()) text += ',';
        text += name;
        text += "=\"";
        for (char c : value) {
            if (c == '\\' || c == '"') text += '\\';
            if (c == '\n') {
                text += "\\n";
            } else {
                text += c;
            }
        }
        text += '"';
    }
    return text;
}

void sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
            std::string_view more, double value) {
    out += name;
    out += suffix;
    if (!labels.empty() || !more.empty()) {
        out += '{';
        out += labels;
        if (!labels.empty() && !more.empty()) out += ',';
        out += more;
        out += '}';
    }
    fmt::format_to(std::back_inserter(out), " {}\n", value);
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
    CHECK(std::is_sorted(bounds_.begin(), bounds_.end()), "histogram bounds must rise");
}

void Histogram::observe(double value) {
    auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const { return cumulative().back(); }

std::vector<std::uint64_t> Histogram::cumulative() const {
    std::vector<std::uint64_t> sums;
    std::uint64_t total = 0;
    for (const auto& n : counts_) sums.push_back(total += n.load(std::memory_order_relaxed));
    return sums;
}

Registry::Series& Registry::series(std::string_view name, std::string_view kind, std::string_view help,
                                   const Labels& labels) {
    auto [family, is_new] = families_.try_emplace(std::string(name), Family{kind, std::string(help), {}});
    CHECK(family->second.kind == kind && family->second.help == help, "metric {} is declared in two ways", name);
    return family->second.series[label_text(labels)];
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    std::lock_guard lock(mutex_);
    Series& s = series(name, "counter", help, labels);
    CHECK(!s.read, "counter {} is read by a function", name);
    if (!s.counter) s.counter = std::make_unique<Counter>();
    return *s.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    std::lock_guard lock(mutex_);
    Series& s = series(name, "gauge", help, labels);
    CHECK(!s.read, "gauge {} is read by a function", name);
    if (!s.gauge) s.gauge = std::make_unique<Gauge>();
    return *s.gauge;
}

void Registry::gauge(std::string_view name, std::string_view help, const Labels& labels, std::function<double()> read) {
    std::lock_guard lock(mutex_);
    Series& s = series(name, "gauge", help, labels);
    CHECK(!s.gauge, "gauge {} is set by hand", name);
    s.read = std::move(read);
}

void Registry::counter(std::string_view name, std::string_view help, const Labels& labels,
                       std::function<double()> read) {
    std::lock_guard lock(mutex_);
    Series& s = series(name, "counter", help, labels);
    CHECK(!s.counter, "counter {} is counted by hand", name);
    s.read = std::move(read);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const Labels& labels,
                               std::span<const double> bounds) {
    std::lock_guard lock(mutex_);
    Series& s = series(name, "histogram", help, labels);
    if (!s.histogram) s.histogram = std::make_unique<Histogram>(bounds);
    return *s.histogram;
}

std::string Registry::text() const {
    std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.kind);
        for (const auto& [labels, s] : family.series) {
            if (s.counter) sample(out, name, "", labels, "", static_cast<double>(s.counter->value()));
            if (s.gauge) sample(out, name, "", labels, "", static_cast<double>(s.gauge->value()));
            if (s.read) sample(out, name, "", labels, "", s.read());
            if (!s.histogram) continue;
            auto sums = s.histogram->cumulative();
            for (size_t i = 0; i < sums.size(); ++i) {
                auto bound = i + 1 < sums.size() ? fmt::format("le=\"{}\"", s.histogram->bounds()[i]) : "le=\"+Inf\"";
                sample(out, name, "_bucket", labels, bound, static_cast<double>(sums[i]));
            }
            sample(out, name, "_sum", labels, "", s.histogram->sum());
            sample(out, name, "_count", labels, "", static_cast<double>(sums.back()));
        }
    }
    return out;
}

}  // namespace motcua::metrics
