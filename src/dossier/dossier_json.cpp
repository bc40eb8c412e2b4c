// The dossier as JSON, in both directions: the state in its row and the parts that events carry. Times are milliseconds
// since 1970 UTC, ids are numbers; absent means empty, so that the row stays small.
#include "base/check.hpp"
#include "dossier/dossier.hpp"

namespace motcua::dossier {

namespace {

using Ms = std::chrono::milliseconds;

constexpr std::size_t members_usual = 32;  // of a dossier in the middle of its life

std::int64_t ms(Instant t) { return t.time_since_epoch().count(); }
Instant instant(const json::object& o, std::string_view key) { return Instant{Ms{int_or(o, key, 0)}}; }
std::optional<Instant> find_instant(const json::object& o, std::string_view key) {
    auto value = find_int(o, key);
    return value ? std::optional(Instant{Ms{*value}}) : std::nullopt;
}

void put(json::object& o, std::string_view key, std::string_view text) {
    if (!text.empty()) o.emplace(key, text);
}
void put(json::object& o, std::string_view key, std::int64_t number) {
    if (number != 0) o.emplace(key, number);
}
void put(json::object& o, std::string_view key, const std::optional<Instant>& t) {
    if (t) o.emplace(key, ms(*t));
}
void put_flag(json::object& o, std::string_view key, bool flag) {
    if (flag) o.emplace(key, true);
}

using dossier::to_json;
json::object to_json(const calendar::Pause& pause, const json::storage_ptr& storage);
json::object to_json(const Opinion& opinion, const json::storage_ptr& storage);

template <class T>
void put_all(json::object& o, std::string_view key, const std::vector<T>& items) {
    if (items.empty()) return;
    json::array array(o.storage());
    array.reserve(items.size());
    for (const T& item : items) array.push_back(to_json(item, o.storage()));
    o.emplace(key, std::move(array));
}

template <class Reader>
auto all(const json::object& o, std::string_view key, Reader read) {
    std::vector<decltype(read(o))> items;
    if (const json::array* array = find_array(o, key))
        for (const json::value& value : *array)
            if (const json::object* object = value.if_object()) items.push_back(read(*object));
    return items;
}

json::array ids_json(const std::vector<DocumentId>& ids, const json::storage_ptr& storage) {
    json::array array(storage);
    for (DocumentId id : ids) array.push_back(id.value);
    return array;
}
std::vector<DocumentId> ids_of(const json::object& o, std::string_view key) {
    std::vector<DocumentId> ids;
    if (const json::array* array = find_array(o, key))
        for (const json::value& value : *array)
            if (value.is_int64()) ids.push_back(DocumentId{value.get_int64()});
    return ids;
}

/// Text form of an enumeration that must be there; the ledger holds nothing else.
template <class Find>
auto word(const json::object& o, std::string_view key, Find find, std::string_view fallback) {
    auto text = find_string(o, key).value_or(fallback);
    auto value = find(text);
    if (!value) throw Fault("ledger.corrupt", fmt::format("unknown {} \"{}\"", key, text));
    return *value;
}

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::string_view (&names)[N], std::string_view text, int first = 0) {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == text) return static_cast<Enum>(static_cast<int>(i) + first);
    return std::nullopt;
}

constexpr std::string_view status_names[] = {
    "draft",     "registered", "received", "refused", "processing", "awaiting_supplement", "awaiting_payment",
    "withdrawn", "stopped",    "finished", "returned"};
constexpr std::string_view channel_names[] = {"counter", "online", "post"};
constexpr std::string_view filer_names[] = {"person", "representative", "helper"};
constexpr std::string_view party_names[] = {"person", "business", "agency", "organisation"};
constexpr std::string_view task_names[] = {"intake",    "step",       "opinion",        "supplement", "payment",
                                           "hand_over", "correction", "complete_draft", "incident",   "awaited"};
constexpr std::string_view pending_names[] = {"timer", "message", "signal", "service", "incident"};
constexpr std::string_view return_names[] = {"counter", "post", "online"};

}  // namespace

