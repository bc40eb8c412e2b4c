#include "base/import_report.hpp"

namespace motcua {

void ImportReport::reject(std::int64_t line, const Error& error) {
    std::string detail;
    for (const Param& param : error.params) detail += (detail.empty() ? "" : ", ") + param.name + ": " + param.value;
    rejected.push_back({line, error.reason, std::move(detail)});
}

json::object to_json(const ImportReport& report) {
    json::array flagged;
    for (const auto& item : report.flagged)
        flagged.push_back({{"code", item.code}, {"reason", item.reason}, {"detail", item.detail}});
    json::array rejected;
    for (const auto& item : report.rejected)
        rejected.push_back({{"line", item.line}, {"reason", item.reason}, {"detail", item.detail}});
    return {{"read", report.read},           {"imported", report.imported}, {"updated", report.updated},
            {"unchanged", report.unchanged}, {"flagged", flagged},          {"rejected", rejected}};
}

}  // namespace motcua
