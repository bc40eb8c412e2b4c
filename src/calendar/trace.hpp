// The explanation of a due time: every counted interval, every skipped day with its reason and document, the articles
// applied. Made by due.hpp and deadline.hpp; shown by the command line, the receipt and the API.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "calendar/calendar_data.hpp"

namespace motcua::calendar {

/// `to` excluded; not_yet (due.hpp) for a pause that lasts. Working intervals are sessions or parts of them; calendar
/// intervals are whole days.
struct CountedInterval {
    LocalMinute from, to;
    bool calendar_days = false;
    bool operator==(const CountedInterval&) const = default;
};

struct SkippedDay {
    LocalDay day;
    DayKind kind = DayKind::rest;
    Name name;          // of the holiday or swap
    Document document;  // of the notice; empty for weekly rest and computed days
    Name article;       // of the law, for computed days and for rest days moved by it
    std::optional<LocalDay> in_place_of;
    bool provisional = false;
    bool operator==(const SkippedDay&) const = default;
};

/// A step of the reasoning: a reason of data/messages/calendar.json with the values of its sentence. Some values are
/// text themselves (articles, names of holidays) and so come in both languages.
struct Note {
    struct Text {
        std::string name;
        Name value;
        bool operator==(const Text&) const = default;
    };
    std::string reason;
    std::vector<Param> params;
    std::vector<Text> texts = {};
    bool operator==(const Note&) const = default;
};
/// All values of the sentence in one language, ready for the message catalogue.
std::vector<Param> params_in(Lang lang, const Note& note);

struct Trace {
    LocalMinute received, started;
    std::optional<LocalMinute> due;  // absent while the clock stands still
    std::string calendar_id;
    std::string rule_set;
    std::vector<CountedInterval> counted;
    std::vector<SkippedDay> skipped;
    std::vector<CountedInterval> paused;
    std::vector<SkippedDay> worked_rest_days;  // rest days counted because a notice exchanged them
    std::vector<Note> notes;                   // the whole reasoning in order, one sentence each
    std::vector<Name> articles;                // each once, in order of first use
    bool operator==(const Trace&) const = default;
};

json::value to_json(const Trace& trace);

}  // namespace motcua::calendar