std::string_view to_text(Status status) { return status_names[static_cast<int>(status)]; }
std::optional<Status> find_status(std::string_view text) { return find_in<Status>(status_names, text); }
bool is_closed(Status status) {
    return status == Status::refused || status == Status::withdrawn || status == Status::stopped ||
           status == Status::returned;
}
std::string_view to_text(Channel channel) { return channel_names[static_cast<int>(channel) - 1]; }
std::optional<Channel> find_channel(std::string_view text) { return find_in<Channel>(channel_names, text, 1); }
std::string_view to_text(FilerKind kind) { return filer_names[static_cast<int>(kind)]; }
std::optional<FilerKind> find_filer_kind(std::string_view text) { return find_in<FilerKind>(filer_names, text); }
std::string_view to_text(PartyKind kind) { return party_names[static_cast<int>(kind) - 1]; }
std::optional<PartyKind> find_party_kind(std::string_view text) { return find_in<PartyKind>(party_names, text, 1); }
std::string_view to_text(TaskKind kind) { return task_names[static_cast<int>(kind) - 1]; }
std::optional<TaskKind> find_task_kind(std::string_view text) { return find_in<TaskKind>(task_names, text, 1); }
std::string_view to_text(PendingKind kind) { return pending_names[static_cast<int>(kind) - 1]; }
std::optional<PendingKind> find_pending_kind(std::string_view text) {
    return find_in<PendingKind>(pending_names, text, 1);
}
std::string_view to_text(ReturnChannel channel) { return return_names[static_cast<int>(channel)]; }
std::optional<ReturnChannel> find_return_channel(std::string_view text) {
    return find_in<ReturnChannel>(return_names, text);
}

json::object to_json(const Party& party, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(7);
    o.emplace("kind", to_text(party.kind));
    put(o, "name", party.name);
    if (party.sealed.empty()) {
        put(o, "id_number", party.id_number);
        put(o, "phone", party.phone);
        put(o, "email", party.email);
        put(o, "address", party.address);
    } else {
        put(o, "sealed", party.sealed);
        put(o, "number_key", party.number_key);
    }
    put(o, "place", party.place);
    return o;
}
Party party_from_json(const json::object& o) {
    return {word(o, "kind", find_party_kind, "person"),
            string_or(o, "name"),
            string_or(o, "id_number"),
            string_or(o, "phone"),
            string_or(o, "email"),
            string_or(o, "address"),
            string_or(o, "place"),
            string_or(o, "sealed"),
            string_or(o, "number_key")};
}

json::object to_json(const Filer& filer, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(4);
    o.emplace("kind", to_text(filer.kind));
    put(o, "name", filer.name);
    if (filer.sealed.empty())
        put(o, "id_number", filer.id_number);
    else
        put(o, "sealed", filer.sealed);
    put(o, "mandate", filer.mandate);
    return o;
}
Filer filer_from_json(const json::object& o) {
    return {word(o, "kind", find_filer_kind, "person"), string_or(o, "name"), string_or(o, "id_number"),
            string_or(o, "mandate"), string_or(o, "sealed")};
}

bool Party::operator==(const Party& other) const { return to_json(*this) == to_json(other); }
bool Filer::operator==(const Filer& other) const { return to_json(*this) == to_json(other); }

json::object to_json(const Component& component, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(5);
    put(o, "code", component.code);
    put(o, "name", component.name);
    put(o, "originals", component.originals);
    put(o, "copies", component.copies);
    if (!component.documents.empty()) o.emplace("documents", ids_json(component.documents, storage));
    return o;
}
Component component_from_json(const json::object& o) {
    return {string_or(o, "code"), string_or(o, "name"), static_cast<int>(int_or(o, "originals", 0)),
            static_cast<int>(int_or(o, "copies", 0)), ids_of(o, "documents")};
}

json::object to_json(const FeeItem& item, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(5);
    o.emplace("name", item.name);
    o.emplace("amount", item.amount.amount);
    put_flag(o, "paid", item.paid);
    put(o, "method", item.method);
    put(o, "receipt_no", item.receipt_no);
    return o;
}
FeeItem fee_from_json(const json::object& o) {
    return {string_or(o, "name"), Dong{int_or(o, "amount", 0)}, find_bool(o, "paid").value_or(false),
            string_or(o, "method"), string_or(o, "receipt_no")};
}

json::object to_json(const Task& task, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(10);
    o.emplace("id", task.id);
    o.emplace("kind", to_text(task.kind));
    put(o, "key", task.key);
    put(o, "element", task.element);
    put(o, "name", task.name);
    put(o, "role", task.role);
    put(o, "unit", task.unit.value);
    put(o, "officer", task.officer.value);
    o.emplace("opened", ms(task.opened));
    o.emplace("due", ms(task.due));
    return o;
}
Task task_from_json(const json::object& o) {
    return {int_or(o, "id", 0),           word(o, "kind", find_task_kind, "step"),
            string_or(o, "key"),          string_or(o, "element"),
            string_or(o, "name"),         string_or(o, "role"),
            UnitId{int_or(o, "unit", 0)}, OfficerId{int_or(o, "officer", 0)},
            instant(o, "opened"),         instant(o, "due")};
}

