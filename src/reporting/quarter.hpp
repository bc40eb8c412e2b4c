// The quarter's report on receiving and returning dossiers: received, returned and open, by channel and by time. Each
// figure has a key ("returned.counter_late") under which its dossiers are listed.
#pragma once

#include <string>
#include <vector>

#include "organisation/directory.hpp"
#include "reporting/statistics.hpp"

namespace motcua::reporting {

/// Days are Vietnamese days, both included. A unit stands for itself and everything below it, by place of reception.
struct Period {
    LocalDay from, to;
};

struct Figure {
    std::string_view key;  // "received.total"
    std::int64_t count = 0;
};

/// Received in the period; returned in the period (settled in time: finished by the due time); open = received by the
/// end of the period and then neither returned nor closed, split by whether the due time had passed.
std::vector<Figure> quarter_report(const Statistics& statistics, const organisation::Directory& directory, UnitId unit,
                                   Period period);

/// {"received":{…},"returned":{…},"open":{…}}
json::object to_json(const std::vector<Figure>& figures);
/// "figure,count" lines (RFC 4180).
std::string to_csv(const std::vector<Figure>& figures);

/// Codes of the dossiers behind a figure, sorted. Reason "report.figure_unknown" {key, keys}.
Result<std::vector<std::string>> list_figure(const Statistics& statistics, const organisation::Directory& directory,
                                             UnitId unit, Period period, std::string_view key);

}  // namespace motcua::reporting
