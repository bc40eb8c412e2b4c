// Use cases on dossiers: gather the facts, decide, make the write set. Owns which unit is competent, the reservation of
// codes and which version of what a dossier runs on. Pure of HTTP; the scope of the actor is checked in access.hpp.
// Cost of a command: one row read (state), the decision in memory, one write set.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "catalogue/catalogue.hpp"
#include "definitions/definitions.hpp"
#include "dossier/decide.hpp"
#include "dossier/rows.hpp"
#include "forms/validate.hpp"
#include "organisation/directory.hpp"

namespace motcua::dossier {

/// Snapshots of what changes rarely; each call answers the newest.
struct Snapshots {
    std::function<std::shared_ptr<const organisation::Directory>()> directory;
    std::function<std::shared_ptr<const catalogue::Catalogue>()> catalogue;
    std::function<definitions::DefinitionsPtr()> definitions;
};

/// Serials of dossier codes, one counter for each agency and day. A serial is never given twice; one that was reserved
/// for a command that then failed is a gap. Seeds itself from the rows.
class CodeBook {
  public:
    /// "H33.39.09-230223-0001" (Decree 118/2025 art. 28) or "000.09.39.H33-230223-0001" (Circular 01/2018 art. 19).
    std::string reserve(db::Session& session, const std::string& agency, LocalDay day);

  private:
    struct Serials {
        int last = 0;
        std::chrono::steady_clock::time_point at = {};  // when it was given out
        int collisions = 0;                             // in a row, with other servers
    };
    /// How many serials to leave to others.
    static int keep_clear(Serials& serials, int stored);

    std::mutex mutex_;
    std::map<std::string, Serials, std::less<>> serials_;
};

/// What a command came to.
struct Change {
    ledger::WriteSet write;
    Dossier after;  // head.position is not known before the commit
};

/// What the administrator decides about deadlines (configuration `deadlines.*`). A dossier keeps what held when it was
/// received.
struct DeadlinePolicy {
    bool due_at_end_of_day = false;                                         // "trả cuối ngày"
    std::chrono::minutes same_day_cutoff = calendar::DueRules{}.cutoff;     // "trong ngày" is the next day after it
    calendar::Limit warn_before{16'000, calendar::TimeUnit::working_hour};  // when a due time is near
};

class Service {
  public:
    Service(Snapshots snapshots, IdMaker& ids, DeadlinePolicy policy = {})
        : snapshots_(std::move(snapshots)), ids_(ids), policy_(policy) {}

    /// Decides the commands, as one change, on a dossier as loaded. `expected_version` from the client, if it sent one.
    /// Reasons: stale "dossier.stale_version" {present}; those of decide, of the form, of competence and of the limits.
    Result<Change> change(db::Session& session, const Dossier& dossier, const std::vector<Command>& commands,
                          const ActorFacts& actor, const ledger::Meta& meta,
                          std::optional<std::int64_t> expected_version = std::nullopt);

    /// A new dossier of a procedure: OpenDraft and, if given, what follows at once (Submit, Receive).
    /// Reasons: invalid "dossier.procedure_unknown" {procedure} besides those of change.
    Result<Change> open(db::Session& session, std::string_view procedure_code, const std::vector<Command>& commands,
                        const ActorFacts& actor, const ledger::Meta& meta);

    /// Which unit settles the dossier, and why. Reasons of organisation::Directory::competent_unit.
    Result<organisation::Competence> competence(const catalogue::Procedure& procedure, const Dossier& dossier,
                                                UnitId receiving, LocalDay day) const;
    /// The unit whose reception answers for `unit`: itself, or the centre of its province.
    UnitId reception_of(UnitId unit, LocalDay day) const;

    const DeadlinePolicy& policy() const { return policy_; }
    /// The hours of a unit on a day: what it or a unit above names, else the State's standard calendar. Lives as long
    /// as `definitions`.
    const definitions::CalendarVersion& hours_of(const definitions::Definitions& definitions, UnitId unit,
                                                 LocalDay day) const;
    /// How the deadline stands; near is as the policy says. Reasons as explain.
    Result<calendar::Progress> progress(const Dossier& dossier, Instant now) const;
    /// What the unit owes is due soon, in its own hours; not when it is late.
    bool is_due_soon(UnitId unit, Instant now, Instant due) const;
    /// Later than whatever is due soon for one of the units.
    Instant due_soon_until(std::span<const UnitId> units, Instant now) const;
    /// The due time with its trace, counted on the calendar it was pinned to. Reason "dossier.no_deadline" before
    /// reception.
    Result<calendar::ExplainedDeadline> explain(const Dossier& dossier) const;
    /// What the forms need to know of the world on a day: units.
    forms::Facts form_facts(LocalDay today) const;
    /// Validates form answers against the dossier's form version; answers come back normalised.
    Result<json::object> check_answers(const std::string& form, int version, const json::object& answers,
                                       LocalDay today,
                                       forms::Completeness completeness = forms::Completeness::complete) const;

    /// The version the dossier is pinned to, or (before reception) the one in force. nullptr when unknown.
    std::shared_ptr<const catalogue::Procedure> procedure_of(const Dossier& dossier, LocalDay day) const;
    const Snapshots& snapshots() const { return snapshots_; }

  private:
    Result<Facts> facts_for(db::Session& session, const Dossier& dossier, const std::vector<Command>& commands,
                            const ActorFacts& actor, Instant now, const catalogue::Procedure& procedure);

    Snapshots snapshots_;
    IdMaker& ids_;
    DeadlinePolicy policy_;
    CodeBook codes_;
};

/// Whether the due time is what the pinned calendar gives: sentences in English (`motcua doctor`), empty when right.
std::vector<std::string> check_deadline(const Dossier& dossier, const definitions::Definitions& definitions);

/// What time itself brings: dossiers whose supplement was not handed in are closed (Decree 118/2025 art. 19(5)), drafts
/// nobody filed are dropped. One blocking pass; answers how many dossiers changed. Called every minute by the server.
Result<int> run_due(db::Database& database, ledger::Committer& committer, Service& service, Instant now);

}  // namespace motcua::dossier