namespace {

std::int64_t ms(LocalMinute t) { return ms(to_instant(t)); }
LocalMinute local(const json::object& o, std::string_view key) { return to_local(instant(o, key)); }

json::object to_json(const calendar::Pause& pause, const json::storage_ptr& storage) {
    json::object o(storage);
    o.emplace("from", ms(pause.from));
    if (pause.to) o.emplace("to", ms(*pause.to));
    o.emplace("reason", pause.reason);
    return o;
}
calendar::Pause pause_from_json(const json::object& o) {
    calendar::Pause pause{local(o, "from"), std::nullopt, string_or(o, "reason")};
    if (o.contains("to")) pause.to = local(o, "to");
    return pause;
}

json::object to_json(const Opinion& opinion, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(9);
    o.emplace("task", opinion.task);
    o.emplace("agency", opinion.agency.value);
    put(o, "content", opinion.content);
    o.emplace("asked", ms(opinion.asked));
    o.emplace("due", ms(opinion.due));
    o.emplace("limit", to_json(opinion.limit, storage));
    put_flag(o, "pauses", opinion.pauses_clock);
    put(o, "answered", opinion.answered);
    put(o, "answer", opinion.answer);
    return o;
}
Opinion opinion_from_json(const json::object& o) {
    const json::object* limit = find_object(o, "limit");
    return {int_or(o, "task", 0),
            UnitId{int_or(o, "agency", 0)},
            string_or(o, "content"),
            instant(o, "asked"),
            instant(o, "due"),
            limit ? limit_from_json(*limit) : calendar::Limit{},
            find_bool(o, "pauses").value_or(false),
            find_instant(o, "answered"),
            string_or(o, "answer")};
}

json::object to_json(const Correction& correction, const json::storage_ptr& storage) {
    json::object o(storage);
    o.emplace("reported", ms(correction.reported));
    o.emplace("due", ms(correction.due));
    put(o, "reason", correction.reason);
    put(o, "corrected", correction.corrected);
    put(o, "returned", correction.returned);
    return o;
}

}  // namespace

namespace {

json::object params_json(const std::vector<Param>& params, const json::storage_ptr& storage) {
    json::object o(storage);
    for (const Param& param : params) o.emplace(param.name, param.value);
    return o;
}
std::vector<Param> params_of(const json::object& o) {
    std::vector<Param> list;
    if (auto* params = find_object(o, "params"))
        for (const auto& [name, value] : *params)
            if (value.is_string()) list.push_back({std::string(name), std::string(value.get_string())});
    return list;
}

}  // namespace

json::object to_json(const Because& because, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(2);
    o.emplace("reason", because.reason);
    o.emplace("params", params_json(because.params, storage));
    return o;
}
Because because_from_json(const json::object& o) { return {string_or(o, "reason"), params_of(o)}; }

json::object to_json(const calendar::Limit& limit, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(2);
    o.emplace("milli", limit.amount_milli);
    o.emplace("unit", calendar::to_text(limit.unit));
    return o;
}
calendar::Limit limit_from_json(const json::object& o) {
    return {int_or(o, "milli", 0), word(o, "unit", calendar::find_time_unit, "working_day")};
}

json::object to_json(const Pending& pending, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(10);
    o.emplace("id", pending.id);
    o.emplace("kind", to_text(pending.kind));
    put(o, "key", pending.key);
    put(o, "element", pending.element);
    put(o, "name", pending.name);
    put(o, "correlation", pending.correlation);
    put(o, "due", pending.due);
    put(o, "since", pending.since);
    put(o, "attempts", pending.attempts);
    if (!pending.params.empty()) o.emplace("params", params_json(pending.params, storage));
    return o;
}
json::array to_json(const std::vector<Pending>& list, const json::storage_ptr& storage) {
    json::array array(storage);
    for (const Pending& pending : list) array.push_back(to_json(pending, storage));
    return array;
}
Pending pending_from_json(const json::object& o) {
    return {int_or(o, "id", 0),
            word(o, "kind", find_pending_kind, "timer"),
            string_or(o, "key"),
            string_or(o, "element"),
            string_or(o, "name"),
            string_or(o, "correlation"),
            find_instant(o, "due"),
            find_instant(o, "since"),
            static_cast<int>(int_or(o, "attempts", 0)),
            params_of(o)};
}

