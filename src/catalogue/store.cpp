#include "catalogue/store.hpp"

#include <algorithm>
#include <map>

#include <sodium.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "catalogue/portal_record.hpp"
#include "catalogue/procedure_rows.hpp"
#include "catalogue/trust.hpp"
#include "resources/resources.hpp"

namespace motcua::catalogue {

namespace {

constexpr std::string_view format_name = "motcua-procedures/1";

/// Of what a record says, whatever its version, status or flags are here.
std::string digest(const std::vector<Procedure>& versions) {
    std::string text;
    for (const Procedure& version : versions) {
        json::object object = to_json(version);
        for (const char* own : {"id", "version", "status", "flags"}) object.erase(own);
        text += json::serialize(object) + "\n";
    }
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
    char hex[sizeof hash * 2 + 1];
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return hex;
}

/// The fields that ship: a record may give the name alone, or the code alone.
class Fields {
  public:
    Fields() {
        auto document = parse_json(resources::find_resource("catalogue/fields.json").value_or("{}"));
        const json::object* object = document ? document->if_object() : nullptr;
        const json::array* fields = object ? find_array(*object, "fields") : nullptr;
        CHECK(fields, "data/catalogue/fields.json lists fields");
        for (const json::value& item : *fields)
            known_.push_back({string_or(item.get_object(), "code"), string_or(item.get_object(), "name")});
    }
    void complete(Named& field) const {
        std::string key = search_key(field.name);
        for (const Named& each : known_) {
            if (field.code.empty() && !key.empty() && search_key(each.name) == key) field.code = each.code;
            if (field.name.empty() && !field.code.empty() && each.code == field.code) field.name = each.name;
        }
    }

