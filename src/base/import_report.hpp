// What an import did, in the shape that `motcua import --json` prints and the administrator's page shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace motcua {

struct ImportReport {
    struct Flagged {
        std::string code;    // of the record
        std::string reason;  // stable; has a sentence
        std::string detail;  // of the source
    };
    struct Rejected {
        std::int64_t line = 0;  // of the file, or place in its list; from 1
        Error error;
    };
    std::int64_t read = 0;         // records found
    std::int64_t imported = 0;     // new
    std::int64_t updated = 0;      // known, with other content: a new version
    std::int64_t unchanged = 0;    // known with this very content
    std::vector<Flagged> flagged;  // kept, but held back from publication
    std::vector<Rejected> rejected;
};

/// {"read","imported","updated","unchanged","flagged":[{"code","reason","detail"}],"rejected":[{"line","reason","detail"}]}
json::object to_json(const ImportReport& report);

}  // namespace motcua
