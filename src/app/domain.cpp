#include "app/domain.hpp"

#include "app/publication.hpp"
#include "base/check.hpp"
#include "resources/resources.hpp"

namespace motcua::app {

Domain::Domain(db::Database& database, ledger::Committer& committer, IdMaker& ids, dossier::DeadlinePolicy policy)
    : database_(database),
      committer_(committer),
      ids_(ids),
      units_(database, committer, ids),
      procedures_(database, committer, ids),
      dossiers_({[this] { return units_.directory(); }, [this] { return procedures_.catalogue(); },
                 [this] { return definitions(); }},
                ids, policy) {
    reload_definitions();
}

definitions::DefinitionsPtr Domain::definitions() const {
    std::lock_guard lock(mutex_);
    return definitions_;
}

void Domain::reload_definitions() {
    auto session = database_.reader();
    auto fresh = definitions::load_definitions(*session);
    std::lock_guard lock(mutex_);
    definitions_ = std::move(fresh);
}

Result<void> Domain::import_demo(const ledger::Meta& meta) {
    for (const auto& file : resources::list_resources("units/")) {
        auto report = TRY(units_.import_units(file.bytes, meta));
        CHECK(report.rejected.empty(), "{} is clean", file.name);
    }
    for (auto kind : {definitions::Kind::calendar, definitions::Kind::process, definitions::Kind::form}) {
        auto report = TRY(definitions::import_definitions(committer_, ids_, kind, definitions::shipped(kind), meta,
                                                          publication_options()));
        CHECK(report.rejected.empty(), "shipped {} definitions are clean: {}", definitions::to_text(kind),
              report.rejected.front().error.reason);
    }
    reload_definitions();
    for (const auto& file : resources::list_resources("catalogue/")) {
        if (!file.name.ends_with(".json") || file.bytes.find("motcua-procedures/") == std::string_view::npos) continue;
        auto report = TRY(procedures_.import_procedures(file.bytes, meta));
        CHECK(report.rejected.empty(), "{} is clean: {}", file.name, report.rejected.front().error.reason);
    }
    return {};
}

}  // namespace motcua::app
