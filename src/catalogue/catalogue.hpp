// The catalogue in memory: every version of every procedure as one immutable snapshot, look-up by code and day, search.
// Pure; made from rows by store.hpp, shared as shared_ptr<const Catalogue>.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalogue/procedure.hpp"
#include "catalogue/search_index.hpp"
#include "organisation/directory.hpp"

namespace motcua::catalogue {

using ProcedurePtr = std::shared_ptr<const Procedure>;

/// Which procedures are meant; an absent part means any.
struct Filter {
    LocalDay day;  // the version in force on it
    bool published_only = true;
    std::string field = {};  // code or name, either spelling
    std::optional<Level> level = {};
    std::optional<Subject> subject = {};
    const organisation::Unit* unit =
        nullptr;                            // that this unit may settle: its level and, for a department, its sectors
    std::vector<std::string> sectors = {};  // of that unit (Directory::sectors_of)
};

struct SearchHit {
    ProcedurePtr procedure;
    double score = 0;
    std::string case_code = {};  // when the words were the code of a case
};

struct FieldCount {
    Named field;
    std::size_t procedures = 0;
};

class Catalogue {
  public:
    /// Versions in any order. `to` of a published version is drawn back to where a later published one begins.
    Catalogue(std::vector<Procedure> versions, Synonyms synonyms);

    /// The version in force on `day`: of the published ones that cover it the newest; none published, the newest that
    /// covers it. Any form of the code. nullptr when there is none.
    ProcedurePtr find_procedure(std::string_view code, LocalDay day) const;
    ProcedurePtr find_version(ProcedureId id, int version) const;
    /// Every version of a code, oldest first; empty when the code is not known.
    std::vector<ProcedurePtr> list_versions(std::string_view code) const;

    /// Best first. The exact code always first (short, long or of a case), the beginning of a code in order of code.
    std::vector<SearchHit> search(std::string_view words, const Filter& filter, std::size_t limit) const;
    /// By code, `limit` after `after_code`.
    std::vector<ProcedurePtr> list_procedures(const Filter& filter, std::string_view after_code,
                                              std::size_t limit) const;
    /// Fields that occur, by name, with how many procedures pass the filter.
    std::vector<FieldCount> list_fields(const Filter& filter) const;

    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::string code;
        std::vector<ProcedurePtr> versions;  // by number
    };
    ProcedurePtr in_force(const Entry& entry, LocalDay day) const;
    const Entry* find_entry(std::string_view code) const;
    ProcedurePtr passing(const Entry& entry, const Filter& filter, const std::string& field_key) const;

    std::vector<Entry> entries_;  // by code
    std::unordered_map<ProcedureId, std::size_t> by_id_;
    std::unique_ptr<SearchIndex> index_;
};
using CataloguePtr = std::shared_ptr<const Catalogue>;

}  // namespace motcua::catalogue
