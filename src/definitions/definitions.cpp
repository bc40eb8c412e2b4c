#include "definitions/definitions.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "definitions/calendar_texts.hpp"
#include "process/check_model.hpp"
#include "resources/resources.hpp"

namespace motcua::definitions {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_all{"definition.all",
                               "SELECT kind, name, version, body FROM definition ORDER BY kind, name, version"};
constexpr Statement select_newest{
    "definition.newest",
    "SELECT version, body FROM definition WHERE kind = $1 AND name = $2 ORDER BY version DESC LIMIT 1"};
constexpr Statement select_calendars{
    "definition.of_kind", "SELECT name, version, body FROM definition WHERE kind = $1 ORDER BY name, version"};
constexpr Statement insert_definition{"definition.insert",
                                      "INSERT INTO definition (id, kind, name, version, last_event, imported_at, body) "
                                      "VALUES ($1, $2, $3, $4, $5, $6, $7)"};

std::string file_stem(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);
    return std::string(path.substr(0, path.rfind('.')));
}

ledger::StreamKind stream_kind(Kind kind) {
    switch (kind) {
        case Kind::process:
            return ledger::StreamKind::process;
        case Kind::form:
            return ledger::StreamKind::form;
        case Kind::calendar:
            return ledger::StreamKind::calendar;
    }
    return ledger::StreamKind::system;
}

}  // namespace

std::string_view to_text(Kind kind) {
    switch (kind) {
        case Kind::process:
            return "process";
        case Kind::form:
            return "form";
        case Kind::calendar:
            return "calendar";
    }
    return "";
}

namespace {

/// Forms are stored self-contained: shared parts are put in at import, so that a later change of them changes no form
/// that somebody has filled in.
Result<std::string> self_contained(Kind kind, const std::string& text) {
    if (kind != Kind::form) return text;  // a calendar is made so against what is stored: calendar_texts.hpp
    auto shared = resources::find_resource("forms/common.json");
    forms::Fragments fragments;
    if (shared) fragments = TRY(forms::read_fragments(*shared));
    auto definition = TRY(forms::read_definition(text, fragments));
    return json::serialize(definition->source);
}

}  // namespace

class Loader {
  public:
    Loader() : made_(std::make_shared<Definitions>()) {}

    /// What it refuses must not be stored; what is stored must not be refused.
    Result<void> add(Kind kind, const std::string& name, int version, std::string text) {
        switch (kind) {
            case Kind::process:
                made_->processes_[name].push_back({name, version, TRY(process::read_model(text))});
                break;
            case Kind::form: {
                auto definition = TRY(forms::read_definition(text));
                made_->forms_[name].push_back({name, version, std::move(definition), std::move(text)});
                break;
            }
            case Kind::calendar:
                calendar_texts_.push_back({name, version, std::move(text)});
                break;
        }
        return {};
    }
    /// Calendars may extend one another, so they are built when all texts are there.
    Result<DefinitionsPtr> finish() {
        for (const DefinitionText& each : calendar_texts_) {
            auto& versions = made_->calendars_[each.name];
            CalendarVersion made{each.name, each.version, each.id(), nullptr, each.text};
            // The text that ships is version 0, and as a rule also the first one imported.
            auto same = std::ranges::find(versions, each.text, &CalendarVersion::text);
            made.calendar = same != versions.end() && !text_extends(each.text)
                                ? same->calendar
                                : TRY(build_calendar(each.text, calendar_texts_));
            versions.push_back(std::move(made));
        }
        return std::move(made_);
    }

  private:
    std::shared_ptr<Definitions> made_;
    std::vector<DefinitionText> calendar_texts_;
};

namespace {

template <class T>
const T* find_version(const std::map<std::string, std::vector<T>, std::less<>>& all, std::string_view name,
                      int version) {
    auto at = all.find(name);
    if (at == all.end() || at->second.empty()) return nullptr;
    if (version == 0) return &at->second.back();
    auto found = std::ranges::find(at->second, version, &T::version);
    return found == at->second.end() ? nullptr : &*found;
}

template <class T>
std::vector<const T*> newest(const std::map<std::string, std::vector<T>, std::less<>>& all) {
    std::vector<const T*> list;
    for (const auto& [name, versions] : all) list.push_back(&versions.back());
    return list;
}

}  // namespace

const ProcessVersion* Definitions::find_process(std::string_view name, int version) const {
    return find_version(processes_, name, version);
}
const FormVersion* Definitions::find_form(std::string_view name, int version) const {
    return find_version(forms_, name, version);
}
const CalendarVersion& Definitions::standard() const { return *find_calendar(standard_calendar); }
const CalendarVersion* Definitions::find_calendar(std::string_view name) const {
    auto at = calendars_.find(name);
    return at == calendars_.end() ? nullptr : &at->second.back();
}
const CalendarVersion* Definitions::find_pinned_calendar(std::string_view id) const {
    auto at = calendars_.find(calendar_name(id));
    if (at == calendars_.end()) return nullptr;
    auto found = std::ranges::find(at->second, id, &CalendarVersion::id);
    return found == at->second.end() ? nullptr : &*found;
}
const CalendarVersion& Definitions::calendar(std::string_view id) const {
    if (const CalendarVersion* pinned = find_pinned_calendar(id)) return *pinned;
    const CalendarVersion* newest = find_calendar(calendar_name(id));
    return newest ? *newest : standard();
}
std::string_view calendar_name(std::string_view id) { return id.substr(0, id.rfind('@')); }
std::vector<const ProcessVersion*> Definitions::list_processes() const { return newest(processes_); }
std::vector<const FormVersion*> Definitions::list_forms() const { return newest(forms_); }
std::vector<const CalendarVersion*> Definitions::list_calendars() const { return newest(calendars_); }

