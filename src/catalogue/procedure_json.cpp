#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "catalogue/procedure.hpp"

namespace motcua::catalogue {

namespace {

json::value optional_text(std::string_view text) { return text.empty() ? json::value() : json::value(text); }

/// Adds a member unless the value says nothing.
void put(json::object& object, std::string_view key, json::value value) {
    bool nothing = value.is_null() || (value.is_string() && value.get_string().empty()) ||
                   (value.is_array() && value.get_array().empty());
    if (!nothing) object.emplace(key, std::move(value));
}

template <class Range, class Make>
json::array to_array(const Range& range, Make&& make) {
    json::array array;
    for (const auto& item : range) array.emplace_back(make(item));
    return array;
}

json::object scope_json(const Scope& scope) {
    json::object object;
    if (scope.channel) object["channel"] = to_text(*scope.channel);
    put(object, "case", optional_text(scope.case_code));
    return object;
}

json::object limit_json(const TimeLimit& limit) {
    json::object object = scope_json(limit.scope);
    object["amount"] = calendar::format_amount(limit.limit.amount_milli);
    object["unit"] = calendar::to_text(limit.limit.unit);
    if (limit.same_day) object["same_day"] = true;
    put(object, "note", optional_text(limit.note));
    return object;
}

json::object fee_json(const FeeRule& fee) {
    json::object object = scope_json(fee.scope);
    object["kind"] = to_text(fee.kind);
    if (fee.type != FeeType::levy) object["type"] = to_text(fee.type);
    if (fee.basis != FeeBasis::dossier) object["basis"] = to_text(fee.basis);
    if (fee.amount) object["amount"] = fee.amount->amount;
    put(object, "currency", optional_text(fee.currency));
    put(object, "steps", to_array(fee.steps, [](const FeeStep& step) {
            return json::object{{"from_page", step.from_page}, {"price", step.price.amount}};
        }));
    if (fee.max) object["max"] = fee.max->amount;
    put(object, "name", optional_text(fee.name));
    put(object, "note", optional_text(fee.note));
    return object;
}

json::object component_json(const Component& component) {
    json::object object;
    put(object, "code", optional_text(component.code));
    object["name"] = component.name;
    if (component.kind != ComponentKind::paper) object["kind"] = to_text(component.kind);
    if (component.originals != 0) object["originals"] = component.originals;
    if (component.copies != 0) object["copies"] = component.copies;
    if (component.optional) object["optional"] = true;
    put(object, "group", optional_text(component.group));
    put(object, "template", optional_text(component.template_name));
    return object;
}

json::object named_json(const Named& named) {
    json::object object;
    put(object, "code", optional_text(named.code));
    put(object, "name", optional_text(named.name));
    return object;
}

/// Reads the members of one object; remembers the first that is wrong and refuses members nobody asked for.
class Reader {
  public:
    Reader(const json::object& object, std::string path) : object_(object), path_(std::move(path)) {}

    std::string text(std::string_view key) {
        const json::value* value = take(key);
        if (!value) return {};
        if (!value->is_string()) return wrong(key), std::string();
        return nfc(std::string_view(value->get_string()));
    }
    std::optional<std::int64_t> number(std::string_view key, std::int64_t max) {
        const json::value* value = take(key);
        if (!value) return std::nullopt;
        if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > max) return wrong(key), std::nullopt;
        return value->get_int64();
    }
    bool flag(std::string_view key) {
        const json::value* value = take(key);
        if (!value) return false;
        if (!value->is_bool()) return wrong(key), false;
        return value->get_bool();
    }
    template <class Find>
    auto named(std::string_view key, Find find) -> decltype(find(std::string_view())) {
        const json::value* value = take(key);
        if (!value) return std::nullopt;
        auto found = value->is_string() ? find(std::string_view(value->get_string())) : std::nullopt;
        if (!found) wrong(key);
        return found;
    }
    /// Names of enumerators, each once.
    template <class Find>
    auto names(std::string_view key, Find find) {
        std::vector<typename decltype(find(std::string_view()))::value_type> all;
        each(key, [&](const json::value& item, const std::string&) {
            auto found = item.is_string() ? find(std::string_view(item.get_string())) : std::nullopt;
            if (!found || std::find(all.begin(), all.end(), *found) != all.end()) return wrong(key);
            all.push_back(*found);
        });
        return all;
    }
    template <class Read>
    auto objects(std::string_view key, Read read) {
        std::vector<decltype(read(std::declval<Reader&>()))> all;
        each(key, [&](const json::value& item, const std::string& path) {
            if (!item.is_object()) return wrong(key);
            Reader reader(item.get_object(), path);
            all.push_back(read(reader));
            adopt(reader);
        });
        return all;
    }
    template <class Read>
    auto object(std::string_view key, Read read) {
        decltype(read(std::declval<Reader&>())) result{};
        const json::value* value = take(key);
        if (!value) return result;
        if (!value->is_object()) return wrong(key), result;
        Reader reader(value->get_object(), path_ + std::string(key) + "/");
        result = read(reader);
        adopt(reader);
        return result;
    }
    void wrong(std::string_view key) {
        if (wrong_.empty()) wrong_ = path_ + std::string(key);
    }
    const json::value* take(std::string_view key) {
        taken_.emplace_back(key);
        return object_.if_contains(key);
    }
    /// The first wrong member, or one that is not known; empty when all is well.
    std::string finish() {
        for (const auto& member : object_)
            if (std::find(taken_.begin(), taken_.end(), std::string_view(member.key())) == taken_.end())
                wrong(member.key());
        return wrong_;
    }

