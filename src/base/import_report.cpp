#include "base/import_report.hpp"

namespace motcua {

namespace {

/// "field: levels, line: 3": what the sentence of the reason is filled with.
std::string detail(const Error& error) {
    std::string text;
    for (const Param& param : error.params) text += (text.empty() ? "" : ", ") + param.name + ": " + param.value;
    return text;
}

}  // namespace

json::object to_json(const ImportReport& report) {
    json::array flagged;
    for (const auto& item : report.flagged)
        flagged.push_back({{"code", item.code}, {"reason", item.reason}, {"detail", item.detail}});
    json::array rejected;
    for (const auto& item : report.rejected)
        rejected.push_back({{"line", item.line}, {"reason", item.error.reason}, {"detail", detail(item.error)}});
    return {{"read", report.read},           {"imported", report.imported}, {"updated", report.updated},
            {"unchanged", report.unchanged}, {"flagged", flagged},          {"rejected", rejected}};
}

}  // namespace motcua