std::shared_ptr<const Definitions> Definitions::with_calendars(const std::vector<CalendarVersion>& newer) const {
    auto copy = std::make_shared<Definitions>(*this);
    for (const CalendarVersion& version : newer) copy->calendars_[version.name].push_back(version);
    return copy;
}

DefinitionsPtr load_definitions(db::Session& session) {
    Loader loader;
    for (const Source& source : shipped(Kind::calendar))
        CHECK(loader.add(Kind::calendar, source.name, 0, source.text), "shipped calendars read");
    session.each(select_all, db::Values{}, [&](const Row& row) {
        auto kind = static_cast<Kind>(row.int64(0));
        std::string name(row.text(1));
        auto added = loader.add(kind, name, static_cast<int>(row.int64(2)), std::string(row.text(3)));
        if (!added)
            throw Fault("ledger.corrupt",
                        fmt::format("{} {} version {}: {}", to_text(kind), name, row.int64(2), added.error().reason));
    });
    auto definitions = loader.finish();
    if (!definitions) throw Fault("ledger.corrupt", "calendars: " + definitions.error().reason);
    return std::move(*definitions);
}

NewestCalendars newest_calendars(db::Session& session) {
    NewestCalendars newest;
    for (const Source& source : shipped(Kind::calendar)) newest[source.name] = {source.name, 0, source.text};
    session.each(select_calendars, db::Values{static_cast<std::int64_t>(Kind::calendar)}, [&](const Row& row) {
        DefinitionText text{std::string(row.text(0)), static_cast<int>(row.int64(1)), std::string(row.text(2))};
        newest[text.name] = std::move(text);
    });
    return newest;
}

namespace {

/// Checks a process or form, and answers what is to be stored as its next version: nothing when it is the newest.
Result<std::vector<DefinitionText>> next_version(ledger::AdminTransaction& transaction, Kind kind, const Source& source,
                                                 const process::CheckOptions& publication) {
    std::string text = TRY(self_contained(kind, source.text));
    Loader loader;
    TRY(loader.add(kind, source.name, 1, text));
    if (kind == Kind::process) {
        auto definitions = TRY(loader.finish());
        auto problems = process::check_model(*definitions->find_process(source.name)->model, publication);
        auto bad = std::ranges::find(problems, process::Problem::Severity::error, &process::Problem::severity);
        if (bad != problems.end()) {
            auto params = bad->params;
            params.push_back({"element", bad->element});
            return std::unexpected(Error{Errc::invalid, bad->reason, std::move(params)});
        }
    }
    int version = 0;
    bool same = false;
    transaction.each(select_newest, db::Values{static_cast<std::int64_t>(kind), source.name}, [&](const Row& row) {
        version = static_cast<int>(row.int64(0));
        same = row.text(1) == text;
    });
    std::vector<DefinitionText> made;
    if (!same) made.push_back({source.name, version + 1, std::move(text)});
    return made;
}

/// Those that extend another of the same import come after it.
std::vector<const Source*> in_order(Kind kind, const std::vector<Source>& sources) {
    std::vector<const Source*> order;
    for (const Source& source : sources) order.push_back(&source);
    if (kind == Kind::calendar)
        std::ranges::stable_sort(order, {},
                                 [](const Source* source) { return text_extends(source->text).has_value(); });
    return order;
}

}  // namespace

Result<ImportReport> import_definitions(ledger::Committer& committer, IdMaker& ids, Kind kind,
                                        const std::vector<Source>& sources, const ledger::Meta& meta,
                                        const process::CheckOptions& publication) {
    ImportReport report;
    auto store = [&](ledger::AdminTransaction& transaction, const DefinitionText& made) {
        std::int64_t id = ids.next();
        ledger::NewEvent event{
            "definition_imported", 1, {{"name", made.name}, {"version", made.version}, {"body", made.text}}};
        ledger::Head head = transaction.append(stream_kind(kind), id, {}, meta, std::span(&event, 1));
        transaction.execute(insert_definition,
                            db::Values{id, static_cast<std::int64_t>(kind), made.name, std::int64_t{made.version},
                                       head.position, meta.at.time_since_epoch().count(), made.text});
    };
    auto change = [&](ledger::AdminTransaction& transaction) -> Result<void> {
        report = {};
        NewestCalendars calendars;
        if (kind == Kind::calendar) calendars = newest_calendars(transaction);
        for (const Source* source : in_order(kind, sources)) {
            ++report.read;
            auto versions = kind == Kind::calendar ? import_calendar(calendars, source->name, source->text)
                                                   : next_version(transaction, kind, *source, publication);
            if (!versions) {
                Error error = versions.error();
                error.params.push_back({"name", source->name});
                report.rejected.push_back({source - sources.data() + 1, std::move(error)});
                continue;
            }
            if (versions->empty()) {
                ++report.unchanged;
                continue;
            }
            ++(versions->front().version == 1 ? report.imported : report.updated);
            for (const DefinitionText& made : *versions) {
                store(transaction, made);
                if (kind == Kind::calendar) calendars[made.name] = made;
            }
        }
        return {};
    };
    TRY(committer.write("definitions.import", change));
    return report;
}

std::vector<Source> shipped(Kind kind) {
    std::string_view folder = kind == Kind::process ? "processes/" : kind == Kind::form ? "forms/" : "calendars/";
    std::string_view ending = kind == Kind::process ? ".bpmn" : ".json";
    std::vector<Source> sources;
    for (const resources::Resource& file : resources::list_resources(folder)) {
        if (!file.name.ends_with(ending) || file.name == "forms/common.json") continue;
        sources.push_back({file_stem(file.name), std::string(file.bytes)});
    }
    return sources;
}

}  // namespace motcua::definitions
