// decide(State, Command, Facts) -> Events: every rule of the dossier's life, pure. Facts are values; nothing is read
// here. A refusal carries the article it rests on as {rule_vi}, {rule_en}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/due.hpp"
#include "calendar/work_calendar.hpp"
#include "dossier/commands.hpp"
#include "dossier/rules.hpp"
#include "process/engine.hpp"

namespace motcua::dossier {

/// The version of the procedure that the dossier is (to be) received under, as far as the rules need it.
struct ProcedureFacts {
    std::string code;
    int version = 0;
    std::string name;
    bool in_force = true;                                       // published and valid today
    std::vector<Channel> channels;                              // empty = all
    std::vector<calendar::Limit> limits;                        // for this dossier's channel and case
    bool same_day = false;                                      // "trong ngày"
    std::chrono::minutes cutoff = calendar::DueRules{}.cutoff;  // of a "trong ngày" limit
    bool end_of_day = false;                                    // due at the close of the day
    struct RequiredComponent {
        std::string code, name;
    };
    std::vector<RequiredComponent> required;
    std::vector<FeeItem> fees;  // for this channel
    std::string form;
    int form_version = 0;
    std::string process;
    int process_version = 0;
    std::optional<int> supplement_working_days;  // sector law instead of 3
    bool opinion_pauses_clock = false;
};

/// Who acts; the scope check has been done.
struct ActorFacts {
    OfficerId officer;  // none when a citizen or the system acts
    PersonId person;
    bool system = false;
    bool may_take_over = false;  // may act on a task assigned to somebody else
    bool proven = false;         // has proved of late who he is: what a signature asks for
};

/// Who a task is to be assigned to, for AssignTask.
struct AssigneeFacts {
    bool known = false;       // an officer's account
    bool fit = false;         // active, and in the task's role for its unit and field on the day
    bool kept_apart = false;  // did a step from which the process separates this one
    std::string name;
};

struct Facts {
    Instant now;
    ActorFacts actor;
    /// What the legal clock counts on: the competent unit's hours, chosen on the day of reception, as known today.
    const calendar::WorkCalendar* calendar = nullptr;
    std::string calendar_id;
    /// Hours that a unit keeps today; absent = the same calendar for all.
    std::function<const calendar::WorkCalendar&(UnitId)> hours_of;
    ProcedureFacts procedure;
    const process::Model* process = nullptr;      // needed from reception on
    const process::Model* new_process = nullptr;  // for MigrateProcess: the version to move to
    std::string code;                             // reserved, for Receive
    UnitId competent_unit;                        // for Receive
    std::vector<Because> grounds;
    UnitId intake_unit;  // for Submit: whose reception answers
    AssigneeFacts assignee;
    /// For CompleteStep: those of the steps from which the process separates it that this officer did himself.
    std::vector<std::string> done_by_actor;
    std::vector<DocumentId> documents;  // uploads of this dossier that the commands may name, this change's included
    /// Unit that a step's selector means: "receiving", "competent", "reception" (of the competent unit), "parent",
    /// "district", "province", "unit:<code>", or an authority of the province by what it is in charge of ("police");
    /// anything else is the competent unit.
    std::function<UnitId(std::string_view selector, UnitId receiving, UnitId competent)> resolve_unit;
    std::function<std::int64_t()> next_id;
};

/// The events of the command, or the refusal. Reasons: see data/messages/dossier.json; all are Errc::conflict
/// ("does not fit the present state or the law") or Errc::invalid (the command itself is wrong), but for a signature
/// without proof, which nothing else stands in the way of: forbidden "session.confirmation_required", the last thing
/// that is looked at.
Result<std::vector<ledger::NewEvent>> decide(const Dossier& dossier, const Command& command, const Facts& facts);

struct Decided {
    std::shared_ptr<json::monotonic_resource> memory;  // that the events live in
    std::vector<ledger::NewEvent> events;
    Dossier after;  // as the events leave it; its head has their last version, but no position yet
};

/// Several commands as one change: filing at the counter is OpenDraft, Submit and Receive at once.
Result<Decided> decide_all(const Dossier& dossier, const std::vector<Command>& commands, const Facts& facts);

/// The due time of the clock counted anew on the calendar of the facts, which it is pinned to from now on; unchanged
/// while it stands still.
Result<void> recount(const Facts& facts, LegalClock& clock);

}  // namespace motcua::dossier
