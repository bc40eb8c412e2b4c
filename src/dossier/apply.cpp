// The fold: what each event does to the state. No rule lives here; the events carry what the rules found.
#include <algorithm>

#include "base/check.hpp"
#include "dossier/dossier.hpp"
#include "dossier/rules.hpp"

namespace motcua::dossier {

namespace {

using Ms = std::chrono::milliseconds;
using ledger::StoredEvent;

std::optional<Instant> instant(const json::object& o, std::string_view key) {
    auto value = find_int(o, key);
    return value ? std::optional(Instant{Ms{*value}}) : std::nullopt;
}

void read_content(Dossier& d, const json::object& o, std::int64_t version) {
    if (auto* party = find_object(o, "applicant")) d.applicant = party_from_json(*party);
    if (auto* filer = find_object(o, "filer")) d.filer = filer_from_json(*filer);
    if (auto text = find_string(o, "return_channel"))
        d.return_channel = find_return_channel(*text).value_or(d.return_channel);
    if (auto text = find_string(o, "procedure_case")) d.procedure_case = *text;
    if (auto* components = find_array(o, "components")) {
        d.components.clear();
        for (const json::value& value : *components) d.components.push_back(component_from_json(value.as_object()));
    }
    if (o.contains("answers")) d.answers_version = version;
}

void read_tasks(Dossier& d, const json::object& o) {
    if (auto* closed = find_array(o, "close"))
        for (const json::value& id : *closed)
            std::erase_if(d.tasks, [&](const Task& task) { return id.is_int64() && task.id == id.get_int64(); });
    if (auto* opened = find_array(o, "open"))
        for (const json::value& value : *opened) d.tasks.push_back(task_from_json(value.as_object()));
    if (auto* instance = find_object(o, "instance")) d.instance = *instance;
    if (auto* pending = find_array(o, "pending")) {
        d.pending.clear();
        for (const json::value& value : *pending) d.pending.push_back(pending_from_json(value.as_object()));
    }
}

void read_fees(Dossier& d, const json::object& o) {
    auto* fees = find_array(o, "fees");
    if (!fees) return;
    d.fees.clear();
    for (const json::value& value : *fees) d.fees.push_back(fee_from_json(value.as_object()));
}

void read_clock(Dossier& d, const json::object& o) {
    if (auto* clock = find_object(o, "clock")) d.clock = clock_from_json(*clock);
}

Supplement* open_supplement(Dossier& d) { return const_cast<Supplement*>(std::as_const(d).open_supplement()); }

using Applier = void (*)(Dossier&, const StoredEvent&);

void claimed(Dossier& d, const StoredEvent& e) { d.owner = PersonId{int_or(e.data, "owner", 0)}; }

void drafted(Dossier& d, const StoredEvent& e) {
    d.id = DossierId{e.stream};
    d.status = Status::draft;
    d.created = e.meta.at;
    d.procedure = string_or(e.data, "procedure");
    d.procedure_version = static_cast<int>(int_or(e.data, "procedure_version", 0));
    d.procedure_name = string_or(e.data, "procedure_name");
    d.form = string_or(e.data, "form");
    d.form_version = static_cast<int>(int_or(e.data, "form_version", 0));
    d.channel = find_channel(string_or(e.data, "channel")).value_or(Channel::online);
    d.owner = PersonId{int_or(e.data, "owner", 0)};
    d.drafter = OfficerId{int_or(e.data, "drafter", 0)};
    read_content(d, e.data, e.version);
}
void draft_saved(Dossier& d, const StoredEvent& e) { read_content(d, e.data, e.version); }
void amended(Dossier& d, const StoredEvent& e) {
    if (d.received) d.amended = e.meta.at;
    read_content(d, e.data, e.version);
}
void submitted(Dossier& d, const StoredEvent& e) {
    d.status = Status::registered;
    d.submitted = e.meta.at;
    d.receiving_unit = UnitId{int_or(e.data, "unit", d.receiving_unit.value)};
    read_content(d, e.data, e.version);
    read_fees(d, e.data);
}
void received(Dossier& d, const StoredEvent& e) {
    d.status = Status::received;
    d.code = string_or(e.data, "code");
    d.received = e.meta.at;
    d.receiving_unit = UnitId{int_or(e.data, "receiving_unit", 0)};
    d.competent_unit = UnitId{int_or(e.data, "competent_unit", 0)};
    if (auto* grounds = find_array(e.data, "grounds"))
        for (const json::value& ground : *grounds) d.grounds.push_back(because_from_json(ground.as_object()));
    d.rules = calendar::find_rule_set(string_or(e.data, "rules"));
    d.procedure_version = static_cast<int>(int_or(e.data, "procedure_version", d.procedure_version));
    d.process = string_or(e.data, "process");
    d.process_version = static_cast<int>(int_or(e.data, "process_version", 0));
    read_content(d, e.data, e.version);
    read_fees(d, e.data);
}
void refused(Dossier& d, const StoredEvent& e) {
    d.status = Status::refused;
    d.closing_reason = string_or(e.data, "reason");
}
void supplement_requested(Dossier& d, const StoredEvent& e) {
    d.status = Status::awaiting_supplement;
    d.supplements.push_back(supplement_from_json(e.data));
}
void supplement_submitted(Dossier& d, const StoredEvent& e) {
    if (Supplement* open = open_supplement(d)) open->submitted = e.meta.at;
    read_content(d, e.data, e.version);
}
void supplemented(Dossier& d, const StoredEvent& e) {
    if (Supplement* open = open_supplement(d)) open->submitted = e.meta.at;
    d.status = string_or(e.data, "stage") == "appraisal" ? Status::processing : Status::registered;
    read_content(d, e.data, e.version);
}
void assigned(Dossier& d, const StoredEvent& e) {
    for (Task& task : d.tasks)
        if (task.id == int_or(e.data, "task", 0)) task.officer = OfficerId{int_or(e.data, "officer", 0)};
    if (d.status == Status::received) d.status = Status::processing;
}
void step_done(Dossier& d, const StoredEvent&) { d.status = Status::processing; }
void migrated(Dossier& d, const StoredEvent& e) {
    d.process_version = static_cast<int>(int_or(e.data, "process_version", d.process_version));
}
void opinion_requested(Dossier& d, const StoredEvent& e) {
    Opinion opinion{int_or(e.data, "task", 0), UnitId{int_or(e.data, "agency", 0)}, string_or(e.data, "content"),
                    e.meta.at, instant(e.data, "due").value_or(e.meta.at)};
    if (const json::object* limit = find_object(e.data, "limit")) opinion.limit = limit_from_json(*limit);
    opinion.pauses_clock = find_bool(e.data, "pauses").value_or(false);
    d.opinions.push_back(std::move(opinion));
}
void opinion_given(Dossier& d, const StoredEvent& e) {
    for (Opinion& opinion : d.opinions)
        if (opinion.task == int_or(e.data, "task", 0)) {
            opinion.answered = e.meta.at;
            opinion.answer = string_or(e.data, "answer");
        }
}
void payment_requested(Dossier& d, const StoredEvent& e) {
    d.status = Status::awaiting_payment;
    read_fees(d, e.data);
}
void payment_received(Dossier& d, const StoredEvent& e) {
    if (d.status == Status::awaiting_payment) d.status = Status::processing;
    read_fees(d, e.data);
}
void apologised(Dossier& d, const StoredEvent& e) { d.apology_at = e.meta.at; }
void result_recorded(Dossier& d, const StoredEvent& e) { d.result = result_from_json(e.data); }
void finished(Dossier& d, const StoredEvent& e) {
    d.status = Status::finished;
    d.finished = e.meta.at;
    d.instance.clear();
    d.pending.clear();
}
void result_returned(Dossier& d, const StoredEvent& e) {
    d.status = Status::returned;
    d.returned = e.meta.at;
    d.return_channel = find_return_channel(string_or(e.data, "channel")).value_or(d.return_channel);
}
void withdrawn(Dossier& d, const StoredEvent& e) {
    d.status = Status::withdrawn;
    d.closing_reason = string_or(e.data, "reason");
}
void stopped(Dossier& d, const StoredEvent& e) {
    d.status = Status::stopped;
    d.closing_reason = string_or(e.data, "reason");
}
void corrected_result_returned(Dossier& d, const StoredEvent& e) {
    if (d.correction) d.correction->returned = e.meta.at;
    d.return_channel = find_return_channel(string_or(e.data, "channel")).value_or(d.return_channel);
}
void correction_opened(Dossier& d, const StoredEvent& e) {
    d.correction =
        Correction{e.meta.at, instant(e.data, "due").value_or(e.meta.at), string_or(e.data, "reason"), std::nullopt};
}
void result_corrected(Dossier& d, const StoredEvent& e) {
    if (d.correction) d.correction->corrected = e.meta.at;
    d.result = result_from_json(e.data);
}
void document_attached(Dossier& d, const StoredEvent& e) {
    std::string code = string_or(e.data, "component");
    if (code == result_component) return;  // named by the result itself
    auto at = std::ranges::find(d.components, code, &Component::code);
    if (at == d.components.end())
        at = d.components.insert(d.components.end(), Component{code, string_or(e.data, "name"), 0, 0, {}});
    at->documents.push_back(DocumentId{int_or(e.data, "id", 0)});
}
void document_detached(Dossier& d, const StoredEvent& e) {
    for (Component& component : d.components) std::erase(component.documents, DocumentId{int_or(e.data, "id", 0)});
}
void deadline_moved(Dossier& d, const StoredEvent& e) {
    auto* tasks = find_array(e.data, "tasks");
    if (!tasks) return;
    for (const json::value& moved : *tasks)
        for (Task& task : d.tasks)
            if (task.id == int_or(moved.as_object(), "id", 0)) {
                task.due = instant(moved.as_object(), "due").value_or(task.due);
                for (Opinion& opinion : d.opinions)
                    if (opinion.task == task.id) opinion.due = task.due;
                Supplement* open = task.kind == TaskKind::supplement ? open_supplement(d) : nullptr;
                if (open && open->closes && !open->submitted) open->closes = task.due;
            }
}
void extended(Dossier& d, const StoredEvent& e) {
    d.apology_at = e.meta.at;
    deadline_moved(d, e);
}
void only_parts(Dossier&, const StoredEvent&) {}

struct Entry {
    std::string_view type;
    Applier apply;
};
constexpr Entry appliers[] = {
    {"dossier_drafted", drafted},
    {"draft_saved", draft_saved},
    {"dossier_submitted", submitted},
    {"dossier_amended", amended},
    {"dossier_received", received},
    {"dossier_refused", refused},
    {"supplement_requested", supplement_requested},
    {"supplement_submitted", supplement_submitted},
    {"dossier_supplemented", supplemented},
    {"task_assigned", assigned},
    {"step_completed", step_done},
    {"step_returned", step_done},
    {"timer_fired", only_parts},
    {"message_received", only_parts},
    {"signal_received", only_parts},
    {"service_completed", only_parts},
    {"service_failed", only_parts},
    {"notification_queued", only_parts},
    {"incident_resolved", only_parts},
    {"process_migrated", migrated},
    {"opinion_requested", opinion_requested},
    {"opinion_given", opinion_given},
    {"payment_requested", payment_requested},
    {"payment_received", payment_received},
    {"dossier_extended", extended},
    {"apology_sent", apologised},
    {"deadline_moved", deadline_moved},
    {"result_recorded", result_recorded},
    {"dossier_finished", finished},
    {"result_returned", result_returned},
    {"dossier_withdrawn", withdrawn},
    {"dossier_stopped", stopped},
    {"correction_opened", correction_opened},
    {"result_corrected", result_corrected},
    {"corrected_result_returned", corrected_result_returned},
    {"document_attached", document_attached},
    {"document_detached", document_detached},
    {"note_added", only_parts},
    {"dossier_claimed", claimed},
    {"dossier_erased", only_parts},
};

}  // namespace

void apply(Dossier& d, const StoredEvent& event) {
    auto entry = std::ranges::find(appliers, std::string_view(event.type), &Entry::type);
    CHECK(entry != std::end(appliers), "unknown dossier event {}", event.type);
    entry->apply(d, event);
    read_clock(d, event.data);
    read_tasks(d, event.data);
    if (is_closed(d.status)) {
        d.instance.clear();
        d.pending.clear();
    }
    d.head = {event.version, event.position};
}

const Task* Dossier::find_task(std::int64_t task_id) const {
    auto at = std::ranges::find(tasks, task_id, &Task::id);
    return at == tasks.end() ? nullptr : &*at;
}

const Pending* Dossier::find_pending(PendingKind kind, std::string_view key) const {
    auto at = std::ranges::find_if(pending, [&](const Pending& p) { return p.kind == kind && p.key == key; });
    return at == pending.end() ? nullptr : &*at;
}

bool Dossier::is_amendable() const {
    if (channel != Channel::online || result) return false;
    if (received && rules && !terms(*rules).amend_until_result) return false;
    return std::ranges::find(amendable, status) != amendable.end();
}

bool Dossier::is_owned() const {
    return !tasks.empty() || std::ranges::any_of(pending, [](const Pending& p) { return p.due.has_value(); });
}

const Supplement* Dossier::open_supplement() const {
    if (status != Status::awaiting_supplement || supplements.empty()) return nullptr;
    return &supplements.back();
}

bool Dossier::is_late(Instant now) const {
    if (!clock) return false;
    Instant until = finished.value_or(now);
    if (clock->count.paused()) until = std::min(until, to_instant(clock->count.pauses.back().from));
    return to_local(until) > to_local(clock->due);  // the receipt names the minute
}

}  // namespace motcua::dossier
