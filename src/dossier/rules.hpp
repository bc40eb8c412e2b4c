// What the decrees say about the life of a dossier, as data: limits and articles of each rule set.
// Sources: Decree 61/2018/NĐ-CP (nd61), as amended by Decree 107/2021/NĐ-CP (nd107), Decree 118/2025/NĐ-CP (nd118).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "calendar/rules.hpp"

namespace motcua::dossier {

using calendar::RuleSet;

/// A reference as it is printed, in both languages. Views of static text.
struct Article {
    std::string_view vi, en;
};

/// The rules a command can break; each has an article in every rule set.
enum class Rule {
    filing,             // who may file what, through which channel
    reception,          // receive, receipt, code, start of the clock
    intake_refusal,     // Form 03
    intake_supplement,  // once, completely (Form 02)
    appraisal_supplement,
    supplement_closing,
    online_answer,
    settlement,  // steps, opinions, result within the limit
    opinion,
    extension,  // Form 04, once
    withdrawal,
    stopping,  // Form 05
    financial_duty,
    returning,
    wrong_result,
};
Article article(RuleSet rules, Rule rule);

struct Terms {
    int appraisal_supplement_working_days = 3;  // a request during appraisal at the latest, from reception
    std::optional<int> supplement_close_days;   // calendar days from the request; none = the decree has no closing
    int online_answer_hours = 8;                // working hours to answer an online dossier
    int extension_notice_days = 1;              // before the due date
    int correction_working_days = 3;
    bool amend_until_result = false;  // online; else until reception has answered
};
Terms terms(RuleSet rules);

// Terms that no decree sets; the administrator's housekeeping.
inline constexpr int draft_days = 30;                // an unfiled draft is kept
inline constexpr int supplement_reminder_days = 15;  // where the decree has no closing
inline constexpr int payment_reminder_days = 30;
inline constexpr int incident_working_days = 1;                // somebody answers an incident of the process
inline constexpr int timers_at_once = 100;                     // of one dossier in one decision
inline constexpr int service_attempts_max = 6;                 // then it is an incident
inline constexpr std::chrono::minutes service_retry_first{1};  // each next one after four times as long
inline constexpr int supplement_items_max = 50;
inline constexpr int reason_chars_max = 4000;
inline constexpr int components_max = 100;
inline constexpr int fees_max = 50;

}  // namespace motcua::dossier
