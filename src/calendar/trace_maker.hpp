// Internal to the module: gathers a Trace while due.cpp counts. The counting itself never depends on it.
#pragma once

#include <span>

#include "calendar/due.hpp"

namespace motcua::calendar {

class TraceMaker {
  public:
    TraceMaker(const WorkCalendar& calendar, const DueRules& rules) : calendar_(calendar), rules_(rules) {}

    void received(LocalMinute at, std::span<const Limit> limits);
    /// Working time was counted from `from` to `to`.
    void working(LocalMinute from, LocalMinute to);
    void pause(LocalMinute from, LocalMinute to);
    /// A calendar period begins on `first` (not counted) and, without pauses, ends on `last`.
    void calendar_period(LocalDay first, LocalDay last, bool in_months);
    void calendar_pause(LocalDay from, LocalDay to, LocalDay new_last);
    void calendar_end(LocalDay first, LocalDay last, LocalDay rolled);
    /// A "trong ngày" limit counts whole days from `first` to `last`.
    void same_day(LocalMinute start, LocalDay first, LocalDay last);
    /// A pause without end keeps the clock from `since`.
    void stopped(LocalMinute since);
    void end_of_day(LocalMinute counted, LocalMinute due);
    /// `due` may be not_yet.
    Trace finish(LocalMinute due);

  private:
    void note(std::string_view reason, std::vector<Param> params, std::vector<Note::Text> texts = {});
    /// Adds the article to the list and answers it as the text `article` of a sentence.
    std::vector<Note::Text> cite(Topic topic);
    void cite(Name article);
    /// Records the day as skipped (or as a worked rest day) with its reason.
    SkippedDay special(LocalDay day) const;
    void skip(LocalDay day);
    void mark_worked_rest_day(LocalDay day);
    /// The texts `name` and `source` of a sentence about the day.
    static std::vector<Note::Text> source_of(const SkippedDay& day);

    const WorkCalendar& calendar_;
    const DueRules& rules_;
    Trace trace_;
    bool started_ = false;
    int provisional_year_ = 0;  // told already
};

}  // namespace motcua::calendar
