// Use cases on dossiers: gather the facts, decide, make the write set. Owns which unit is competent, the reservation of
// codes and which version of what a dossier runs on. Pure of HTTP; the scope of the actor is checked in access.hpp.
// Cost of a command: one row read (state), the decision in memory, one write set.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
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
    /// After a clash with a code that another program wrote: seed again.
    void forget();

  private:
    std::mutex mutex_;
    std::map<std::string, int, std::less<>> last_;
};

/// What a command came to.
struct Change {
    ledger::WriteSet write;
    Dossier after;  // head.position is not known before the commit
};

class Service {
  public:
    Service(Snapshots snapshots, IdMaker& ids) : snapshots_(std::move(snapshots)), ids_(ids) {}

    /// Decides the commands, as one change, on a dossier as loaded. `expected_version` from the client, if it sent one.
    /// Reasons: stale "dossier.stale_version" {present}; those of decide, of the form, of competence and of the limits.
    Result<Change> change(db::Session& session, const Dossier& dossier, const std::vector<Command>& commands,
                          const ActorFacts& actor, const ledger::Meta& meta,
                          std::optional<std::int64_t> expected_version = std::nullopt);

    /// A new dossier of a procedure: OpenDraft and, if given, what follows at once (Submit, Receive).
    /// Reasons: not_found "dossier.procedure_unknown" {procedure} besides those of change.
    Result<Change> open(db::Session& session, std::string_view procedure_code, const std::vector<Command>& commands,
                        const ActorFacts& actor, const ledger::Meta& meta);

    /// Which unit settles the dossier, and why. Reasons of organisation::Directory::competent_unit.
    Result<organisation::Competence> competence(const catalogue::Procedure& procedure, const Dossier& dossier,
                                                UnitId receiving, LocalDay day) const;
    /// The unit whose reception answers for `unit`: itself, or the centre of its province.
    UnitId reception_of(UnitId unit, LocalDay day) const;

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
    CodeBook codes_;
};

/// What time itself brings: dossiers whose supplement was not handed in are closed (Decree 118/2025 art. 19(5)), drafts
/// nobody filed are dropped. One blocking pass; answers how many dossiers changed. Called every minute by the server.
Result<int> run_due(db::Database& database, ledger::Committer& committer, Service& service, Instant now);

/// Moves the due times of open dossiers to the newest calendar; answers code, old and new due time of those that moved.
struct MovedDossier {
    std::string code;
    Instant before, after;
};
Result<std::vector<MovedDossier>> move_deadlines(db::Database& database, ledger::Committer& committer, Service& service,
                                                 const std::string& document, const ledger::Meta& meta);

}  // namespace motcua::dossier