  private:
    std::vector<Named> known_;
};

Synonyms shipped_synonyms() {
    auto synonyms = Synonyms::read(resources::find_resource("catalogue/synonyms.json").value_or(""));
    CHECK(synonyms, "data/catalogue/synonyms.json is readable");
    return std::move(*synonyms);
}

/// Content the same, whatever number, status and days.
bool says_the_same(Procedure a, Procedure b) {
    for (Procedure* each : {&a, &b}) {
        each->id = {};
        each->version = 0;
        each->status = Status::draft;
        each->flags.clear();
    }
    return to_json(a) == to_json(b);
}

/// One entry for each reason.
void add_flagged(ImportReport& report, const Procedure& version) {
    std::size_t first = report.flagged.size();
    for (const Flag& flag : version.flags) {
        auto same = std::find_if(report.flagged.begin() + static_cast<std::ptrdiff_t>(first), report.flagged.end(),
                                 [&](const ImportReport::Flagged& item) { return item.reason == flag.reason; });
        if (same == report.flagged.end())
            report.flagged.push_back({version.code, flag.reason, flag.detail});
        else
            same->detail += "; " + flag.detail;
    }
}

void apply_trust(Procedure& procedure, bool draft) {
    add_flags(procedure.flags, check_trust(procedure));
    procedure.status = !procedure.flags.empty() ? Status::flagged : draft ? Status::draft : Status::published;
}

}  // namespace

struct CatalogueStore::Record {
    std::int64_t line = 0;
    std::vector<Procedure> versions;  // at least one, same code
    std::string digest;
    bool dated = false;  // the record says from when each version holds
};

CataloguePtr load_catalogue(db::Session& session) {
    return std::make_shared<const Catalogue>(list_version_rows(session), shipped_synonyms());
}

CatalogueStore::CatalogueStore(db::Database& database, ledger::Committer& committer, IdMaker& ids)
    : database_(database), committer_(committer), ids_(ids) {
    reload();
}

CataloguePtr CatalogueStore::catalogue() const {
    std::lock_guard lock(mutex_);
    return catalogue_;
}

void CatalogueStore::reload() {
    CataloguePtr fresh = load_catalogue(*database_.reader());
    std::lock_guard lock(mutex_);
    catalogue_ = std::move(fresh);
}

Result<ImportReport> CatalogueStore::import_portal(std::string_view lines, const ledger::Meta& meta) {
    ImportReport report;
    std::vector<Record> records;
    std::map<std::string, std::pair<std::int64_t, std::string>> seen;  // code -> line, digest
    Fields fields;
    if (lines.starts_with("\xEF\xBB\xBF")) lines.remove_prefix(3);
    std::int64_t number = 0;
    for (std::size_t start = 0; start < lines.size();) {
        std::size_t end = std::min(lines.find('\n', start), lines.size());
        std::string_view line = lines.substr(start, end - start);
        start = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        ++report.read;
        auto value = parse_json(line);
        auto procedure = value ? read_portal_record(*value) : Result<Procedure>(std::unexpected(value.error()));
        if (!procedure) {
            report.rejected.push_back({number, procedure.error()});
            continue;
        }
        fields.complete(procedure->field);
        Record record{number, {std::move(*procedure)}, {}, false};
        record.digest = digest(record.versions);
        const std::string& code = record.versions[0].code;
        auto [first, fresh] = seen.emplace(code, std::pair(number, record.digest));
        if (!fresh && first->second.second != record.digest) {
            Error error{Errc::invalid,
                        "catalogue.code_repeated",
                        {{"code", code}, {"line", std::to_string(first->second.first)}}};
            report.rejected.push_back({number, std::move(error)});
        } else if (!fresh) {
            ++report.unchanged;
        } else {
            records.push_back(std::move(record));
        }
    }
    return import_records(std::move(records), std::move(report), meta);
}

Result<ImportReport> CatalogueStore::import_procedures(std::string_view text, const ledger::Meta& meta) {
    json::value document = TRY(parse_json(text));
    const json::object* object = document.if_object();
    const json::array* list = object ? find_array(*object, "procedures") : nullptr;
    if (!list || find_string(*object, "format") != format_name)
        return fail(Errc::invalid, "catalogue.procedures_file_invalid", {{"format", std::string(format_name)}});
    Fields fields;
    auto read_record = [&](const json::value& item) -> Result<Record> {
        const json::object* entry = item.if_object();
        if (!entry) return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", "procedures"}});
        json::object common = *entry;
        common.erase("versions");
        bool draft = find_string(common, "status") == "draft";
        json::array whole{json::object()};
        const json::value* given = entry->if_contains("versions");
        if (given && (!given->is_array() || given->get_array().empty()))
            return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", "versions"}});
        Record record{0, {}, {}, true};
        for (const json::value& version : given ? given->get_array() : whole) {
            if (!version.is_object())
                return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", "versions"}});
            json::object merged = common;
            for (const auto& member : version.get_object()) merged[member.key()] = member.value();
            Procedure procedure = TRY(read_procedure(merged));
            if (!record.versions.empty() && procedure.code != record.versions[0].code)
                return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", "versions"}});
            fields.complete(procedure.field);
            apply_trust(procedure, draft);
            record.versions.push_back(std::move(procedure));
        }
        record.digest = digest(record.versions);
        return record;
    };
    ImportReport report;
    std::vector<Record> records;
    std::map<std::string, std::int64_t> seen;
    for (const json::value& item : *list) {
        std::int64_t number = ++report.read;
        auto record = read_record(item);
        if (record && !seen.emplace(record->versions[0].code, number).second) {
            const std::string& code = record->versions[0].code;
            record =
                fail(Errc::invalid, "catalogue.code_repeated", {{"code", code}, {"line", std::to_string(seen[code])}});
        }
        if (!record) {
            report.rejected.push_back({number, record.error()});
            continue;
        }
        record->line = number;
        records.push_back(std::move(*record));
    }
    return import_records(std::move(records), std::move(report), meta);
}

Result<ImportReport> CatalogueStore::import_records(std::vector<Record> records, ImportReport report,
                                                    const ledger::Meta& meta) {
    LocalDay today = local_day(meta.at);
    auto store_record = [&](ledger::AdminTransaction& transaction, const Record& record, ImportReport& counts) {
        const std::string& code = record.versions[0].code;
        auto row = find_procedure_row(transaction, code);
        if (row && row->digest == record.digest) {
            ++counts.unchanged;
            return;
        }
        bool fresh = !row;
        if (fresh) row = ProcedureRow{ids_.make<ProcedureId>(), code, {}, {}};
        std::vector<Procedure> known;
        if (!fresh) known = list_version_rows(transaction, row->id);
        row->digest = record.digest;
        if (fresh) store_procedure_row(transaction, *row);  // its versions refer to it
        int number = known.empty() ? 0 : known.back().version;
        for (Procedure version : record.versions) {
            if (!fresh && !record.dated) version.validity.from = today;
            bool stored = std::any_of(known.begin(), known.end(),
                                      [&](const Procedure& other) { return says_the_same(other, version); });
            if (stored) continue;
            version.id = row->id;
            version.version = ++number;
            ledger::NewEvent event{
                event_version_recorded,
                1,
                {{"number", version.version}, {"digest", record.digest}, {"procedure", to_json(version)}}};
            row->head = transaction.append(ledger::StreamKind::procedure, row->id.value, row->head, meta, {&event, 1});
            store_version_row(transaction, version);
            known.push_back(std::move(version));
        }
        store_procedure_row(transaction, *row);
        ++(fresh ? counts.imported : counts.updated);
    };
    for (std::size_t start = 0; start < records.size(); start += import_group) {
        ImportReport counts;
        auto change = [&](ledger::AdminTransaction& transaction) -> Result<void> {
            counts = {};
            for (std::size_t i = start; i < std::min(records.size(), start + import_group); ++i)
                store_record(transaction, records[i], counts);
            return {};
        };
        TRY(committer_.write("catalogue.import", change));
        report.imported += counts.imported;
        report.updated += counts.updated;
        report.unchanged += counts.unchanged;
    }
    if (report.imported + report.updated > 0) reload();
    CataloguePtr now = catalogue();
    for (const Record& record : records) {
        // The newest version tells: one that is flagged waits, whatever was published before it.
        auto versions = now->list_versions(record.versions[0].code);
        for (auto it = versions.rbegin(); it != versions.rend() && (*it)->status != Status::published; ++it) {
            if ((*it)->status != Status::flagged) continue;
            add_flagged(report, **it);
            break;
        }
    }
    return report;
}

Result<ProcedurePtr> CatalogueStore::change_version(std::string_view code, int number, const ledger::Meta& meta,
                                                    const std::function<Result<ledger::NewEvent>(Procedure&)>& change) {
    auto parts = parse_procedure_code(code);
    ProcedureId id;
    auto write = [&](ledger::AdminTransaction& transaction) -> Result<void> {
        auto row = parts ? find_procedure_row(transaction, parts->code) : std::nullopt;
        if (!row) return fail(Errc::not_found, "catalogue.procedure_unknown", {{"code", std::string(code)}});
        auto versions = list_version_rows(transaction, row->id);
        auto version = std::find_if(versions.begin(), versions.end(),
                                    [&](const Procedure& each) { return each.version == number; });
        if (version == versions.end())
            return fail(Errc::not_found, "catalogue.version_unknown",
                        {{"code", row->code}, {"version", std::to_string(number)}});
        // Where another version was in force meanwhile, this one begins today, not in the past.
        LocalDay today = local_day(meta.at);
        bool replaces = std::any_of(versions.begin(), versions.end(), [&](const Procedure& other) {
            return other.version < number && other.status == Status::published &&
                   other.validity.to > version->validity.from;
        });
        if (replaces && version->validity.from < today && today < version->validity.to) version->validity.from = today;
        ledger::NewEvent event = TRY(change(*version));
        row->head = transaction.append(ledger::StreamKind::procedure, row->id.value, row->head, meta, {&event, 1});
        store_procedure_row(transaction, *row);
        store_version_row(transaction, *version);
        id = row->id;
        return {};
    };
    TRY(committer_.write("catalogue.change_version", write));
    reload();
    return catalogue()->find_version(id, number);
}

Result<ProcedurePtr> CatalogueStore::settle_procedure(std::string_view code, int version, const Settlement& settlement,
                                                      const ledger::Meta& meta) {
    return change_version(code, version, meta, [&](Procedure& procedure) -> Result<ledger::NewEvent> {
        if (procedure.status != Status::flagged)
            return fail(Errc::conflict, "catalogue.not_flagged", {{"code", procedure.code}});
        if (fold(settlement.note).empty()) return fail(Errc::invalid, "catalogue.note_required");
        if (settlement.limits) procedure.limits = *settlement.limits;
        if (settlement.fees) procedure.fees = *settlement.fees;
        // What was noticed in the source stays until that part has been entered anew; the rest is judged again.
        std::vector<Flag> remaining = check_trust(procedure);
        for (const Flag& flag : procedure.flags) {
            bool of_limits = flag.reason == flag_limit_missing || flag.reason == flag_limit_unit_other ||
                             flag.reason == flag_limit_unreadable;
            if ((of_limits && !settlement.limits) || (flag.reason == flag_fee_unreadable && !settlement.fees))
                add_flags(remaining, {flag});
        }
        std::erase_if(remaining, [&](const Flag& flag) {
            return flag.reason != flag_limit_missing &&
                   std::find(settlement.confirmed.begin(), settlement.confirmed.end(), flag.reason) !=
                       settlement.confirmed.end();
        });
        if (!remaining.empty()) {
            std::string reasons;
            for (const Flag& flag : remaining) reasons += (reasons.empty() ? "" : ", ") + flag.reason;
            return fail(Errc::conflict, "catalogue.flags_remain", {{"flags", reasons}});
        }
        procedure.flags.clear();
        procedure.status = Status::published;
        return ledger::NewEvent{event_version_settled,
                                1,
                                {{"number", procedure.version},
                                 {"confirmed", json::array(settlement.confirmed.begin(), settlement.confirmed.end())},
                                 {"note", settlement.note},
                                 {"procedure", to_json(procedure)}}};
    });
}

Result<ProcedurePtr> CatalogueStore::publish_procedure(std::string_view code, int version, const ledger::Meta& meta) {
    return change_version(code, version, meta, [&](Procedure& procedure) -> Result<ledger::NewEvent> {
        if (procedure.status != Status::draft)
            return fail(Errc::conflict, "catalogue.not_draft", {{"code", procedure.code}});
        procedure.status = Status::published;
        json::object data{{"number", procedure.version}};
        if (!procedure.validity.is_open_start()) data["from"] = format_day(procedure.validity.from);
        return ledger::NewEvent{event_version_published, 1, std::move(data)};
    });
}

std::vector<std::string> check_procedure_rows(db::Database& database) {
    struct Folded {
        ledger::Head head;
        std::string digest;
        std::map<int, Procedure> versions;
    };
    std::map<std::int64_t, Folded> all;
    ledger::visit_events(database, 0, [&](const ledger::StoredEvent& event) {
        if (event.kind != ledger::StreamKind::procedure) return;
        Folded& folded = all[event.stream];
        folded.head = {event.version, event.position};
        int number = static_cast<int>(int_or(event.data, "number", 0));
        if (event.type == event_version_recorded || event.type == event_version_settled) {
            folded.versions[number] = read_event_procedure(event.data, event.stream);
            if (event.type == event_version_recorded) folded.digest = string_or(event.data, "digest");
        } else if (event.type == event_version_published) {
            Procedure& version = folded.versions[number];
            version.status = Status::published;
            if (auto from = find_string(event.data, "from"))
                version.validity.from = parse_day(*from).value_or(version.validity.from);
        }
    });
    std::vector<std::string> problems;
    auto reader = database.reader();
    for (const ProcedureRow& row : list_procedure_rows(*reader)) {
        auto found = all.find(row.id.value);
        bool same = found != all.end() && found->second.head == row.head && found->second.digest == row.digest;
        std::vector<Procedure> stored = list_version_rows(*reader, row.id);
        same = same && stored.size() == found->second.versions.size();
        for (const Procedure& version : stored)
            if (same) same = to_json(found->second.versions[version.version]) == to_json(version);
        if (!same) problems.push_back("procedure " + row.code + ": its rows are not what its events say");
        all.erase(row.id.value);
    }
    for (const auto& [stream, folded] : all)
        problems.push_back("procedure " + format_id(stream) + ": it has events and no row");
    return problems;
}

}  // namespace motcua::catalogue
