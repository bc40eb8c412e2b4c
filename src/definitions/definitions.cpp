#include "definitions/definitions.hpp"

#include <algorithm>

#include "base/check.hpp"
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
    if (kind != Kind::form) return text;
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
                made_->calendars_[name].push_back(
                    {fmt::format("{}@{}", name, version), TRY(calendar::WorkCalendar::from_json(text))});
                break;
        }
        return {};
    }
    bool has_standard_calendar() const { return made_->calendars_.contains(standard_calendar); }
    DefinitionsPtr take() { return std::move(made_); }

  private:
    std::shared_ptr<Definitions> made_;
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
const CalendarVersion& Definitions::standard() const { return calendars_.find(standard_calendar)->second.back(); }
const CalendarVersion& Definitions::calendar(std::string_view id) const {
    auto at = calendars_.find(id.substr(0, id.rfind('@')));
    if (at != calendars_.end())
        for (const CalendarVersion& version : at->second)
            if (version.id == id) return version;
    return standard();
}
std::vector<const ProcessVersion*> Definitions::list_processes() const { return newest(processes_); }
std::vector<const FormVersion*> Definitions::list_forms() const { return newest(forms_); }

DefinitionsPtr load_definitions(db::Session& session) {
    Loader loader;
    session.each(select_all, db::Values{}, [&](const Row& row) {
        auto kind = static_cast<Kind>(row.int64(0));
        std::string name(row.text(1));
        auto added = loader.add(kind, name, static_cast<int>(row.int64(2)), std::string(row.text(3)));
        if (!added)
            throw Fault("ledger.corrupt",
                        fmt::format("{} {} version {}: {}", to_text(kind), name, row.int64(2), added.error().reason));
    });
    if (!loader.has_standard_calendar())
        for (const Source& source : shipped(Kind::calendar))
            if (source.name == standard_calendar) {
                auto added = loader.add(Kind::calendar, source.name, 0, source.text);
                CHECK(added, "the shipped calendar reads");
            }
    return loader.take();
}

Result<ImportReport> import_definitions(ledger::Committer& committer, IdMaker& ids, Kind kind,
                                        const std::vector<Source>& sources, const ledger::Meta& meta) {
    ImportReport report;
    auto change = [&](ledger::AdminTransaction& transaction) -> Result<void> {
        report = {};
        for (const Source& source : sources) {
            ++report.read;
            auto reject = [&](Error error) {
                error.params.push_back({"name", source.name});
                report.rejected.push_back({report.read, std::move(error)});
            };
            auto text = self_contained(kind, source.text);
            if (!text) {
                reject(text.error());
                continue;
            }
            Loader loader;
            if (auto readable = loader.add(kind, source.name, 1, *text); !readable) {
                reject(readable.error());
                continue;
            }
            if (kind == Kind::process) {
                auto definitions = loader.take();
                auto problems = process::check_model(*definitions->find_process(source.name)->model, {});
                auto bad = std::ranges::find(problems, process::Problem::Severity::error, &process::Problem::severity);
                if (bad != problems.end()) {
                    auto params = bad->params;
                    params.push_back({"element", bad->element});
                    reject(Error{Errc::invalid, bad->reason, std::move(params)});
                    continue;
                }
            }
            int version = 0;
            bool same = false;
            transaction.each(select_newest, db::Values{static_cast<std::int64_t>(kind), source.name},
                             [&](const Row& row) {
                                 version = static_cast<int>(row.int64(0));
                                 same = row.text(1) == *text;
                             });
            if (same) {
                ++report.unchanged;
                continue;
            }
            ++(version == 0 ? report.imported : report.updated);
            std::int64_t id = ids.next();
            ledger::NewEvent event{
                "definition_imported", 1, {{"name", source.name}, {"version", version + 1}, {"body", *text}}};
            ledger::Head head = transaction.append(stream_kind(kind), id, {}, meta, std::span(&event, 1));
            transaction.execute(insert_definition,
                                db::Values{id, static_cast<std::int64_t>(kind), source.name, std::int64_t{version + 1},
                                           head.position, meta.at.time_since_epoch().count(), *text});
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