json::object to_json(const LegalClock& clock, const json::storage_ptr& storage) {
    const calendar::Deadline& count = clock.count;
    json::object o(storage);
    o.reserve(13);
    o.emplace("received", ms(count.received_at));
    o.emplace("started", ms(count.started_at));
    put_all(o, "limits", count.limits);
    o.emplace("rules", calendar::to_text(count.rules.rule_set));
    put_flag(o, "same_day", count.rules.same_day);
    put_flag(o, "end_of_day", count.rules.due_at_end_of_day);
    if (count.rules.cutoff != calendar::DueRules{}.cutoff) o.emplace("cutoff", count.rules.cutoff.count());
    put_all(o, "pauses", count.pauses);
    if (count.extension) {
        json::object extension(storage);
        extension.emplace("at", ms(count.extension->decided_at));
        extension.emplace("due", ms(count.extension->due));
        extension.emplace("reason", count.extension->reason);
        o.emplace("extension", std::move(extension));
    }
    put(o, "restarts", count.restarts);
    put_flag(o, "extended_once", count.extended_once);
    put(o, "calendar", clock.calendar);
    o.emplace("original", ms(clock.original));
    o.emplace("due", ms(clock.due));
    return o;
}
LegalClock clock_from_json(const json::object& o) {
    LegalClock clock;
    calendar::Deadline& count = clock.count;
    count.received_at = local(o, "received");
    count.started_at = local(o, "started");
    count.limits = all(o, "limits", limit_from_json);
    count.rules.rule_set = word(o, "rules", calendar::find_rule_set, "nd118");
    count.rules.same_day = find_bool(o, "same_day").value_or(false);
    count.rules.due_at_end_of_day = find_bool(o, "end_of_day").value_or(false);
    if (auto cutoff = find_int(o, "cutoff")) count.rules.cutoff = std::chrono::minutes{*cutoff};
    count.pauses = all(o, "pauses", pause_from_json);
    if (auto* extension = find_object(o, "extension"))
        count.extension =
            calendar::Extension{local(*extension, "at"), local(*extension, "due"), string_or(*extension, "reason")};
    count.restarts = static_cast<int>(int_or(o, "restarts", 0));
    count.extended_once = find_bool(o, "extended_once").value_or(false);
    clock.calendar = string_or(o, "calendar");
    clock.original = instant(o, "original");
    clock.due = instant(o, "due");
    return clock;
}

std::optional<Instant> standing_since(const json::object& clock) {
    const json::array* pauses = find_array(clock, "pauses");
    if (!pauses || pauses->empty()) return std::nullopt;
    const json::object& last = pauses->back().as_object();
    if (last.contains("to")) return std::nullopt;
    return to_instant(local(last, "from"));
}

json::object to_json(const ResultDocument& result, const json::storage_ptr& storage) {
    json::object o(storage);
    o.emplace("outcome", result.outcome == Outcome::granted ? "granted" : "refused");
    put(o, "kind", result.kind);
    put(o, "number", result.number);
    put(o, "summary", result.summary);
    if (!result.documents.empty()) o.emplace("documents", ids_json(result.documents, storage));
    o.emplace("at", ms(result.at));
    return o;
}
ResultDocument result_from_json(const json::object& o) {
    return {string_or(o, "outcome") == "refused" ? Outcome::refused : Outcome::granted,
            string_or(o, "kind"),
            string_or(o, "number"),
            string_or(o, "summary"),
            ids_of(o, "documents"),
            instant(o, "at")};
}

json::object to_json(const Supplement& supplement, const json::storage_ptr& storage) {
    json::object o(storage);
    o.emplace("stage", supplement.stage == Stage::intake ? "intake" : "appraisal");
    o.emplace("requested", ms(supplement.requested));
    put(o, "closes", supplement.closes);
    json::array items(storage);
    for (const auto& item : supplement.items) items.push_back(json::value(item));
    o.emplace("items", std::move(items));
    put(o, "reason", supplement.reason);
    put(o, "submitted", supplement.submitted);
    return o;
}
Supplement supplement_from_json(const json::object& o) {
    Supplement supplement{string_or(o, "stage") == "appraisal" ? Stage::appraisal : Stage::intake,
                          instant(o, "requested"),
                          find_instant(o, "closes"),
                          {},
                          string_or(o, "reason"),
                          find_instant(o, "submitted")};
    if (const json::array* items = find_array(o, "items"))
        for (const json::value& item : *items)
            if (item.is_string()) supplement.items.emplace_back(item.get_string());
    return supplement;
}