  private:
    void adopt(Reader& inner) {
        std::string path = inner.finish();
        if (wrong_.empty()) wrong_ = path;
    }
    template <class Visit>
    void each(std::string_view key, Visit visit) {
        const json::value* value = take(key);
        if (!value) return;
        if (!value->is_array() || value->get_array().size() > parts_max) return wrong(key);
        std::size_t i = 0;
        for (const json::value& item : value->get_array())
            visit(item, path_ + std::string(key) + "/" + std::to_string(i++) + "/");
    }

    const json::object& object_;
    std::string path_;
    std::vector<std::string_view> taken_;
    std::string wrong_;
};

Scope read_scope(Reader& reader) { return {reader.named("channel", find_channel), reader.text("case")}; }

TimeLimit read_limit(Reader& reader) {
    TimeLimit limit;
    limit.scope = read_scope(reader);
    if (const json::value* amount = reader.take("amount")) {
        std::string text = amount->is_string() ? std::string(amount->get_string()) : json::serialize(*amount);
        auto milli = calendar::parse_amount_milli(text);
        if (milli && *milli > 0)
            limit.limit.amount_milli = *milli;
        else
            reader.wrong("amount");
    } else {
        reader.wrong("amount");
    }
    if (auto unit = reader.named("unit", calendar::find_time_unit))
        limit.limit.unit = *unit;
    else
        reader.wrong("unit");
    limit.same_day = reader.flag("same_day");
    limit.note = reader.text("note");
    return limit;
}

FeeRule read_fee(Reader& reader) {
    FeeRule fee;
    fee.scope = read_scope(reader);
    if (auto kind = reader.named("kind", find_fee_kind))
        fee.kind = *kind;
    else
        reader.wrong("kind");
    fee.type = reader.named("type", find_fee_type).value_or(FeeType::levy);
    fee.basis = reader.named("basis", find_fee_basis).value_or(FeeBasis::dossier);
    if (auto amount = reader.number("amount", fee_max)) fee.amount = Dong{*amount};
    fee.currency = reader.text("currency");
    fee.steps = reader.objects("steps", [](Reader& step) {
        FeeStep read;
        read.from_page = static_cast<int>(step.number("from_page", fee_count_max).value_or(0));
        if (read.from_page < 1) step.wrong("from_page");
        auto price = step.number("price", fee_max);
        if (!price) step.wrong("price");
        read.price = Dong{price.value_or(0)};
        return read;
    });
    if (auto max = reader.number("max", fee_max)) fee.max = Dong{*max};
    fee.name = reader.text("name");
    fee.note = reader.text("note");
    bool sorted = std::is_sorted(fee.steps.begin(), fee.steps.end(),
                                 [](const FeeStep& a, const FeeStep& b) { return a.from_page < b.from_page; });
    if ((fee.kind == FeeKind::stepped) == fee.steps.empty() || !sorted) reader.wrong("steps");
    if (fee.kind == FeeKind::fixed && !fee.amount) reader.wrong("amount");
    return fee;
}

Component read_component(Reader& reader) {
    Component component;
    component.code = reader.text("code");
    component.name = reader.text("name");
    if (component.name.empty()) reader.wrong("name");
    component.kind = reader.named("kind", find_component_kind).value_or(ComponentKind::paper);
    component.originals = static_cast<int>(reader.number("originals", sheets_max).value_or(0));
    component.copies = static_cast<int>(reader.number("copies", sheets_max).value_or(0));
    component.optional = reader.flag("optional");
    component.group = reader.text("group");
    component.template_name = reader.text("template");
    return component;
}

Named read_named(Reader& reader) { return {reader.text("code"), reader.text("name")}; }

}  // namespace

Result<Settlement> read_settlement(const json::object& object) {
    Reader reader(object, "");
    Settlement settlement;
    bool limits = object.contains("limits");
    bool fees = object.contains("fees");
    auto read_limits = reader.objects("limits", read_limit);
    auto read_fees = reader.objects("fees", read_fee);
    if (limits) settlement.limits = std::move(read_limits);
    if (fees) settlement.fees = std::move(read_fees);
    settlement.confirmed =
        reader.names("confirmed", [](std::string_view text) { return std::optional(std::string(text)); });
    settlement.note = reader.text("note");
    if (std::string wrong = reader.finish(); !wrong.empty())
        return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", wrong}});
    return settlement;
}

