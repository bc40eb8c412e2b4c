#include "reporting/quarter.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace motcua::reporting {

namespace {

using dossier::Channel;

/// A dossier seen from one period.
struct Seen {
    const Facts& facts;
    Minute from, end;  // `end` excluded

    bool in(Minute t) const { return from <= t && t < end; }
    bool received() const { return in(facts.received); }
    bool returned() const { return in(facts.returned); }
    bool open() const { return facts.received < end && facts.returned >= end && facts.closed >= end; }
    bool finished_late() const { return facts.is_late(facts.returned); }
    bool open_late() const { return facts.is_late(end - 1); }
};

struct FigureRule {
    std::string_view key;
    bool (*counts)(const Seen&);
};

constexpr FigureRule rules[] = {
    {"received.total", [](const Seen& s) { return s.received(); }},
    {"received.counter", [](const Seen& s) { return s.received() && s.facts.channel == Channel::counter; }},
    {"received.online", [](const Seen& s) { return s.received() && s.facts.channel == Channel::online; }},
    {"received.post", [](const Seen& s) { return s.received() && s.facts.channel == Channel::post; }},
    {"returned.total", [](const Seen& s) { return s.returned(); }},
    {"returned.counter", [](const Seen& s) { return s.returned() && s.facts.channel == Channel::counter; }},
    {"returned.counter_on_time",
     [](const Seen& s) { return s.returned() && s.facts.channel == Channel::counter && !s.finished_late(); }},
    {"returned.counter_late",
     [](const Seen& s) { return s.returned() && s.facts.channel == Channel::counter && s.finished_late(); }},
    {"returned.online", [](const Seen& s) { return s.returned() && s.facts.channel == Channel::online; }},
    {"returned.post", [](const Seen& s) { return s.returned() && s.facts.channel == Channel::post; }},
    {"open.total", [](const Seen& s) { return s.open(); }},
    {"open.not_due", [](const Seen& s) { return s.open() && !s.open_late(); }},
    {"open.late", [](const Seen& s) { return s.open() && s.open_late(); }},
};

/// Calls `visit` for every dossier received within the unit.
void each_within(const Statistics& statistics, const organisation::Directory& directory, UnitId unit, Period period,
                 const std::function<void(const Seen&)>& visit) {
    std::unordered_map<UnitId, bool> within;
    Minute from = to_minute(to_instant(LocalMinute{period.from}));
    Minute end = to_minute(to_instant(LocalMinute{period.to + std::chrono::days{1}}));
    statistics.each([&](const Facts& facts) {
        auto [at, is_new] = within.try_emplace(facts.receiving_unit, false);
        if (is_new) at->second = !unit || directory.is_within(facts.receiving_unit, unit);
        if (at->second) visit({facts, from, end});
    });
}

}  // namespace

std::vector<Figure> quarter_report(const Statistics& statistics, const organisation::Directory& directory, UnitId unit,
                                   Period period) {
    std::vector<Figure> figures;
    for (const FigureRule& rule : rules) figures.push_back({rule.key, 0});
    each_within(statistics, directory, unit, period, [&](const Seen& seen) {
        for (std::size_t i = 0; i < std::size(rules); ++i) figures[i].count += rules[i].counts(seen);
    });
    return figures;
}

json::object to_json(const std::vector<Figure>& figures) {
    json::object report;
    for (const Figure& figure : figures) {
        auto dot = figure.key.find('.');
        json::value& part = report[figure.key.substr(0, dot)];
        if (!part.is_object()) part = json::object();
        part.get_object().emplace(figure.key.substr(dot + 1), figure.count);
    }
    return report;
}

std::string to_csv(const std::vector<Figure>& figures) {
    std::string text = "figure,count\r\n";
    for (const Figure& figure : figures) text += fmt::format("{},{}\r\n", figure.key, figure.count);
    return text;
}

Result<std::vector<std::string>> list_figure(const Statistics& statistics, const organisation::Directory& directory,
                                             UnitId unit, Period period, std::string_view key) {
    auto rule = std::ranges::find(rules, key, &FigureRule::key);
    if (rule == std::end(rules)) {
        std::string keys;
        for (const FigureRule& known : rules) keys += (keys.empty() ? "" : ", ") + std::string(known.key);
        return fail(Errc::invalid, "report.figure_unknown", {{"key", std::string(key)}, {"keys", keys}});
    }
    std::vector<std::string> codes;
    each_within(statistics, directory, unit, period, [&](const Seen& seen) {
        if (rule->counts(seen)) codes.emplace_back(seen.facts.code);
    });
    std::ranges::sort(codes);
    return codes;
}

}  // namespace motcua::reporting
