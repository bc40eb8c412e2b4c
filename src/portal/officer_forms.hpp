// What an officer can do to a dossier now, as small forms: those that role and law allow at this moment, found by
// asking both (dossier::check_may, Service::change) with a trial command. Owns the forms and how their fields become
// the input of a command of the API (dossier::command_routes).
#pragma once

#include <string>
#include <vector>

#include "portal/pages.hpp"
#include "process/model.hpp"

namespace motcua::portal {

/// The input of a refused form, to be shown again.
struct Refused {
    std::string command;  // "complete-step"
    std::string task;     // id, for commands about a task
    std::vector<Wrong> wrong;
    std::vector<documents::Document> kept = {};  // files that came with it and stay with the dossier
    std::int64_t version = 0;                    // of the dossier once they do; 0 = as it was loaded
};

/// The forms, the most urgent first and open. Empty when there is nothing to do.
Html action_forms(const PortalParts& parts, Context& context, const Request& request, const dossier::Dossier& dossier,
                  const Refused& refused);

/// Id of a field of such a form: "complete-step-<task>-note".
std::string action_field_id(std::string_view command, std::string_view task, std::string_view path);

/// The command's input from the fields of a form, by its declaration: "result/number" is a member, "fees/0/name" of an
/// item, a list of texts one line each, times without offset Vietnamese. Reasons: those of http::check_object.
Result<json::object> read_action(const http::Fields& fields, const std::vector<http::NameValue>& form);

/// What gateways behind a step want to know, by reading their conditions (`decision = "return"`, `site_check = true`).
struct Choice {
    std::string variable;
    bool yes_no = false;
    std::vector<std::pair<std::string, std::string>> options;  // value and label; an empty value goes the usual way
};
std::vector<Choice> step_choices(const process::Model& model, std::string_view element);

}  // namespace motcua::portal