json::object to_json(const Procedure& procedure) {
    json::object object{{"code", procedure.code}, {"name", procedure.name}};
    if (procedure.id) object["id"] = to_string(procedure.id);
    if (procedure.version != 0) object["version"] = procedure.version;
    object["status"] = to_text(procedure.status);
    put(object, "flags", to_array(procedure.flags, [](const Flag& flag) {
            return json::object{{"reason", flag.reason}, {"detail", flag.detail}};
        }));
    if (!procedure.validity.is_open_start()) object["from"] = format_day(procedure.validity.from);
    if (!procedure.validity.is_open_end()) object["to"] = format_day(procedure.validity.to);
    if (procedure.field != Named{}) object["field"] = named_json(procedure.field);
    put(object, "levels", to_array(procedure.levels, [](Level level) { return organisation::to_text(level); }));
    object["service_level"] = to_text(procedure.service_level);
    if (procedure.old_service_level != 0) object["old_service_level"] = procedure.old_service_level;
    put(object, "partial_reason", optional_text(procedure.partial_reason));
    put(object, "subjects", to_array(procedure.subjects, [](Subject subject) { return to_text(subject); }));
    put(object, "channels", to_array(procedure.channels, [](Channel channel) { return to_text(channel); }));
    put(object, "cases", to_array(procedure.cases, [](const Case& item) {
            return json::object{{"code", item.code}, {"name", item.name}};
        }));
    put(object, "limits", to_array(procedure.limits, limit_json));
    put(object, "fees", to_array(procedure.fees, fee_json));
    put(object, "components", to_array(procedure.components, component_json));
    put(object, "results", to_array(procedure.results, named_json));
    put(object, "legal_bases", to_array(procedure.legal_bases, named_json));
    for (const auto& [key, text] : {std::pair{"decision", &procedure.decision},
                                    {"authorities", &procedure.authorities},
                                    {"steps", &procedure.steps},
                                    {"conditions", &procedure.conditions},
                                    {"process", &procedure.process},
                                    {"form", &procedure.form},
                                    {"source", &procedure.source}})
        put(object, key, optional_text(*text));
    return object;
}

Result<Procedure> read_procedure(const json::object& object) {
    Reader reader(object, "");
    Procedure procedure;
    for (const char* own : {"id", "version", "status", "flags"}) reader.take(own);
    auto code = parse_procedure_code(reader.text("code"));
    if (!code) return fail(Errc::invalid, "catalogue.code_malformed", {{"code", string_or(object, "code")}});
    procedure.code = code->code;
    procedure.name = reader.text("name");
    if (fold(procedure.name).empty()) return fail(Errc::invalid, "catalogue.name_missing", {{"code", procedure.code}});
    const json::value* from = reader.take("from");
    const json::value* to = reader.take("to");
    if (from && !from->is_string()) reader.wrong("from");
    if (to && !to->is_string()) reader.wrong("to");
    procedure.validity = TRY(parse_validity(find_string(object, "from"), find_string(object, "to")));
    procedure.field = reader.object("field", read_named);
    procedure.levels = reader.names("levels", organisation::find_level);
    procedure.service_level = reader.named("service_level", find_service_level).value_or(ServiceLevel::information);
    procedure.old_service_level = static_cast<int>(reader.number("old_service_level", 4).value_or(0));
    procedure.partial_reason = reader.text("partial_reason");
    procedure.subjects = reader.names("subjects", find_subject);
    procedure.channels = reader.names("channels", find_channel);
    procedure.cases = reader.objects("cases", [](Reader& item) {
        Case read{item.text("code"), item.text("name")};
        if (read.code.empty()) item.wrong("code");
        return read;
    });
    procedure.limits = reader.objects("limits", read_limit);
    procedure.fees = reader.objects("fees", read_fee);
    procedure.components = reader.objects("components", read_component);
    procedure.results = reader.objects("results", read_named);
    procedure.legal_bases = reader.objects("legal_bases", read_named);
    procedure.decision = reader.text("decision");
    procedure.authorities = reader.text("authorities");
    procedure.steps = reader.text("steps");
    procedure.conditions = reader.text("conditions");
    procedure.process = reader.text("process");
    procedure.form = reader.text("form");
    procedure.source = reader.text("source");
    auto unknown_case = [&](const Scope& scope) {
        return !scope.case_code.empty() && std::none_of(procedure.cases.begin(), procedure.cases.end(),
                                                        [&](const Case& item) { return item.code == scope.case_code; });
    };
    for (const TimeLimit& limit : procedure.limits)
        if (unknown_case(limit.scope)) reader.wrong("limits");
    for (const FeeRule& fee : procedure.fees)
        if (unknown_case(fee.scope)) reader.wrong("fees");
    if (std::string wrong = reader.finish(); !wrong.empty())
        return fail(Errc::invalid, "catalogue.procedure_malformed", {{"field", wrong}});
    return procedure;
}

}  // namespace motcua::catalogue
