#include "dossier/view.hpp"

#include <fmt/format.h>

#include "resources/messages.hpp"

namespace motcua::dossier {

namespace {

using resources::message;

constexpr std::size_t members_usual = 40;  // of a full view

void put(json::object& o, std::string_view key, const std::optional<Instant>& t) {
    if (t) o.emplace(key, format_iso(*t));
}
void put(json::object& o, std::string_view key, std::string_view text) {
    if (!text.empty()) o.emplace(key, text);
}
/// Sentence of a value of a family: word(viewer, "dossier.state.", "processing").
std::string word(const Viewer& viewer, std::string_view family, std::string_view value) {
    return message(viewer.lang, std::string(family) + std::string(value));
}

json::array documents_view(const std::vector<DocumentId>& documents, const json::storage_ptr& storage) {
    json::array ids(storage);
    for (DocumentId id : documents) ids.push_back(json::value(to_string(id)));
    return ids;
}

json::object party_view(const Party& party, bool mask, const json::storage_ptr& storage) {
    json::object o({{"kind", to_text(party.kind)}, {"name", party.name}}, storage);
    put(o, "id_number", mask ? masked(party.id_number) : party.id_number);
    put(o, "phone", mask ? masked(party.phone) : party.phone);
    if (!mask) {
        put(o, "email", party.email);
        put(o, "address", party.address);
        put(o, "place", party.place);
    }
    if (party.unreadable) o.emplace("unreadable", true);
    return o;
}

json::object result_view(const ResultDocument& result, const json::storage_ptr& storage) {
    json::object o(
        {{"outcome", result.outcome == Outcome::granted ? "granted" : "refused"}, {"at", format_iso(result.at)}},
        storage);
    put(o, "kind", result.kind);
    put(o, "number", result.number);
    put(o, "summary", result.summary);
    o.emplace("documents", documents_view(result.documents, storage));
    return o;
}

/// What lists, full views and tracking share.
json::object base_view(const Viewer& viewer, const Dossier& d) {
    json::object o(
        {{"id", to_string(d.id)},
         {"version", d.head.version},
         {"status", to_text(d.status)},
         {"status_code", static_cast<int>(d.status)},
         {"status_text", word(viewer, "dossier.state.", to_text(d.status))},
         {"procedure", {{"code", d.procedure}, {"version", d.procedure_version}, {"name", d.procedure_name}}},
         {"channel", to_text(d.channel)}},
        viewer.storage);
    o.reserve(members_usual);
    put(o, "code", d.code);
    put(o, "submitted_at", d.submitted);
    put(o, "received_at", d.received);
    if (d.clock) {
        o.emplace("due_at", format_iso(d.clock->due));
        o.emplace("late", d.is_late(viewer.now));
        o.emplace("clock_stands", d.clock->count.paused());
    }
    put(o, "finished_at", d.finished);
    put(o, "returned_at", d.returned);
    return o;
}

}  // namespace

std::string masked(std::string_view number) {
    if (number.size() < 7) return std::string(number.size(), '*');
    return fmt::format("{}{}{}", number.substr(0, 4), std::string(number.size() - 6, '*'),
                       number.substr(number.size() - 2));
}

bool knows_applicant(const Dossier& dossier, std::string_view digits) {
    const Party& applicant = dossier.applicant;
    return digits.size() == track_digits &&
           (applicant.phone.ends_with(digits) || applicant.id_number.ends_with(digits));
}

std::string masked_name(std::string_view name) {
    std::string text;
    bool first_word = true;
    for (std::size_t at = 0; at < name.size();) {
        std::size_t space = std::min(name.find(' ', at), name.size());
        std::string_view part = name.substr(at, space - at);
        at = space + 1;
        if (part.empty()) continue;
        if (first_word) {
            text += part;
        } else {
            std::size_t letter = 1;
            while (letter < part.size() && (static_cast<unsigned char>(part[letter]) & 0xC0) == 0x80) ++letter;
            text += fmt::format(" {}.", part.substr(0, letter));
        }
        first_word = false;
    }
    return text;
}

json::object unit_view(const Viewer& viewer, UnitId id) {
    json::object o(viewer.storage);
    o.reserve(2);
    if (const organisation::Unit* unit = viewer.directory.find(id)) {
        o.emplace("code", unit->code);
        o.emplace("name", unit->name);
    }
    return o;
}

json::object task_view(const Viewer& viewer, const Task& task) {
    json::object o({{"id", format_id(task.id)},
                    {"kind", to_text(task.kind)},
                    {"name", task.name.empty() ? word(viewer, "dossier.task.", to_text(task.kind)) : task.name},
                    {"role", task.role},
                    {"unit", unit_view(viewer, task.unit)},
                    {"opened_at", format_iso(task.opened)},
                    {"due_at", format_iso(task.due)},
                    {"late", viewer.now > task.due}},
                   viewer.storage);
    if (!task.element.empty()) o.emplace("element", task.element);
    if (task.officer) o.emplace("officer", to_string(task.officer));
    return o;
}

json::object line_view(const Viewer& viewer, const Dossier& d) {
    json::object o = base_view(viewer, d);
    o.emplace("applicant", party_view(d.applicant, true, viewer.storage));
    if (d.receiving_unit) o.emplace("receiving_unit", unit_view(viewer, d.receiving_unit));
    if (d.competent_unit) o.emplace("competent_unit", unit_view(viewer, d.competent_unit));
    return o;
}

json::object full_view(const Viewer& viewer, const Dossier& d) {
    json::object o = base_view(viewer, d);
    o.emplace("applicant", party_view(d.applicant, false, viewer.storage));
    Filer filer = d.filer;
    filer.sealed.clear();
    json::object filed = to_json(filer, viewer.storage);
    if (filer.unreadable) filed.emplace("unreadable", true);
    o.emplace("filer", std::move(filed));
    o.emplace("return_channel", to_text(d.return_channel));
    put(o, "procedure_case", d.procedure_case);
    if (!d.form.empty()) o.emplace("form", json::object{{"id", d.form}, {"version", d.form_version}});
    json::array components(viewer.storage);
    for (const Component& component : d.components) {
        json::object c({{"code", component.code},
                        {"name", component.name},
                        {"originals", component.originals},
                        {"copies", component.copies}},
                       viewer.storage);
        c.emplace("documents", documents_view(component.documents, viewer.storage));
        components.push_back(std::move(c));
    }
    o.emplace("components", std::move(components));
    json::array fees(viewer.storage);
    for (const FeeItem& fee : d.fees) fees.push_back(to_json(fee, viewer.storage));
    o.emplace("fees", std::move(fees));
    if (d.receiving_unit) o.emplace("receiving_unit", unit_view(viewer, d.receiving_unit));
    if (d.competent_unit) {
        json::object unit = unit_view(viewer, d.competent_unit);
        json::array because(viewer.storage);
        for (const Because& ground : d.grounds)
            because.push_back(json::value(message(viewer.lang, ground.reason, ground.params)));
        unit.emplace("because", std::move(because));
        o.emplace("competent_unit", std::move(unit));
    }
    if (d.rules) o.emplace("rules", calendar::to_text(*d.rules));
    if (d.clock) {
        o.emplace("original_due_at", format_iso(d.clock->original));
        o.emplace("extended", d.clock->count.extended_once);
        o.emplace("restarts", d.clock->count.restarts);
    }
    json::array tasks(viewer.storage);
    for (const Task& task : d.tasks) tasks.push_back(task_view(viewer, task));
    o.emplace("tasks", std::move(tasks));
    json::array incidents(viewer.storage), waits(viewer.storage);
    for (const Pending& p : d.pending) {
        if (p.kind == PendingKind::incident) {
            incidents.push_back(json::object{{"key", p.key},
                                             {"element", p.element},
                                             {"reason", p.name},
                                             {"text", message(viewer.lang, p.name, p.params)}});
            continue;
        }
        json::object wait({{"kind", to_text(p.kind)}, {"element", p.element}, {"name", p.name}}, viewer.storage);
        put(wait, "due_at", p.due);
        if (p.attempts > 0) wait.emplace("attempts", p.attempts);
        waits.push_back(std::move(wait));
    }
    if (!incidents.empty()) o.emplace("incidents", std::move(incidents));
    if (!waits.empty()) o.emplace("waits", std::move(waits));
    json::array supplements(viewer.storage);
    for (const Supplement& supplement : d.supplements) {
        json::object s({{"stage", supplement.stage == Stage::intake ? "intake" : "appraisal"},
                        {"requested_at", format_iso(supplement.requested)},
                        {"reason", supplement.reason}},
                       viewer.storage);
        json::array items(viewer.storage);
        for (const std::string& item : supplement.items) items.push_back(json::value(item));
        s.emplace("items", std::move(items));
        put(s, "closes_at", supplement.closes);
        put(s, "submitted_at", supplement.submitted);
        supplements.push_back(std::move(s));
    }
    o.emplace("supplements", std::move(supplements));
    json::array opinions(viewer.storage);
    for (const Opinion& opinion : d.opinions) {
        json::object p({{"task", format_id(opinion.task)},
                        {"agency", unit_view(viewer, opinion.agency)},
                        {"content", opinion.content},
                        {"asked_at", format_iso(opinion.asked)},
                        {"due_at", format_iso(opinion.due)}},
                       viewer.storage);
        put(p, "answered_at", opinion.answered);
        put(p, "answer", opinion.answer);
        opinions.push_back(std::move(p));
    }
    o.emplace("opinions", std::move(opinions));
    if (d.result) o.emplace("result", result_view(*d.result, viewer.storage));
    if (d.correction) {
        json::object c({{"reported_at", format_iso(d.correction->reported)},
                        {"due_at", format_iso(d.correction->due)},
                        {"reason", d.correction->reason}},
                       viewer.storage);
        put(c, "corrected_at", d.correction->corrected);
        put(c, "returned_at", d.correction->returned);
        o.emplace("correction", std::move(c));
    }
    put(o, "amended_at", d.amended);
    put(o, "apology_at", d.apology_at);
    put(o, "closing_reason", d.closing_reason);
    return o;
}

json::object track_view(const Viewer& viewer, const Dossier& d, bool known) {
    json::object o{{"code", d.code},
                   {"status", to_text(d.status)},
                   {"status_code", static_cast<int>(d.status)},
                   {"status_text", word(viewer, "dossier.state.", to_text(d.status))},
                   {"procedure", {{"code", d.procedure}, {"name", d.procedure_name}}}};
    put(o, "received_at", d.received);
    if (d.clock) {
        o.emplace("due_at", format_iso(d.clock->due));
        o.emplace("late", d.is_late(viewer.now));
    }
    put(o, "finished_at", d.finished);
    put(o, "returned_at", d.returned);
    if (!known) return o;
    o.emplace("applicant", json::object{{"name", masked_name(d.applicant.name)}});
    if (d.receiving_unit) o.emplace("receiving_unit", unit_view(viewer, d.receiving_unit));
    json::array at;  // who holds it: the office, not a name
    for (const Task& task : d.tasks) at.push_back(unit_view(viewer, task.unit));
    o.emplace("held_by", std::move(at));
    if (const Supplement* open = d.open_supplement()) {
        json::array items;
        for (const std::string& item : open->items) items.push_back(json::value(item));
        o.emplace("supplement", json::object{{"items", std::move(items)}, {"reason", open->reason}});
    }
    return o;
}

json::object event_view(const Viewer& viewer, const ledger::StoredEvent& event, bool with_actor) {
    json::object o{{"version", event.version},
                   {"type", event.type},
                   {"text", message(viewer.lang, "dossier.event." + event.type)},
                   {"at", format_iso(event.meta.at)}};
    if (with_actor) {
        o.emplace("actor", event.meta.actor);
        put(o, "on_behalf_of", event.meta.on_behalf_of);
    }
    for (std::string_view key : {"name", "reason", "note", "text", "answer", "document", "to"}) {
        if (!with_actor && key == "note") continue;  // for the colleague who takes the next step
        if (auto text = find_string(event.data, key); text && !text->empty())
            o.emplace(key == "text" ? "remark" : key, *text);
    }
    if (auto late = find_bool(event.data, "late")) o.emplace("late", *late);
    if (auto* clock = find_object(event.data, "clock")) o.emplace("due_at", format_iso(clock_from_json(*clock).due));
    return o;
}

json::object deadline_view(const Viewer& viewer, const Dossier& d, const calendar::ExplainedDeadline& explained) {
    json::object o;
    put(o, "code", d.code);
    o.emplace("rules", calendar::to_text(d.clock->count.rules.rule_set));
    o.emplace("due_at", format_iso(d.clock->due));
    o.emplace("original_due_at", format_iso(d.clock->original));
    o.emplace("clock_stands", !explained.due.has_value());
    o.emplace("calendar", d.clock->calendar);
    json::array sentences;
    for (const calendar::Note& note : explained.trace.notes)
        sentences.push_back(json::value(message(viewer.lang, note.reason, calendar::params_in(viewer.lang, note))));
    o.emplace("sentences", std::move(sentences));
    o.emplace("trace", calendar::to_json(explained.trace));
    return o;
}

}  // namespace motcua::dossier
