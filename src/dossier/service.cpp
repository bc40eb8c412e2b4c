#include "dossier/service.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.hpp"
#include "documents/documents.hpp"
#include "dossier/personal.hpp"
#include "dossier/separation.hpp"
#include "identity/account_rows.hpp"

namespace motcua::dossier {

namespace {

catalogue::Channel catalogue_channel(Channel channel) { return *catalogue::find_channel(to_text(channel)); }

/// What the input's field was refused for names the field too.
template <class T>
Result<T> at_field(std::string_view field, Result<T> result) {
    if (!result && result.error().code == Errc::invalid)
        result.error().fields.push_back({std::string(field), result.error().reason, result.error().params});
    return result;
}

std::string fee_name(const catalogue::FeeLine& line) {
    if (!line.name.empty()) return line.name;
    switch (line.type) {
        case catalogue::FeeType::fee:
            return "Phí";
        case catalogue::FeeType::levy:
            return "Lệ phí";
        case catalogue::FeeType::service:
            return "Giá dịch vụ";
    }
    return "Phí";
}

/// Procedures without a process of their own run on this template; it ships.
constexpr std::string_view default_process = "one-stop-standard";

const ActorFacts system_actor{.officer = {}, .person = {}, .system = true};

/// The calendar that the unit, or one above it, names for the day; the State's standard one else.
const definitions::CalendarVersion& calendar_of(const organisation::Directory& directory,
                                                const definitions::Definitions& definitions, UnitId unit,
                                                LocalDay day) {
    auto named = directory.hours_of(unit, day);
    const auto* found = named ? definitions.find_calendar(named->calendar) : nullptr;
    return found ? *found : definitions.standard();
}

template <class T>
const T* find_command(const std::vector<Command>& commands) {
    for (const Command& command : commands)
        if (const T* found = std::get_if<T>(&command)) return found;
    return nullptr;
}

AssigneeFacts assignee_facts(db::Session& session, const Dossier& dossier, const AssignTask& command,
                             std::string_view field, LocalDay day) {
    AssigneeFacts facts;
    const Task* task = dossier.find_task(command.task);
    if (!task || !command.officer) return facts;
    auto account = identity::find_account(session, identity::AccountId{command.officer.value});
    if (!account || account->kind != identity::AccountKind::officer) return facts;
    facts.known = true;
    facts.name = account->display_name;
    facts.fit =
        identity::is_role_holder(session, command.officer, task->role, {.unit = task->unit, .field = field}, day);
    return facts;
}

void add_documents(const std::vector<Component>& components, std::vector<DocumentId>& ids) {
    for (const Component& component : components)
        ids.insert(ids.end(), component.documents.begin(), component.documents.end());
}
/// The uploads that a command names.
struct NamedDocuments {
    std::vector<DocumentId> ids;
    template <class C>
    void operator()(const C& command) {
        if constexpr (requires { command.content.components; })
            if (command.content.components) add_documents(*command.content.components, ids);
        if constexpr (std::is_same_v<C, CompleteStep>) {
            if (command.result) add(command.result->documents);
        } else if constexpr (requires { command.result.documents; }) {
            add(command.result.documents);
        }
    }
    void add(const std::vector<DocumentId>& more) { ids.insert(ids.end(), more.begin(), more.end()); }
};

/// Uploads of the dossier, as far as the commands name any: those of its state, those that come with the change, and
/// only if that is not enough the rows.
std::vector<DocumentId> known_documents(db::Session& session, const Dossier& dossier,
                                        const std::vector<Command>& commands) {
    NamedDocuments named;
    for (const Command& command : commands) std::visit(named, command);
    if (named.ids.empty()) return {};
    std::vector<DocumentId> known;
    add_documents(dossier.components, known);
    for (const Command& command : commands)
        if (const auto* attach = std::get_if<AttachDocument>(&command)) known.push_back(attach->document);
    auto is_known = [&](DocumentId id) { return std::ranges::find(known, id) != known.end(); };
    if (!std::ranges::all_of(named.ids, is_known))
        for (const auto& document : documents::list_documents(session, dossier.id)) known.push_back(document.id);
    return known;
}

}  // namespace

std::string CodeBook::reserve(db::Session& session, const std::string& agency, LocalDay day) {
    std::chrono::year_month_day ymd{day};
    std::string prefix =
        fmt::format("{}-{:02}{:02}{:02}-", agency, int(ymd.year()) % 100, unsigned(ymd.month()), unsigned(ymd.day()));
    // Other servers give out serials too; who comes second with one is refused by its key and asks again.
    const bool shared = session.is_shared();
    const int stored = shared ? find_last_serial(session, prefix) : 0;
    std::lock_guard lock(mutex_);
    auto at = serials_.find(prefix);
    if (at == serials_.end()) {
        // A new day: yesterday's counters are not needed any more.
        if (serials_.size() > 4096) serials_.clear();
        at = serials_.emplace(prefix, Serials{.last = shared ? stored : find_last_serial(session, prefix)}).first;
    }
    Serials& serials = at->second;
    if (shared) serials.last = std::max(serials.last, stored + keep_clear(serials, stored));
    return fmt::format("{}{:04}", prefix, ++serials.last);
}

int CodeBook::keep_clear(Serials& serials, int stored) {
    // Overtaken within moments, ours were taken by a server that has more of them on their way: jump clear of those,
    // the further the more often it happened. Taking turns at a human pace leaves no gap.
    constexpr std::chrono::milliseconds moment{100};
    constexpr int collisions_max = 8;
    const auto now = std::chrono::steady_clock::now();
    const bool overtaken = stored > serials.last && now - serials.at < moment;
    serials.collisions = overtaken ? std::min(serials.collisions + 1, collisions_max) : 0;
    serials.at = now;
    if (!overtaken) return 0;
    return static_cast<int>(now.time_since_epoch().count() / 7 % (1 << serials.collisions));
}

UnitId Service::reception_of(UnitId unit, LocalDay day) const {
    auto directory = snapshots_.directory();
    const organisation::Unit* found = directory->find(unit);
    if (!found || found->is_reception_point()) return unit;
    const organisation::Unit* province = directory->find_ancestor_or_self(unit, organisation::Level::province);
    for (const organisation::Unit* above = province; above;) {
        const organisation::Unit* top = directory->find_code(above->parent);
        if (!top) {
            province = above;
            break;
        }
        above = top;
    }
    if (province)
        for (const organisation::Unit& candidate : directory->units())
            if (candidate.kind == organisation::UnitKind::centre && candidate.level == organisation::Level::province &&
                candidate.validity.covers(day) && directory->is_within(candidate.id, province->id))
                return candidate.id;
    return unit;
}

Result<organisation::Competence> Service::competence(const catalogue::Procedure& procedure, const Dossier& dossier,
                                                     UnitId receiving, LocalDay day) const {
    auto directory = snapshots_.directory();
    UnitId place = receiving;
    if (!dossier.applicant.place.empty()) {
        const organisation::Unit* named = directory->find_code(dossier.applicant.place);
        if (!named) named = directory->find_gso(dossier.applicant.place, day);
        if (!named)  // the code of a unit that has ended since: its successor is found from it
            for (const organisation::Unit& unit : directory->units())
                if (unit.gso == dossier.applicant.place && (!named || unit.validity.from > named->validity.from))
                    named = &unit;
        if (!named)
            return fail(Errc::invalid, "organisation.place_unknown", {{"place", dossier.applicant.place}},
                        {{"applicant/place", "organisation.place_unknown", {{"place", dossier.applicant.place}}}});
        place = named->id;
    }
    if (!place)  // filed online, and nothing says where the matter belongs
        return fail(Errc::invalid, "dossier.place_missing", {}, {{"applicant/place", "dossier.place_missing"}});
    auto competent = directory->competent_unit({procedure.levels, procedure.field.code, place, day});
    if (!competent && competent.error().code == Errc::invalid && competent.error().fields.empty())
        competent.error().fields.push_back({"applicant/place", competent.error().reason, competent.error().params});
    return competent;
}

std::shared_ptr<const catalogue::Procedure> Service::procedure_of(const Dossier& dossier, LocalDay day) const {
    auto catalogue = snapshots_.catalogue();
    if (!dossier.received)
        if (auto now = catalogue->find_procedure(dossier.procedure, day); now && now->is_published_on(day)) return now;
    for (const auto& version : catalogue->list_versions(dossier.procedure))
        if (version->version == dossier.procedure_version) return version;
    return nullptr;
}

forms::Facts Service::form_facts(LocalDay today) const {
    forms::Facts facts;
    facts.today = today;
    facts.is_unit = [directory = snapshots_.directory(), today](std::string_view code, forms::UnitLevel level,
                                                                std::optional<LocalDay> day) {
        const organisation::Unit* unit = directory->find_gso(code, day.value_or(today));
        if (!unit) unit = directory->find_code(code);
        if (!unit) return false;
        switch (level) {
            case forms::UnitLevel::province:
                return unit->level == organisation::Level::province;
            case forms::UnitLevel::district:
                return unit->level == organisation::Level::district;
            case forms::UnitLevel::commune:
                return unit->level == organisation::Level::commune;
        }
        return false;
    };
    return facts;
}

Result<json::object> Service::check_answers(const std::string& form, int version, const json::object& answers,
                                            LocalDay today, forms::Completeness completeness) const {
    auto definitions = snapshots_.definitions();
    const auto* found = definitions->find_form(form, version);
    if (!found) return fail(Errc::not_found, "dossier.form_unknown", {{"form", form}});
    auto facts = form_facts(today);
    auto judged = forms::validate(*found->definition, answers, facts, completeness);
    if (!judged.errors.empty()) {
        for (FieldError& error : judged.errors) error.path = "answers/" + error.path;
        return fail(Errc::invalid, "dossier.answers_invalid", {{"count", std::to_string(judged.errors.size())}},
                    std::move(judged.errors));
    }
    return std::move(judged.answers);
}

namespace {

/// Which of the steps that the process keeps apart from this one the officer did himself, "receive" among them.
std::vector<std::string> done_before(db::Session& session, const Dossier& dossier, std::int64_t id, OfficerId officer,
                                     const process::Model& model) {
    std::vector<std::string> done;
    const Task* task = dossier.find_task(id);
    if (!task || !officer) return done;
    for (DoneStep& one : list_kept_apart(session, dossier, *task, model))
        if (one.officer == officer) done.push_back(std::move(one.step));
    return done;
}

}  // namespace

Result<Facts> Service::facts_for(db::Session& session, const Dossier& dossier, const std::vector<Command>& commands,
                                 const ActorFacts& actor, Instant now, const catalogue::Procedure& procedure) {
    auto directory = snapshots_.directory();
    auto definitions = snapshots_.definitions();
    const LocalDay today = local_day(now);
    const auto* opening = find_command<OpenDraft>(commands);
    const auto* submit = find_command<Submit>(commands);
    const auto* receive = find_command<Receive>(commands);

    // The dossier as the commands that come first will have made it, as far as facts depend on it.
    std::optional<Dossier> made;
    const auto make = [&]() -> Dossier& { return made ? *made : made.emplace(dossier); };
    if (opening) make().channel = opening->channel;
    for (const Command& command : commands)
        std::visit(
            [&](const auto& c) {
                if constexpr (requires { c.content.applicant; }) {
                    if (c.content.applicant) make().applicant = *c.content.applicant;
                    if (c.content.procedure_case) make().procedure_case = *c.content.procedure_case;
                }
            },
            command);
    const Dossier& seen = made ? *made : dossier;

    Facts facts;
    facts.now = now;
    facts.actor = actor;
    ProcedureFacts& p = facts.procedure;
    p.code = procedure.code;
    p.version = procedure.version;
    p.name = procedure.name;
    p.in_force = procedure.is_published_on(today);
    for (catalogue::Channel channel : procedure.channels)
        p.channels.push_back(*find_channel(catalogue::to_text(channel)));
    if (const auto* form = definitions->find_form(procedure.form)) {
        p.form = procedure.form;
        p.form_version = form->version;
    }
    p.process = !dossier.process.empty()     ? dossier.process
                : !procedure.process.empty() ? procedure.process
                                             : std::string(default_process);
    const auto* process = definitions->find_process(p.process, dossier.process_version);
    if (process) {
        p.process_version = process->version;
        facts.process = process->model.get();
    }

    facts.hours_of = [directory, definitions, today](UnitId unit) -> const calendar::WorkCalendar& {
        return *calendar_of(*directory, *definitions, unit, today).calendar;
    };
    if (const auto* migration = find_command<MigrateProcess>(commands); migration && migration->version > 0)
        if (const auto* target = definitions->find_process(p.process, migration->version))
            facts.new_process = target->model.get();
    facts.next_id = [this] { return ids_.next(); };

    if (submit || receive) {
        catalogue::TimeLimit limit = TRY(at_field(
            "procedure_case", catalogue::find_limit(procedure, catalogue_channel(seen.channel), seen.procedure_case)));
        p.limits = {limit.limit};
        p.same_day = limit.same_day;
        p.cutoff = policy_.same_day_cutoff;
        p.end_of_day = policy_.due_at_end_of_day;
        for (const auto& component : procedure.components)
            // A declaration form is the form itself; papers of one case of several are the officer's to judge.
            if (component.kind == catalogue::ComponentKind::paper && !component.optional && component.group.empty() &&
                component.originals + component.copies > 0)
                p.required.push_back({component.code, component.name});
        auto quote = catalogue::compute_fees(
            procedure, {.channel = catalogue_channel(seen.channel), .case_code = seen.procedure_case});
        if (quote)  // a fee by page is known only when the pages are: the officer enters it
            for (const catalogue::FeeLine& line : quote->lines)
                if (line.amount && line.amount->amount > 0)
                    p.fees.push_back({fee_name(line), *line.amount, false, "", ""});
        UnitId at = receive ? receive->unit : dossier.receiving_unit;
        auto competent = TRY(competence(procedure, seen, at, today));
        facts.competent_unit = competent.unit;
        for (const organisation::Ground& ground : competent.grounds)
            facts.grounds.push_back({ground.reason, ground.params});
        facts.intake_unit = receive ? receive->unit : reception_of(competent.unit, today);
    }
    // Chosen on the day of reception and kept; what is known of its days is the newest.
    UnitId settles = receive ? facts.competent_unit : dossier.competent_unit;
    const auto* kept =
        dossier.clock ? definitions->find_calendar(definitions::calendar_name(dossier.clock->calendar)) : nullptr;
    const auto& hours = kept ? *kept : calendar_of(*directory, *definitions, settles, today);
    facts.calendar = hours.calendar.get();
    facts.calendar_id = hours.id;
    if (receive) {
        if (!facts.process) return fail(Errc::conflict, "dossier.process_unknown", {{"process", p.process}});
        const organisation::Unit* unit = directory->find(receive->unit);
        // A department receives itself where the province has no centre (Decree 61/2018 art. 7).
        if (!unit || !unit->validity.covers(today) || reception_of(unit->id, today) != unit->id)
            return fail(Errc::invalid, "dossier.not_a_reception_point", {},
                        {{"unit", "dossier.not_a_reception_point"}});
        const organisation::Unit* competent = directory->find(facts.competent_unit);
        CHECK(competent, "competent unit is not in the directory");
        std::string agency = competent->code;
        if (calendar::rule_set_on(today) != RuleSet::nd118)
            agency = organisation::old_agency_code(agency).value_or(agency);
        facts.code = codes_.reserve(session, agency, today);
    }
    if (const auto* assign = find_command<AssignTask>(commands))
        facts.assignee = assignee_facts(session, seen, *assign, procedure.field.code, today);
    if (const auto* assign = find_command<AssignTask>(commands); assign && facts.process)
        facts.assignee.kept_apart =
            !done_before(session, dossier, assign->task, assign->officer, *facts.process).empty();
    if (const auto* complete = find_command<CompleteStep>(commands); complete && facts.process)
        facts.done_by_actor = done_before(session, dossier, complete->task, actor.officer, *facts.process);
    facts.documents = known_documents(session, dossier, commands);
    facts.resolve_unit = [directory, today, this](std::string_view selector, UnitId receiving, UnitId competent) {
        if (selector == "receiving") return receiving;
        if (selector == "reception") return reception_of(competent, today);
        if (selector == "parent") {
            const auto* unit = directory->find(competent);
            if (const auto* above = unit ? directory->find_code(unit->parent) : nullptr) return above->id;
        }
        if (selector == "province" || selector == "district") {
            auto level = *organisation::find_level(selector);
            if (const auto* above = directory->find_ancestor_or_self(competent, level)) return above->id;
        }
        if (selector.starts_with("unit:"))
            if (const auto* named = directory->find_code(selector.substr(5)))
                if (auto holders = directory->holders(named->id, today); !holders.empty()) return holders.front()->id;
        // Another authority of the province, named by what it is in charge of: "police", "social_insurance".
        const auto* province = directory->find_ancestor_or_self(competent, organisation::Level::province);
        if (!selector.empty() && selector != "competent" && province)
            for (const organisation::Unit& candidate : directory->units())
                if (std::ranges::find(candidate.sectors, selector) != candidate.sectors.end() &&
                    candidate.validity.covers(today) && directory->is_within(candidate.id, province->id))
                    return candidate.id;
        return competent;
    };
    return facts;
}

Result<Change> Service::change(db::Session& session, const Dossier& dossier, const std::vector<Command>& commands,
                               const ActorFacts& actor, const ledger::Meta& meta,
                               std::optional<std::int64_t> expected_version) {
    if (expected_version && *expected_version != dossier.head.version)
        return fail(Errc::stale, "dossier.stale_version", {{"present", std::to_string(dossier.head.version)}});
    auto procedure = procedure_of(dossier, local_day(meta.at));
    if (!procedure) return fail(Errc::not_found, "dossier.procedure_unknown", {{"procedure", dossier.procedure}});
    Facts facts = TRY(facts_for(session, dossier, commands, actor, meta.at, *procedure));

    std::vector<Command> checked = commands;
    for (Command& command : checked) {
        std::string form = dossier.form;
        int version = dossier.form_version;
        if (dossier.head.version == 0) {
            form = facts.procedure.form;
            version = facts.procedure.form_version;
        }
        Content* content = nullptr;
        std::visit(
            [&](auto& c) {
                if constexpr (requires { c.content.applicant; }) content = &c.content;
            },
            command);
        if (!content) continue;
        if (content->answers) {
            if (form.empty())
                return fail(Errc::invalid, "dossier.answers_without_form", {},
                            {{"answers", "dossier.answers_without_form"}});
            // A draft may be half filled in; what is filed may not.
            bool draft = std::holds_alternative<SaveDraft>(command) || std::holds_alternative<OpenDraft>(command);
            content->answers = TRY(check_answers(form, version, *content->answers, local_day(meta.at),
                                                 draft ? forms::Completeness::draft : forms::Completeness::complete));
        }
        seal_content(session.field_keys(), dossier.id, *content);
    }
    auto [memory, events, after] = TRY(decide_all(dossier, checked, facts));
    auto write = make_write_set(dossier, after, std::move(events), meta);
    write.memory = std::move(memory);
    open_parties(session, after, dossier, checked);
    return Change{std::move(write), std::move(after)};
}

Result<Change> Service::open(db::Session& session, std::string_view procedure_code,
                             const std::vector<Command>& commands, const ActorFacts& actor, const ledger::Meta& meta) {
    auto parts = catalogue::parse_procedure_code(procedure_code);
    auto procedure = parts ? snapshots_.catalogue()->find_procedure(parts->code, local_day(meta.at)) : nullptr;
    if (!procedure || !procedure->is_published_on(local_day(meta.at))) {
        std::vector<Param> params{{"procedure", std::string(procedure_code)}};
        return fail(Errc::invalid, "dossier.procedure_unknown", params,
                    {{"procedure", "dossier.procedure_unknown", params}});
    }
    Dossier fresh;
    fresh.id = ids_.make<DossierId>();
    fresh.procedure = procedure->code;
    fresh.procedure_version = procedure->version;
    fresh.procedure_case = parts->case_code;
    return change(session, fresh, commands, actor, meta);
}

const definitions::CalendarVersion& Service::hours_of(const definitions::Definitions& definitions, UnitId unit,
                                                      LocalDay day) const {
    return calendar_of(*snapshots_.directory(), definitions, unit, day);
}

Result<calendar::Progress> Service::progress(const Dossier& dossier, Instant now) const {
    if (!dossier.clock) return fail(Errc::conflict, "dossier.no_deadline");
    auto definitions = snapshots_.definitions();
    return calendar::progress(*definitions->calendar(dossier.clock->calendar).calendar, dossier.clock->count,
                              to_local(dossier.finished.value_or(now)), policy_.warn_before);
}

bool Service::is_due_soon(UnitId unit, Instant now, Instant due) const {
    if (due < now) return false;
    auto definitions = snapshots_.definitions();
    const auto& hours = *hours_of(*definitions, unit, local_day(now)).calendar;
    auto from = calendar::warning_time(hours, to_local(due), policy_.warn_before);
    return from && to_local(now) >= *from;
}

Instant Service::due_soon_until(std::span<const UnitId> units, Instant now) const {
    auto definitions = snapshots_.definitions();
    std::set<const calendar::WorkCalendar*> all;
    for (UnitId unit : units) all.insert(hours_of(*definitions, unit, local_day(now)).calendar.get());
    Instant until = now;
    // One working minute more than the term: what is due before it, is due within the term or outside working time.
    const calendar::Limit limits[] = {policy_.warn_before, {17, calendar::TimeUnit::working_hour}};
    for (const calendar::WorkCalendar* hours : all)
        if (auto end = calendar::due_time(*hours, to_local(now), limits, {})) until = std::max(until, to_instant(*end));
    return until;
}

Result<calendar::ExplainedDeadline> Service::explain(const Dossier& dossier) const {
    if (!dossier.clock) return fail(Errc::conflict, "dossier.no_deadline");
    auto definitions = snapshots_.definitions();
    const auto& counted_on = *definitions->calendar(dossier.clock->calendar).calendar;
    auto explained = TRY(calendar::explain(counted_on, dossier.clock->count));
    auto directory = snapshots_.directory();
    const organisation::Unit* unit = directory->find(dossier.competent_unit);
    std::string office = unit ? organisation::office_name(*unit) : std::string();
    calendar::Note note{"dossier.trace_hours", {{"unit", std::move(office)}}, {{"calendar", counted_on.data().name}}};
    explained.trace.notes.insert(explained.trace.notes.begin(), std::move(note));
    return explained;
}

std::vector<std::string> check_deadline(const Dossier& dossier, const definitions::Definitions& definitions) {
    if (!dossier.clock) return {};
    const LegalClock& clock = *dossier.clock;
    const auto* pinned = definitions.find_pinned_calendar(clock.calendar);
    if (!pinned) return {fmt::format("dossier {} counts on {}, which is not there", dossier.code, clock.calendar)};
    auto due = calendar::current_due(*pinned->calendar, clock.count);
    if (!due) return {fmt::format("dossier {}: its due time cannot be counted: {}", dossier.code, due.error().reason)};
    if (!*due || to_instant(**due) == clock.due) return {};
    return {fmt::format("dossier {} is due {}, but counting gives {}", dossier.code, format_local(to_local(clock.due)),
                        format_local(**due))};
}

Result<int> run_due(db::Database& database, ledger::Committer& committer, Service& service, Instant now) {
    constexpr int batch = 200;
    int changed = 0;
    std::pair<std::int64_t, std::int64_t> after{0, 0};
    ledger::Meta meta{.at = now, .actor = "system", .on_behalf_of = "", .request_id = "due"};
    for (;;) {
        std::vector<TaskLine> lines;
        {
            auto session = database.reader();
            lines = list_due_tasks(*session, now, after, batch);
        }
        for (const TaskLine& line : lines) {
            after = {line.task.due.time_since_epoch().count(), line.task.id};
            std::optional<Command> command;
            if (line.task.kind == TaskKind::complete_draft) command = Withdraw{"draft_expired"};
            const Supplement* open = line.dossier.open_supplement();
            if (line.task.kind == TaskKind::supplement && open && open->closes && !open->submitted)
                command = CloseUnsupplemented{};
            if (!command) continue;  // supplemented already, or no term was set
            auto committed =
                ledger::run_command(database, committer, [&](db::Session& session) -> Result<ledger::WriteSet> {
                    Dossier dossier = TRY(get_dossier(session, line.dossier.id));
                    auto change = TRY(service.change(session, dossier, {*command}, system_actor, meta));
                    return std::move(change.write);
                });
            if (committed)
                ++changed;
            else if (committed.error().code == Errc::unavailable)
                return std::unexpected(committed.error());
        }
        if (lines.size() < batch) return changed;
    }
}

}  // namespace motcua::dossier
