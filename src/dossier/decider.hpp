// Inside of decide: the state as it becomes while a command is decided, and what several commands share.
#pragma once

#include <string>
#include <vector>

#include "dossier/decide.hpp"

namespace motcua::dossier {

using Done = Result<void>;

class Decider {
  public:
    Decider(const Dossier& dossier, const Facts& given) : d(dossier), facts(given) {}

    Dossier d;  // with the events so far applied
    const Facts& facts;
    /// Of what events are made of; a move between two memories would be a copy.
    const std::shared_ptr<json::monotonic_resource> memory =
        std::make_shared<json::monotonic_resource>(event_bytes_usual);
    std::vector<ledger::NewEvent> events;

    // One for each command, by its type.
    Done run(const OpenDraft&);
    Done run(const SaveDraft&);
    Done run(const Submit&);
    Done run(const Amend&);
    Done run(const Receive&);
    Done run(const Refuse&);
    Done run(const RequestSupplement&);
    Done run(const SubmitSupplement&);
    Done run(const AcceptSupplement&);
    Done run(const CloseUnsupplemented&);
    Done run(const AssignTask&);
    Done run(const CompleteStep&);
    Done run(const ReturnStep&);
    Done run(const RequestOpinion&);
    Done run(const GiveOpinion&);
    Done run(const RequestPayment&);
    Done run(const RecordPayment&);
    Done run(const Extend&);
    Done run(const Apologise&);
    Done run(const RecordResult&);
    Done run(const ReturnResult&);
    Done run(const Withdraw&);
    Done run(const Stop&);
    Done run(const ReportWrongResult&);
    Done run(const CorrectResult&);
    Done run(const AttachDocument&);
    Done run(const DetachDocument&);
    Done run(const AddNote&);
    Done run(const MoveDeadline&);
    Done run(const RunTimers&);
    Done run(const DeliverMessage&);
    Done run(const DeliverSignal&);
    Done run(const AnswerService&);
    Done run(const ResolveIncident&);
    Done run(const MigrateProcess&);

    std::string_view command_name;  // name of the command being decided

  private:
    static constexpr std::size_t event_bytes_usual = 12 << 10;  // of a filing's three, as JSON values in memory

    json::storage_ptr storage() const { return memory.get(); }
    json::array one(json::object object) const {
        json::array list(storage());
        list.push_back(std::move(object));
        return list;
    }
    /// Appends the event and applies it to `d`.
    void emit(std::string_view type, json::object data);

    RuleSet rules() const { return d.rules.value_or(calendar::rule_set_on(local_day(facts.now))); }
    /// A refusal that names the article.
    std::unexpected<Error> refuse(std::string_view reason, Rule rule, std::vector<Param> params = {}) const;
    Done check_status(std::initializer_list<Status> allowed, Rule rule) const;
    Done check_reason(const std::string& reason) const;
    /// Of a signature: reason forbidden "session.confirmation_required" (signing.hpp).
    Done check_proven() const;
    Result<const Task*> task_to_act_on(std::int64_t id, std::initializer_list<TaskKind> kinds) const;
    Done check_content(const Content& content) const;
    /// Of a received dossier: what its code, limit and process follow from stays.
    Done check_unmoved(const Content& content) const;
    Done check_result(const ResultDocument& result) const;
    /// Appends what is wrong with naming these uploads at `path`.
    void check_documents(const std::vector<DocumentId>& named, const std::string& path,
                         std::vector<FieldError>& wrong) const;
    json::object content_json(const Content& content) const;

    Task new_task(TaskKind kind, std::string role, UnitId unit, Instant due) const;
    /// Ids of all open tasks of these kinds (of every kind when empty).
    json::array close_tasks(std::initializer_list<TaskKind> kinds) const;
    // decide_process.cpp: what the process asks for becomes tasks and pending rows.
    /// Adds "instance", "close", "open" and (when it changes) "pending" to `data`, so that steps, incidents and awaited
    /// messages of the process are the dossier's. While the dossier is suspended only the instance is kept up.
    Done sync_steps(json::object& data, const process::Instance& instance, const LegalClock& clock) const;
    Done sync_steps(json::object& data, const process::Instance& instance, const LegalClock& clock,
                    const process::Model& model) const;
    /// Emits the event with what the process made of it; ends the dossier's settlement when the process has ended.
    Done move_on(std::string_view type, json::object data, const process::Events& happened);
    /// Ends the settlement when the process is over and there is a result.
    Done finish_if_over();
    /// What the process said to the world: "messages" and "signals" of `data`.
    void tell(json::object& data, const process::Events& happened) const;
    Result<process::Instance> instance() const;
    process::Facts process_facts() const;
    /// Timers and calls rest while the citizen's turn lasts; call before such an event.
    void suspend(json::object& data) const;
    /// After a pause or restart: the open steps of the stored process again, with new due times; limits of its timers
    /// are counted anew as well.
    Done reopen_steps(json::object& data, const LegalClock& clock) const;
    /// Hours of the unit that has to act.
    const calendar::WorkCalendar& hours_of(UnitId unit) const;
    /// When `amount` from `start` on is over for that unit.
    Result<Instant> working_due(int amount, calendar::TimeUnit of_time, UnitId unit, Instant start) const;
    /// Due time of a step that `unit` does from `start` on; never after the dossier's.
    Result<Instant> step_due(const std::optional<process::Limit>& limit, std::optional<double> share,
                             const LegalClock& clock, UnitId unit, Instant start) const;
    /// The open tasks whose terms end at another time on the hours known now: {"id", "due"}; steps by `clock`.
    Result<json::array> moved_tasks(const std::optional<LegalClock>& clock) const;
    /// Timers that count working time, by the hours known now.
    Done move_timers(json::object& data) const;
    bool clock_stands() const { return d.clock && d.clock->count.paused(); }
    void finish();

    /// Pending lines that a signal has reached: what still waits does so anew under another id, so that the signal
    /// delivered again after a crash passes it by.
    std::vector<std::int64_t> heard_;
};

}  // namespace motcua::dossier
