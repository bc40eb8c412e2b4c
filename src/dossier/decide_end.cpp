// Decisions that end a dossier, and after the end: result, return, withdrawal, stop, correction, notes.
#include <algorithm>

#include "dossier/decider.hpp"
#include "dossier/signing.hpp"

namespace motcua::dossier {

namespace {

constexpr std::size_t result_documents_max = 20;

}  // namespace

Done Decider::check_result(const ResultDocument& result) const {
    std::vector<FieldError> wrong;
    if (result.number.empty() && result.documents.empty())
        wrong.push_back({"result/number", "dossier.result_number_missing"});
    if (result.outcome == Outcome::refused && result.summary.empty())
        wrong.push_back({"result/summary", "dossier.result_reason_missing"});
    if (result.documents.size() > result_documents_max)
        wrong.push_back(
            {"result/documents", "dossier.too_many_documents", {{"max", std::to_string(result_documents_max)}}});
    check_documents(result.documents, "result/documents", wrong);
    if (!wrong.empty()) return fail(Errc::invalid, "dossier.result_invalid", {}, std::move(wrong));
    return {};
}

Done Decider::check_proven() const {
    if (facts.actor.proven || facts.actor.system) return {};
    return fail(Errc::forbidden, "session.confirmation_required");
}

Done Decider::run(const RecordResult& command) {
    TRY(check_status({Status::received, Status::processing}, Rule::settlement));
    if (d.result) return refuse("dossier.result_recorded", Rule::settlement);
    TRY(check_result(command.result));
    if (facts.process && has_signature(*facts.process)) TRY(check_proven());
    ResultDocument result = command.result;
    result.at = facts.now;
    json::object data = to_json(result);
    if (result.outcome == Outcome::refused) data.emplace("form", "03");
    emit("result_recorded", std::move(data));
    // A process that was over before there was a result: nothing else is left to be done.
    return finish_if_over();
}

Done Decider::run(const ReturnResult& command) {
    const bool again =
        d.status == Status::returned && d.correction && d.correction->corrected && !d.correction->returned;
    if (!again) TRY(check_status({Status::finished}, Rule::returning));
    if (d.correction && !d.correction->corrected) return refuse("dossier.correction_open", Rule::wrong_result);
    Dong unpaid;
    for (const FeeItem& fee : d.fees)
        if (!fee.paid) unpaid = unpaid + fee.amount;
    if (unpaid.amount > 0) return refuse("dossier.fee_unpaid", Rule::financial_duty, {{"amount", format_dong(unpaid)}});
    json::object data{
        {"channel", to_text(command.channel)}, {"to", command.to}, {"close", close_tasks({TaskKind::hand_over})}};
    if (!command.tracking.empty()) data.emplace("tracking", command.tracking);
    emit(again ? "corrected_result_returned" : "result_returned", std::move(data));
    return {};
}

Done Decider::run(const Withdraw& command) {
    TRY(check_status({Status::draft, Status::registered, Status::received, Status::processing,
                      Status::awaiting_supplement, Status::awaiting_payment},
                     Rule::withdrawal));
    if (d.result) return refuse("dossier.result_recorded", Rule::withdrawal);
    emit("dossier_withdrawn", {{"reason", command.reason}, {"close", close_tasks({})}});
    return {};
}

Done Decider::run(const Stop& command) {
    TRY(check_status({Status::received, Status::processing, Status::awaiting_supplement, Status::awaiting_payment},
                     Rule::stopping));
    if (d.result) return refuse("dossier.result_recorded", Rule::stopping);
    TRY(check_reason(command.reason));
    emit("dossier_stopped", {{"reason", command.reason}, {"form", "05"}, {"close", close_tasks({})}});
    return {};
}

Done Decider::run(const ReportWrongResult& command) {
    TRY(check_status({Status::finished, Status::returned}, Rule::wrong_result));
    TRY(check_reason(command.reason));
    if (d.correction && !d.correction->corrected) return refuse("dossier.correction_open", Rule::wrong_result);
    Instant due = TRY(working_due(terms(rules()).correction_working_days, calendar::TimeUnit::working_day,
                                  d.competent_unit, facts.now));
    Task task = new_task(TaskKind::correction, "approver", d.competent_unit, due);
    emit("correction_opened",
         {{"reason", command.reason}, {"due", due.time_since_epoch().count()}, {"open", json::array{to_json(task)}}});
    return {};
}

Done Decider::run(const CorrectResult& command) {
    if (!d.correction || d.correction->corrected) return refuse("dossier.no_correction_open", Rule::wrong_result);
    TRY(check_result(command.result));
    if (facts.process && has_signature(*facts.process)) TRY(check_proven());
    ResultDocument result = command.result;
    result.at = facts.now;
    json::object data = to_json(result);
    data.emplace("late", facts.now > d.correction->due);
    data.emplace("close", close_tasks({TaskKind::correction}));
    // Whoever has the wrong one is owed the right one, within the same term (Decree 118 art. 23(1)).
    if (d.status == Status::returned && std::ranges::find(d.tasks, TaskKind::hand_over, &Task::kind) == d.tasks.end())
        data.emplace(
            "open",
            json::array{to_json(new_task(TaskKind::hand_over, "returner", d.receiving_unit, d.correction->due))});
    emit("result_corrected", std::move(data));
    return {};
}

Done Decider::run(const AddNote& command) {
    if (d.head.version == 0 || d.status == Status::draft) return check_status({Status::registered}, Rule::settlement);
    TRY(check_reason(command.text));
    emit("note_added", {{"text", command.text}});
    return {};
}

}  // namespace motcua::dossier
