#include "organisation/organisation.hpp"

#include <map>

#include "base/check.hpp"
#include "organisation/unit_rows.hpp"
#include "organisation/units_file.hpp"

namespace motcua::organisation {

DirectoryPtr load_directory(db::Session& session) {
    std::vector<Unit> units;
    for (UnitRow& row : list_unit_rows(session)) units.push_back(std::move(row.unit));
    auto directory = Directory::build(std::move(units));
    if (!directory) throw Fault("ledger.corrupt", "table unit does not make a directory: " + directory.error().reason);
    return *directory;
}

Organisation::Organisation(db::Database& database, ledger::Committer& committer, IdMaker& ids)
    : database_(database), committer_(committer), ids_(ids) {
    reload();
}

DirectoryPtr Organisation::directory() const {
    std::lock_guard lock(mutex_);
    return directory_;
}

void Organisation::reload() {
    DirectoryPtr fresh = load_directory(*database_.reader());
    std::lock_guard lock(mutex_);
    directory_ = std::move(fresh);
}

Result<ImportReport> Organisation::import_units(std::string_view text, const ledger::Meta& meta) {
    UnitsFile file = TRY(read_units_file(text));
    ImportReport report;
    report.read = static_cast<std::int64_t>(file.units.size() + file.rejected.size());
    for (const RejectedUnit& item : file.rejected)
        report.rejected.push_back({static_cast<std::int64_t>(item.index), item.error});
    auto change = [&](ledger::AdminTransaction& transaction) -> Result<void> {
        std::map<std::string, UnitRow> known;
        for (UnitRow& row : list_unit_rows(transaction)) known.emplace(row.unit.code, std::move(row));
        std::vector<UnitRow> changed;
        report.imported = report.updated = report.unchanged = 0;
        for (const Unit& unit : file.units) {
            auto found = known.find(unit.code);
            if (found == known.end()) {
                UnitRow row{unit, {}};
                row.unit.id = ids_.make<UnitId>();
                changed.push_back(row);
                known.emplace(unit.code, std::move(row));
                ++report.imported;
            } else if (to_json(found->second.unit) != to_json(unit)) {
                UnitId id = found->second.unit.id;
                found->second.unit = unit;
                found->second.unit.id = id;
                changed.push_back(found->second);
                ++report.updated;
            } else {
                ++report.unchanged;
            }
        }
        std::vector<Unit> all;
        for (const auto& [code, row] : known) all.push_back(row.unit);
        TRY(Directory::build(std::move(all)));
        for (UnitRow& row : changed) {
            ledger::NewEvent event{event_unit_recorded, 1, to_json(row.unit)};
            ledger::Head head =
                transaction.append(ledger::StreamKind::unit, row.unit.id.value, row.head, meta, {&event, 1});
            store_unit_row(transaction, {row.unit, head});
        }
        return {};
    };
    TRY(committer_.write("organisation.import_units", change));
    reload();
    return report;
}

std::vector<std::string> check_unit_rows(db::Database& database) {
    std::map<std::int64_t, json::object> folded;
    std::map<std::int64_t, ledger::Head> heads;
    ledger::visit_events(database, 0, [&](const ledger::StoredEvent& event) {
        if (event.kind != ledger::StreamKind::unit) return;
        folded[event.stream] = event.data;
        heads[event.stream] = {event.version, event.position};
    });
    std::vector<std::string> problems;
    for (const UnitRow& row : list_unit_rows(*database.reader())) {
        auto found = folded.find(row.unit.id.value);
        if (found == folded.end() || found->second != to_json(row.unit) || heads[row.unit.id.value] != row.head)
            problems.push_back("unit " + row.unit.code + ": its row is not what its events say");
        folded.erase(row.unit.id.value);
    }
    for (const auto& [stream, data] : folded)
        problems.push_back("unit " + string_or(data, "code") + ": it has events and no row");
    return problems;
}

}  // namespace motcua::organisation
