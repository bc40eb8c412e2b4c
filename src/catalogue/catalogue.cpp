#include "catalogue/catalogue.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace motcua::catalogue {

namespace {

constexpr double exact_code_score = 100;
constexpr double code_beginning_score = 50;

/// "1001193", "1-001193", "1 001193" and "1.0011" as the beginning of a code; empty when the words are no such thing.
std::string code_beginning(std::string_view words) {
    std::string digits;
    for (char c : words) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (c != '.' && c != ' ' && c != '-')
            return {};
    }
    constexpr std::size_t code_digits = 7;
    if (digits.size() < 3 || digits.size() > code_digits) return {};
    return digits.substr(0, 1) + "." + digits.substr(1);
}

/// A later published version replaces an earlier one from its first day on.
void draw_back(std::vector<Procedure>& versions) {
    for (std::size_t i = 0; i < versions.size(); ++i) {
        if (versions[i].status != Status::published) continue;
        for (std::size_t later = i + 1; later < versions.size(); ++later) {
            const Validity& next = versions[later].validity;
            if (versions[later].status != Status::published || next.to <= versions[i].validity.from) continue;
            if (next.from < versions[i].validity.to)
                versions[i].validity.to = std::max(next.from, versions[i].validity.from);
        }
    }
}

}  // namespace

Catalogue::Catalogue(std::vector<Procedure> versions, Synonyms synonyms) {
    std::map<std::string, std::vector<Procedure>> by_code;
    for (Procedure& version : versions) by_code[version.code].push_back(std::move(version));
    std::vector<SearchIndex::Entry> names;
    for (auto& [code, list] : by_code) {
        std::sort(list.begin(), list.end(),
                  [](const Procedure& a, const Procedure& b) { return a.version < b.version; });
        draw_back(list);
        Entry entry{code, {}};
        const Procedure& newest = list.back();
        auto has = [&](Level level) {
            return std::find(newest.levels.begin(), newest.levels.end(), level) != newest.levels.end();
        };
        SearchIndex::Entry name{newest.name, newest.field.name, 0};
        for (const Procedure& older : list)
            if (older.name != newest.name) name.context += " " + older.name;
        if (newest.status == Status::published) name.prior += 0.01;
        if (has(Level::commune) || has(Level::district))
            name.prior += 0.02;
        else if (has(Level::province))
            name.prior += 0.01;
        names.push_back(std::move(name));
        by_id_[newest.id] = entries_.size();
        for (Procedure& version : list) entry.versions.push_back(std::make_shared<const Procedure>(std::move(version)));
        entries_.push_back(std::move(entry));
    }
    index_ = std::make_unique<SearchIndex>(names, std::move(synonyms));
}

const Catalogue::Entry* Catalogue::find_entry(std::string_view code) const {
    auto parts = parse_procedure_code(code);
    if (!parts) return nullptr;
    auto found = std::lower_bound(entries_.begin(), entries_.end(), parts->code,
                                  [](const Entry& entry, const std::string& wanted) { return entry.code < wanted; });
    return found != entries_.end() && found->code == parts->code ? &*found : nullptr;
}

ProcedurePtr Catalogue::in_force(const Entry& entry, LocalDay day) const {
    ProcedurePtr other;
    for (auto it = entry.versions.rbegin(); it != entry.versions.rend(); ++it) {
        if (!(*it)->validity.covers(day)) continue;
        if ((*it)->status == Status::published) return *it;
        if (!other) other = *it;
    }
    return other;
}

ProcedurePtr Catalogue::find_procedure(std::string_view code, LocalDay day) const {
    const Entry* entry = find_entry(code);
    return entry ? in_force(*entry, day) : nullptr;
}

ProcedurePtr Catalogue::find_version(ProcedureId id, int version) const {
    auto found = by_id_.find(id);
    if (found == by_id_.end()) return nullptr;
    for (const ProcedurePtr& each : entries_[found->second].versions)
        if (each->version == version) return each;
    return nullptr;
}

std::vector<ProcedurePtr> Catalogue::list_versions(std::string_view code) const {
    const Entry* entry = find_entry(code);
    return entry ? entry->versions : std::vector<ProcedurePtr>{};
}

