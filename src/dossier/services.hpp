// Services that a process calls (`motcua:call` of service, send and business-rule tasks): the port, and those that come
// with the program. A service runs after the commit that called it, at least once; its answer comes back as a command.
// Leaves out when they run and what becomes of failures (process_work.hpp, decide_process.cpp).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "dossier/commands.hpp"

namespace motcua::dossier {

struct ServiceCall {
    std::string key;  // the same for every attempt of one call, also after a crash: for idempotent receivers
    const Dossier& dossier;
    json::object inputs;     // input parameters of the task
    json::object variables;  // everything the task sees, inputs included
    Instant now;
};

/// `key` of the command is filled in by the caller.
using ServiceAnswer = AnswerService;
/// Blocking; a throw counts as "did not work, try again".
using ServiceFunction = std::function<ServiceAnswer(const ServiceCall&)>;

class Services {
  public:
    /// The services that come with the program:
    ///   set_variables   input `variables` (a map): they become variables of the process
    ///   decide          input `table`: rows {"when": expression, "then": {name: value}}; the first that holds gives
    ///   its
    ///                   values; no row holds: business error "no_rule"
    ///   dossier_facts   variable `dossier`: code, procedure, case, channel, applicant_kind, place, late, due, unpaid
    ///   notify          inputs `to` ("applicant" unless given), `subject`, `text`: event `notification_queued`
    static Services built_in();

    void add(std::string name, ServiceFunction service) { services_[std::move(name)] = std::move(service); }
    const ServiceFunction* find(std::string_view name) const;
    std::set<std::string> names() const;

  private:
    std::map<std::string, ServiceFunction, std::less<>> services_;
};

}  // namespace motcua::dossier
