#include "dossier/services.hpp"

#include "expression/expression.hpp"

namespace motcua::dossier {

namespace {

using Kind = AnswerService::Kind;
constexpr std::size_t notification_bytes_max = 10'000;

ServiceAnswer done(json::object variables) {
    ServiceAnswer answer;
    answer.variables = std::move(variables);
    return answer;
}
/// The model asks for something that trying again does not mend.
ServiceAnswer useless(std::string reason) {
    ServiceAnswer answer;
    answer.kind = Kind::failed;
    answer.code = std::move(reason);
    answer.final = true;
    return answer;
}

/// An input that is a value, or its JSON text.
json::value input(const ServiceCall& call, std::string_view name) {
    const json::value* given = call.inputs.if_contains(name);
    if (!given) return nullptr;
    if (!given->is_string()) return *given;
    auto read = parse_json(std::string_view(given->get_string()));
    return read ? std::move(*read) : json::value(nullptr);
}

ServiceAnswer set_variables(const ServiceCall& call) {
    json::value given = input(call, "variables");
    if (!given.is_object()) return useless("dossier.service_inputs");
    return done(std::move(given.get_object()));
}

ServiceAnswer decide_by_table(const ServiceCall& call) {
    json::value table = input(call, "table");
    if (!table.is_array()) return useless("dossier.service_inputs");
    for (const json::value& line : table.get_array()) {
        const json::object* row = line.if_object();
        const json::object* then = row ? find_object(*row, "then") : nullptr;
        if (!then) return useless("dossier.service_inputs");
        auto when = find_string(*row, "when");
        if (!when) return done(*then);
        auto condition = expression::compile(*when);
        if (!condition) return useless("dossier.service_inputs");
        auto outcome = condition->evaluate(expression::ObjectVariables(call.variables));
        if (outcome.value.is_bool() && outcome.value.get_bool()) return done(*then);
    }
    ServiceAnswer none;
    none.kind = Kind::refused;
    none.code = "no_rule";
    return none;
}

ServiceAnswer dossier_facts(const ServiceCall& call) {
    const Dossier& d = call.dossier;
    std::int64_t unpaid = 0;
    for (const FeeItem& fee : d.fees)
        if (!fee.paid) unpaid += fee.amount.amount;
    json::object facts{{"code", d.code},
                       {"procedure", d.procedure},
                       {"case", d.procedure_case},
                       {"channel", to_text(d.channel)},
                       {"applicant_kind", to_text(d.applicant.kind)},
                       {"place", d.applicant.place},
                       {"late", d.is_late(call.now)},
                       {"unpaid", unpaid}};
    if (d.clock) facts.emplace("due", format_iso(d.clock->due));
    return done({{"dossier", std::move(facts)}});
}

ServiceAnswer notify(const ServiceCall& call) {
    std::string text = string_or(call.inputs, "text"), subject = string_or(call.inputs, "subject");
    if (text.empty() || text.size() + subject.size() > notification_bytes_max) return useless("dossier.service_inputs");
    ServiceAnswer answer;
    answer.notification = json::object{{"key", call.key},
                                       {"to", string_or(call.inputs, "to", "applicant")},
                                       {"subject", std::move(subject)},
                                       {"text", std::move(text)}};
    return answer;
}

}  // namespace

Services Services::built_in() {
    Services services;
    services.add("set_variables", set_variables);
    services.add("decide", decide_by_table);
    services.add("dossier_facts", dossier_facts);
    services.add("notify", notify);
    return services;
}

const ServiceFunction* Services::find(std::string_view name) const {
    auto at = services_.find(name);
    return at == services_.end() ? nullptr : &at->second;
}

std::set<std::string> Services::names() const {
    std::set<std::string> names;
    for (const auto& [name, service] : services_) names.insert(name);
    return names;
}

}  // namespace motcua::dossier
