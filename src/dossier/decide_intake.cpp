// Decisions before and at reception: draft, submit, amend, receive, refuse, supplement.
#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"
#include "dossier/decider.hpp"

namespace motcua::dossier {

namespace {

/// What the citizen has handed in once `content` is merged into the present state.
const std::vector<Component>& components_after(const Dossier& d, const Content& content) {
    return content.components ? *content.components : d.components;
}

Result<void> check_components(const ProcedureFacts& procedure, const std::vector<Component>& components, bool online) {
    std::vector<FieldError> missing;
    for (const auto& required : procedure.required) {
        auto at = std::ranges::find(components, required.code, &Component::code);
        bool there = at != components.end() &&
                     (online ? !at->documents.empty() : at->originals + at->copies > 0 || !at->documents.empty());
        if (!there)
            missing.push_back({"components/" + required.code, "dossier.component_missing", {{"name", required.name}}});
    }
    if (!missing.empty()) {
        std::vector<Param> params{{"count", std::to_string(missing.size())}};
        return fail(Errc::invalid, "dossier.components_missing", std::move(params), std::move(missing));
    }
    return {};
}

}  // namespace

Done Decider::check_content(const Content& content) const {
    std::vector<FieldError> wrong;
    if (content.applicant) {
        if (content.applicant->name.empty()) wrong.push_back({"applicant/name", "dossier.name_missing"});
        if (content.applicant->name.size() > 400) wrong.push_back({"applicant/name", "dossier.name_too_long"});
    }
    if (content.filer && content.filer->kind != FilerKind::person && content.filer->name.empty())
        wrong.push_back({"filer/name", "dossier.filer_missing"});
    if (content.components && content.components->size() > std::size_t{components_max})
        wrong.push_back({"components", "dossier.too_many_components", {{"max", std::to_string(components_max)}}});
    if (content.components)
        for (std::size_t i = 0; i < content.components->size(); ++i)
            check_documents((*content.components)[i].documents, fmt::format("components/{}/documents", i), wrong);
    if (!wrong.empty()) return fail(Errc::invalid, "dossier.content_invalid", {}, std::move(wrong));
    return {};
}

void Decider::check_documents(const std::vector<DocumentId>& named, const std::string& path,
                              std::vector<FieldError>& wrong) const {
    for (std::size_t i = 0; i < named.size(); ++i)
        if (std::ranges::find(facts.documents, named[i]) == facts.documents.end())
            wrong.push_back({fmt::format("{}/{}", path, i), "dossier.document_unknown"});
}

Done Decider::run(const OpenDraft& command) {
    if (d.head.version != 0) return refuse("dossier.exists", Rule::filing);
    if (!facts.procedure.in_force)
        return refuse("dossier.procedure_not_in_force", Rule::filing, {{"procedure", facts.procedure.code}});
    const auto& channels = facts.procedure.channels;
    if (!channels.empty() && std::ranges::find(channels, command.channel) == channels.end())
        return refuse("dossier.channel_not_offered", Rule::filing,
                      {{"channel", std::string(to_text(command.channel))}});
    TRY(check_content(command.content));
    json::object data = content_json(command.content);
    data.emplace("procedure", facts.procedure.code);
    data.emplace("procedure_version", facts.procedure.version);
    data.emplace("procedure_name", facts.procedure.name);
    if (!facts.procedure.form.empty()) {
        data.emplace("form", facts.procedure.form);
        data.emplace("form_version", facts.procedure.form_version);
    }
    data.emplace("channel", to_text(command.channel));
    if (command.owner) data.emplace("owner", command.owner.value);
    if (facts.actor.officer) data.emplace("drafter", facts.actor.officer.value);
    Task task = new_task(TaskKind::complete_draft, "", UnitId{}, facts.now + std::chrono::days{draft_days});
    data.emplace("open", one(to_json(task, storage())));
    emit("dossier_drafted", std::move(data));
    return {};
}

Done Decider::run(const SaveDraft& command) {
    TRY(check_status({Status::draft}, Rule::filing));
    TRY(check_content(command.content));
    emit("draft_saved", content_json(command.content));
    return {};
}

Done Decider::run(const Submit& command) {
    TRY(check_status({Status::draft}, Rule::filing));
    if (!facts.procedure.in_force)
        return refuse("dossier.procedure_not_in_force", Rule::filing, {{"procedure", facts.procedure.code}});
    TRY(check_content(command.content));
    const Party& applicant = command.content.applicant ? *command.content.applicant : d.applicant;
    if (applicant.name.empty())
        return fail(Errc::invalid, "dossier.content_invalid", {}, {{"applicant/name", "dossier.name_missing"}});
    if (d.channel == Channel::online)
        TRY(check_components(facts.procedure, components_after(d, command.content), true));
    if (!facts.procedure.form.empty() && d.answers_version == 0 && !command.content.answers &&
        d.channel == Channel::online)
        return fail(Errc::invalid, "dossier.answers_missing", {}, {{"answers", "dossier.answers_missing"}});

    // Reception answers an online dossier within 8 working hours; at a counter it does so at once.
    Instant due = TRY(working_due(terms(rules()).online_answer_hours, calendar::TimeUnit::working_hour,
                                  facts.intake_unit, facts.now));
    json::object data = content_json(command.content);
    data.emplace("unit", facts.intake_unit.value);
    if (!facts.procedure.fees.empty()) {
        json::array fees(storage());
        for (const FeeItem& fee : facts.procedure.fees) fees.push_back(to_json(fee, storage()));
        data.emplace("fees", std::move(fees));
    }
    data.emplace("close", close_tasks({}));
    data.emplace("open", one(to_json(new_task(TaskKind::intake, "receiver", facts.intake_unit, due), storage())));
    emit("dossier_submitted", std::move(data));
    return {};
}

Done Decider::check_unmoved(const Content& content) const {
    std::vector<FieldError> moved;
    const auto keep = [&](const char* field, bool same) {
        if (!same) moved.push_back({field, "dossier.fixed_by_reception"});
    };
    if (content.applicant) {
        keep("applicant/kind", content.applicant->kind == d.applicant.kind);
        keep("applicant/id_number", content.applicant->id_number == d.applicant.id_number);
        keep("applicant/place", content.applicant->place == d.applicant.place);
    }
    if (content.procedure_case) keep("procedure_case", *content.procedure_case == d.procedure_case);
    if (moved.empty()) return {};
    return fail(Errc::invalid, "dossier.content_invalid", {}, std::move(moved));
}

Done Decider::run(const Amend& command) {
    if (terms(rules()).amend_until_result)
        TRY(check_status(amendable, Rule::withdrawal));
    else
        TRY(check_status({Status::registered}, Rule::withdrawal));
    if (d.channel != Channel::online) return refuse("dossier.amend_online_only", Rule::withdrawal);
    if (d.result) return refuse("dossier.result_recorded", Rule::withdrawal);
    TRY(check_content(command.content));
    if (d.received) TRY(check_unmoved(command.content));
    TRY(check_components(facts.procedure, components_after(d, command.content), true));
    emit("dossier_amended", content_json(command.content));
    return {};
}

Done Decider::run(const Receive& command) {
    TRY(check_status({Status::registered}, Rule::reception));
    if (!facts.procedure.in_force)
        return refuse("dossier.procedure_not_in_force", Rule::reception, {{"procedure", facts.procedure.code}});
    TRY(check_content(command.content));
    TRY(check_components(facts.procedure, components_after(d, command.content), d.channel == Channel::online));
    if (command.fees.size() > std::size_t{fees_max})
        return fail(Errc::invalid, "dossier.too_many_fees", {{"max", std::to_string(fees_max)}});
    CHECK(facts.process && facts.calendar && !facts.code.empty(), "facts of reception are missing");

    RuleSet pinned = calendar::rule_set_on(local_day(facts.now));
    LegalClock clock;
    calendar::DeadlineStarted started_clock{to_local(facts.now),
                                            facts.procedure.limits,
                                            {.rule_set = pinned,
                                             .same_day = facts.procedure.same_day,
                                             .cutoff = facts.procedure.cutoff,
                                             .due_at_end_of_day = facts.procedure.end_of_day}};
    // Whether it came in time for "today" is the receiving unit's hours; how long it takes, the competent unit's.
    const calendar::WorkCalendar& desk = hours_of(command.unit);
    if (&desk != facts.calendar && desk.covers(local_day(facts.now)))
        started_clock.counts_from = TRY(calendar::counts_from(desk, started_clock.at, started_clock.rules));
    calendar::apply(clock.count, started_clock);
    TRY(recount(facts, clock));
    clock.original = clock.due;

    json::object data = content_json(command.content);
    data.emplace("code", facts.code);
    data.emplace("receiving_unit", command.unit.value);
    data.emplace("competent_unit", facts.competent_unit.value);
    json::array grounds(storage());
    for (const Because& ground : facts.grounds) grounds.push_back(to_json(ground, storage()));
    data.emplace("grounds", std::move(grounds));
    data.emplace("rules", calendar::to_text(pinned));
    data.emplace("procedure_version", facts.procedure.version);
    data.emplace("process", facts.procedure.process);
    data.emplace("process_version", facts.procedure.process_version);
    data.emplace("clock", to_json(clock, storage()));
    if (!command.fees.empty()) {
        json::array fees(storage());
        for (const FeeItem& fee : command.fees) fees.push_back(to_json(fee, storage()));
        data.emplace("fees", std::move(fees));
    }
    d.rules = pinned;
    d.receiving_unit = command.unit;
    d.competent_unit = facts.competent_unit;
    process::Instance started;
    auto happened = TRY(process::start(*facts.process, "", {}, process_facts()));
    process::apply(started, happened);
    tell(data, happened);
    TRY(sync_steps(data, started, clock));
    emit("dossier_received", std::move(data));
    return {};
}

Done Decider::run(const Refuse& command) {
    TRY(check_status({Status::registered}, Rule::intake_refusal));
    TRY(check_reason(command.reason));
    emit("dossier_refused", {{"reason", command.reason}, {"form", "03"}, {"close", close_tasks({})}});
    return {};
}

Done Decider::run(const RequestSupplement& command) {
    TRY(check_status({Status::registered, Status::received, Status::processing}, Rule::appraisal_supplement));
    TRY(check_reason(command.reason));
    if (command.items.empty())
        return fail(Errc::invalid, "dossier.supplement_items_missing", {},
                    {{"items", "dossier.supplement_items_missing"}});
    if (command.items.size() > std::size_t{supplement_items_max})
        return fail(Errc::invalid, "dossier.too_many_items", {{"max", std::to_string(supplement_items_max)}});
    Stage stage = d.status == Status::registered ? Stage::intake : Stage::appraisal;
    Rule rule = stage == Stage::intake ? Rule::intake_supplement : Rule::appraisal_supplement;
    if (std::ranges::find(d.supplements, stage, &Supplement::stage) != d.supplements.end())
        return refuse("dossier.supplement_already_requested", rule);

    Terms term = terms(rules());
    Supplement supplement{stage, facts.now, std::nullopt, command.items, command.reason, std::nullopt};
    if (stage == Stage::appraisal) {
        if (d.result) return refuse("dossier.result_recorded", rule);
        int days = facts.procedure.supplement_working_days.value_or(term.appraisal_supplement_working_days);
        LocalMinute last = TRY(calendar::due_time(*facts.calendar, to_local(*d.received),
                                                  {days * 1000, calendar::TimeUnit::working_day},
                                                  {.rule_set = rules(), .due_at_end_of_day = true}));
        if (to_local(facts.now) > last)
            return refuse("dossier.supplement_too_late", rule,
                          {{"days", std::to_string(days)}, {"last", format_local(last)}});
    }
    int wait_days = term.supplement_close_days.value_or(supplement_reminder_days);
    UnitId unit = d.receiving_unit;  // where the citizen brings it
    Instant closes = TRY(working_due(wait_days, calendar::TimeUnit::day, unit, facts.now));
    if (term.supplement_close_days) supplement.closes = closes;
    json::object data = to_json(supplement);
    data.emplace("form", "02");
    if (stage == Stage::appraisal && !clock_stands()) {
        LegalClock clock = *d.clock;
        calendar::apply(clock.count, calendar::DeadlinePaused{to_local(facts.now), "supplement"});
        data.emplace("clock", to_json(clock));
    }
    data.emplace("close", close_tasks({TaskKind::intake, TaskKind::step, TaskKind::incident,
                                       TaskKind::awaited}));  // who was asked may still answer
    data.emplace("open", json::array{to_json(new_task(TaskKind::supplement, "receiver", unit, closes))});
    suspend(data);
    emit("supplement_requested", std::move(data));
    return {};
}

Done Decider::run(const SubmitSupplement& command) {
    TRY(check_status({Status::awaiting_supplement}, Rule::appraisal_supplement));
    TRY(check_content(command.content));
    // Reception has the same time to answer as for a new online dossier.
    Instant due = TRY(
        working_due(terms(rules()).online_answer_hours, calendar::TimeUnit::working_hour, d.receiving_unit, facts.now));
    json::object data = content_json(command.content);
    data.emplace("close", close_tasks({TaskKind::supplement}));
    data.emplace("open", json::array{to_json(new_task(TaskKind::supplement, "receiver", d.receiving_unit, due))});
    emit("supplement_submitted", std::move(data));
    return {};
}

Done Decider::run(const AcceptSupplement& command) {
    TRY(check_status({Status::awaiting_supplement}, Rule::appraisal_supplement));
    TRY(check_content(command.content));
    TRY(check_components(facts.procedure, components_after(d, command.content), false));
    Stage stage = d.open_supplement()->stage;
    json::object data = content_json(command.content);
    data.emplace("stage", stage == Stage::intake ? "intake" : "appraisal");
    if (stage == Stage::intake) {
        Instant due = TRY(working_due(terms(rules()).online_answer_hours, calendar::TimeUnit::working_hour,
                                      d.receiving_unit, facts.now));
        data.emplace("close", close_tasks({}));
        data.emplace("open", json::array{to_json(new_task(TaskKind::intake, "receiver", d.receiving_unit, due))});
    } else {
        // "Thời hạn giải quyết được tính lại từ đầu sau khi nhận đủ hồ sơ."
        LegalClock clock = *d.clock;
        calendar::apply(clock.count, calendar::DeadlineRestarted{to_local(facts.now)});
        TRY(recount(facts, clock));
        data.emplace("clock", to_json(clock));
        TRY(reopen_steps(data, clock));
    }
    emit("dossier_supplemented", std::move(data));
    return {};
}

Done Decider::run(const AttachDocument& command) {
    bool result = command.component == result_component;
    if (result)
        TRY(check_status({Status::received, Status::processing, Status::finished, Status::returned}, Rule::settlement));
    else
        TRY(check_status({Status::draft, Status::registered, Status::awaiting_supplement, Status::awaiting_payment,
                          Status::received, Status::processing},
                         Rule::filing));
    json::object data{{"document", command.record}, {"component", command.component}};
    if (!result && std::ranges::find(d.components, command.component, &Component::code) == d.components.end()) {
        if (d.components.size() >= std::size_t{components_max})
            return fail(Errc::invalid, "dossier.too_many_components", {{"max", std::to_string(components_max)}});
        for (const auto& required : facts.procedure.required)
            if (required.code == command.component) data.emplace("name", required.name);
    }
    data.emplace("id", command.document.value);
    emit("document_attached", std::move(data));
    return {};
}

Done Decider::run(const DetachDocument& command) {
    TRY(check_status({Status::draft}, Rule::filing));
    for (const Component& component : d.components)
        if (std::ranges::find(component.documents, command.document) != component.documents.end()) {
            emit("document_detached", {{"id", command.document.value}, {"component", component.code}});
            return {};
        }
    return fail(Errc::not_found, "dossier.document_unknown");
}

Done Decider::run(const CloseUnsupplemented&) {
    TRY(check_status({Status::awaiting_supplement}, Rule::supplement_closing));
    const Supplement& open = *d.open_supplement();
    if (open.submitted) return refuse("dossier.supplement_submitted", Rule::supplement_closing);
    if (!open.closes) return refuse("dossier.no_closing_term", Rule::supplement_closing);
    if (facts.now <= *open.closes)
        return refuse("dossier.supplement_still_open", Rule::supplement_closing,
                      {{"closes", format_local(to_local(*open.closes))}});
    emit("dossier_stopped", {{"reason", "supplement_expired"}, {"form", "05"}, {"close", close_tasks({})}});
    return {};
}

}  // namespace motcua::dossier