json::object to_json(const Dossier& d, const json::storage_ptr& storage) {
    json::object o(storage);
    o.reserve(members_usual);
    o.emplace("status", to_text(d.status));
    put(o, "code", d.code);
    put(o, "procedure", d.procedure);
    put(o, "procedure_version", d.procedure_version);
    put(o, "procedure_name", d.procedure_name);
    put(o, "procedure_case", d.procedure_case);
    put(o, "form", d.form);
    put(o, "form_version", d.form_version);
    put(o, "answers_version", d.answers_version);
    o.emplace("channel", to_text(d.channel));
    o.emplace("return_channel", to_text(d.return_channel));
    o.emplace("applicant", to_json(d.applicant, storage));
    o.emplace("filer", to_json(d.filer, storage));
    put(o, "owner", d.owner.value);
    put(o, "drafter", d.drafter.value);
    put_all(o, "components", d.components);
    put_all(o, "fees", d.fees);
    o.emplace("created", ms(d.created));
    put(o, "submitted", d.submitted);
    put(o, "received", d.received);
    put(o, "amended", d.amended);
    put(o, "finished", d.finished);
    put(o, "returned", d.returned);
    put(o, "receiving_unit", d.receiving_unit.value);
    put(o, "competent_unit", d.competent_unit.value);
    put_all(o, "grounds", d.grounds);
    if (d.rules) o.emplace("rules", calendar::to_text(*d.rules));
    if (d.clock) o.emplace("clock", to_json(*d.clock, storage));
    put(o, "process", d.process);
    put(o, "process_version", d.process_version);
    if (!d.instance.empty()) o.emplace("instance", d.instance);
    put_all(o, "tasks", d.tasks);
    put_all(o, "pending", d.pending);
    put_all(o, "supplements", d.supplements);
    put_all(o, "opinions", d.opinions);
    if (d.result) o.emplace("result", to_json(*d.result, storage));
    if (d.correction) o.emplace("correction", to_json(*d.correction, storage));
    put(o, "apology_at", d.apology_at);
    put(o, "closing_reason", d.closing_reason);
    return o;
}

Dossier dossier_from_json(const json::object& o) {
    Dossier d;
    d.status = word(o, "status", find_status, "draft");
    d.code = string_or(o, "code");
    d.procedure = string_or(o, "procedure");
    d.procedure_version = static_cast<int>(int_or(o, "procedure_version", 0));
    d.procedure_name = string_or(o, "procedure_name");
    d.procedure_case = string_or(o, "procedure_case");
    d.form = string_or(o, "form");
    d.form_version = static_cast<int>(int_or(o, "form_version", 0));
    d.answers_version = int_or(o, "answers_version", 0);
    d.channel = word(o, "channel", find_channel, "online");
    d.return_channel = word(o, "return_channel", find_return_channel, "counter");
    if (auto* party = find_object(o, "applicant")) d.applicant = party_from_json(*party);
    if (auto* filer = find_object(o, "filer")) d.filer = filer_from_json(*filer);
    d.owner = PersonId{int_or(o, "owner", 0)};
    d.drafter = OfficerId{int_or(o, "drafter", 0)};
    d.components = all(o, "components", component_from_json);
    d.fees = all(o, "fees", fee_from_json);
    d.created = instant(o, "created");
    d.submitted = find_instant(o, "submitted");
    d.received = find_instant(o, "received");
    d.amended = find_instant(o, "amended");
    d.finished = find_instant(o, "finished");
    d.returned = find_instant(o, "returned");
    d.receiving_unit = UnitId{int_or(o, "receiving_unit", 0)};
    d.competent_unit = UnitId{int_or(o, "competent_unit", 0)};
    d.grounds = all(o, "grounds", because_from_json);
    if (find_string(o, "rules")) d.rules = word(o, "rules", calendar::find_rule_set, "");
    if (auto* clock = find_object(o, "clock")) d.clock = clock_from_json(*clock);
    d.process = string_or(o, "process");
    d.process_version = static_cast<int>(int_or(o, "process_version", 0));
    // Assigned, not constructed: an assigned object keeps its own memory, a copy constructed would share that of `o`,
    // which may end with the row that was read.
    if (auto* process = find_object(o, "instance")) d.instance = *process;
    d.tasks = all(o, "tasks", task_from_json);
    d.pending = all(o, "pending", pending_from_json);
    d.supplements = all(o, "supplements", supplement_from_json);
    d.opinions = all(o, "opinions", opinion_from_json);
    if (auto* result = find_object(o, "result")) d.result = result_from_json(*result);
    if (auto* c = find_object(o, "correction"))
        d.correction = Correction{instant(*c, "reported"), instant(*c, "due"), string_or(*c, "reason"),
                                  find_instant(*c, "corrected"), find_instant(*c, "returned")};
    d.apology_at = find_instant(o, "apology_at");
    d.closing_reason = string_or(o, "closing_reason");
    return d;
}

}  // namespace motcua::dossier
