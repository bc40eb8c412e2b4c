// Checks before a model is published: form, references, rules of BPMN 2.0, soundness, time budget, roles and forms.
// Each problem names the element and has a sentence that says what to do (data/messages/process.json).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "process/model.hpp"

namespace motcua::process {

struct Problem {
    enum class Severity { error, warning } severity = Severity::error;
    std::string element, reason;
    std::vector<Param> params;
};

struct CheckOptions {
    std::optional<std::set<std::string>> processes;  // that call activities may find besides those of the model
    std::optional<std::set<std::string>> roles, forms, unit_selectors, services;  // those that exist; absent: not
                                                                                  // checked
    std::optional<std::int64_t> budget_working_minutes;  // the procedure's limit; absent: only the sums are checked
    bool soundness = true;
    int states_max = 3'000;  // of the soundness search; past it the answer is "cannot decide", a warning
};

/// Errors forbid publication, warnings do not. Bounded: under a second for any model that can be read.
std::vector<Problem> check_model(const Model& model, const CheckOptions& options);

bool has_errors(const std::vector<Problem>& problems);
/// One line a problem: "error ELEMENT reason name=value …".
std::string describe(const std::vector<Problem>& problems);

}  // namespace motcua::process