ProcedurePtr Catalogue::passing(const Entry& entry, const Filter& filter, const std::string& field_key) const {
    ProcedurePtr procedure = in_force(entry, filter.day);
    if (!procedure || (filter.published_only && procedure->status != Status::published)) return nullptr;
    auto has_level = [&](Level level) {
        return std::find(procedure->levels.begin(), procedure->levels.end(), level) != procedure->levels.end();
    };
    if (filter.level && !has_level(*filter.level)) return nullptr;
    if (filter.subject &&
        std::find(procedure->subjects.begin(), procedure->subjects.end(), *filter.subject) == procedure->subjects.end())
        return nullptr;
    if (!filter.field.empty() && procedure->field.code != filter.field &&
        search_key(procedure->field.name) != field_key)
        return nullptr;
    if (filter.unit) {
        if (!has_level(filter.unit->level)) return nullptr;
        bool in_charge = filter.unit->kind == organisation::UnitKind::territory ||
                         filter.unit->kind == organisation::UnitKind::centre ||
                         std::any_of(filter.sectors.begin(), filter.sectors.end(), [&](const std::string& prefix) {
                             return procedure->field.code.starts_with(prefix);
                         });
        if (!in_charge) return nullptr;
    }
    return procedure;
}

std::vector<SearchHit> Catalogue::search(std::string_view words, const Filter& filter, std::size_t limit) const {
    std::vector<SearchHit> hits;
    if (limit == 0) return hits;
    std::string field_key = search_key(filter.field);
    auto add = [&](ProcedurePtr procedure, double score, const std::string& case_code) {
        bool known = std::any_of(hits.begin(), hits.end(),
                                 [&](const SearchHit& hit) { return hit.procedure->id == procedure->id; });
        if (known || hits.size() >= limit) return;
        bool has_case = std::any_of(procedure->cases.begin(), procedure->cases.end(),
                                    [&](const Case& item) { return item.code == case_code; });
        hits.push_back({std::move(procedure), score, has_case ? case_code : std::string()});
    };
    auto add_code = [&](std::string_view text) {
        auto parts = parse_procedure_code(text);
        const Entry* entry = parts ? find_entry(parts->code) : nullptr;
        if (!entry) return;
        if (ProcedurePtr procedure = passing(*entry, filter, field_key))
            add(std::move(procedure), exact_code_score, parts->case_code);
    };
    for (std::size_t start = 0; start < words.size();) {
        std::size_t end = std::min(words.find_first_of(" \t\r\n,;", start), words.size());
        add_code(words.substr(start, end - start));
        start = end + 1;
    }
    if (std::string beginning = code_beginning(words); !beginning.empty()) {
        add_code(beginning);
        auto it = std::lower_bound(entries_.begin(), entries_.end(), beginning,
                                   [](const Entry& entry, const std::string& wanted) { return entry.code < wanted; });
        for (; it != entries_.end() && it->code.starts_with(beginning) && hits.size() < limit; ++it)
            if (ProcedurePtr procedure = passing(*it, filter, field_key))
                add(std::move(procedure), code_beginning_score, "");
        if (!hits.empty()) return hits;
    }
    auto accept = [&](std::size_t i) { return passing(entries_[i], filter, field_key) != nullptr; };
    for (const SearchIndex::Hit& hit : index_->search(words, limit, accept))
        add(in_force(entries_[hit.entry], filter.day), hit.score, "");
    return hits;
}

std::vector<ProcedurePtr> Catalogue::list_procedures(const Filter& filter, std::string_view after_code,
                                                     std::size_t limit) const {
    std::vector<ProcedurePtr> list;
    std::string field_key = search_key(filter.field);
    auto it = std::upper_bound(entries_.begin(), entries_.end(), after_code,
                               [](std::string_view wanted, const Entry& entry) { return wanted < entry.code; });
    for (; it != entries_.end() && list.size() < limit; ++it)
        if (ProcedurePtr procedure = passing(*it, filter, field_key)) list.push_back(std::move(procedure));
    return list;
}

std::vector<FieldCount> Catalogue::list_fields(const Filter& filter) const {
    std::map<std::string, FieldCount> by_name;
    std::string field_key = search_key(filter.field);
    for (const Entry& entry : entries_) {
        ProcedurePtr procedure = passing(entry, filter, field_key);
        if (!procedure) continue;
        FieldCount& count = by_name[search_key(procedure->field.name)];
        if (count.field.code.empty()) count.field = procedure->field;
        ++count.procedures;
    }
    std::vector<FieldCount> fields;
    for (auto& [key, count] : by_name) fields.push_back(std::move(count));
    return fields;
}

}  // namespace motcua::catalogue
