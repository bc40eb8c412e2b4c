// Evaluation: three-valued logic as FEEL has it (null is "unknown"), a step budget, and the first fault noted.
#include <algorithm>
#include <cmath>

#include "expression/interpreter.hpp"

namespace motcua::expression {
namespace {

template <class T>
Ordering order(const T& a, const T& b) {
    if (a < b) return Ordering::less;
    if (b < a) return Ordering::greater;
    return a == b ? Ordering::equal : Ordering::none;  // none: not a number
}

std::optional<Instant> as_instant(const Value& value) {
    if (auto* instant = std::get_if<Instant>(&value)) return *instant;
    if (auto* day = std::get_if<LocalDay>(&value)) return to_instant(LocalMinute(*day));
    if (auto* text = std::get_if<std::string>(&value)) {
        if (text->size() == 10) {
            if (auto day = parse_day(*text)) return to_instant(LocalMinute(*day));
        } else if (auto instant = parse_iso(*text)) {
            return *instant;
        }
    }
    return std::nullopt;
}

std::int64_t whole(double number) { return static_cast<std::int64_t>(std::clamp(number, -9e15, 9e15)); }

}  // namespace

Value from_json(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return value.get_bool();
        case json::kind::int64:
            return static_cast<double>(value.get_int64());
        case json::kind::uint64:
            return static_cast<double>(value.get_uint64());
        case json::kind::double_:
            return value.get_double();
        case json::kind::string:
            return std::string(std::string_view(value.get_string()));
        case json::kind::object:
            return Object{nullptr, &value.get_object()};
        case json::kind::array:
            break;
    }
    auto list = std::make_shared<std::vector<Value>>();
    list->reserve(value.get_array().size());
    for (const auto& item : value.get_array()) list->push_back(from_json(item));
    return List(std::move(list));
}

json::value to_json(const Value& value) {
    if (auto* b = std::get_if<bool>(&value)) return *b;
    if (auto* n = std::get_if<double>(&value)) {
        if (!std::isfinite(*n)) return nullptr;
        if (std::floor(*n) == *n && std::fabs(*n) <= 9007199254740992.0) return static_cast<std::int64_t>(*n);
        return *n;
    }
    if (auto* o = std::get_if<Object>(&value)) return *o->at;
    if (auto* l = std::get_if<List>(&value)) {
        json::array out;
        out.reserve((*l)->size());
        for (const auto& item : **l) out.push_back(to_json(item));
        return out;
    }
    if (value.is_null()) return nullptr;
    return json::string(to_text(value));
}

std::string number_text(double number) {
    if (std::floor(number) == number && std::fabs(number) <= 9007199254740992.0)
        return std::to_string(static_cast<std::int64_t>(number));
    json::value value(number);
    // The shortest text that reads back as the same double.
    std::string best;
    for (int digits = 1; digits <= 17; ++digits) {
        char buffer[40];
        std::snprintf(buffer, sizeof buffer, "%.*g", digits, number);
        best = buffer;
        if (std::strtod(buffer, nullptr) == number) break;
    }
    return best;
}

std::string to_text(const Value& value) {
    if (auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
    if (auto* n = std::get_if<double>(&value)) return number_text(*n);
    if (auto* s = std::get_if<std::string>(&value)) return *s;
    if (auto* d = std::get_if<LocalDay>(&value)) return format_day(*d);
    if (auto* t = std::get_if<Instant>(&value)) return format_iso(*t);
    if (auto* d = std::get_if<Days>(&value)) return duration_text(*d);
    if (auto* m = std::get_if<Months>(&value)) return duration_text(*m);
    if (value.is_null()) return "";
    return json::serialize(to_json(value));
}

Ordering compare(const Value& a, const Value& b) {
    if (a.index() == b.index()) {
        if (auto* n = std::get_if<double>(&a)) return order(*n, std::get<double>(b));
        if (auto* s = std::get_if<std::string>(&a)) return order(*s, std::get<std::string>(b));
        if (auto* x = std::get_if<bool>(&a)) return order(*x, std::get<bool>(b));
        if (auto* d = std::get_if<Days>(&a)) return order(d->ms, std::get<Days>(b).ms);
        if (auto* m = std::get_if<Months>(&a)) return order(m->count, std::get<Months>(b).count);
    }
    bool dates = std::holds_alternative<LocalDay>(a) || std::holds_alternative<Instant>(a) ||
                 std::holds_alternative<LocalDay>(b) || std::holds_alternative<Instant>(b);
    if (!dates) return Ordering::none;
    auto x = as_instant(a), y = as_instant(b);
    return x && y ? order(*x, *y) : Ordering::none;
}

bool same(const Value& a, const Value& b) {
    if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
    auto ordering = compare(a, b);
    if (ordering != Ordering::none) return ordering == Ordering::equal;
    return a.index() == b.index() && to_json(a) == to_json(b) &&
           (std::holds_alternative<List>(a) || std::holds_alternative<Object>(a));
}

Value Interpreter::fault(std::string_view reason, std::string_view name, std::string_view value) {
    if (fault_.empty()) {
        fault_ = reason;
        params_ = {{std::string(name), std::string(value)}};
    }
    return {};
}

std::optional<std::vector<Value>> Interpreter::items(const Value& value) {
    auto* list = std::get_if<List>(&value);
    if (!list) return std::nullopt;
    return **list;
}

Value Interpreter::make_list(std::vector<Value> items) {
    if (items.size() > list_items_max) return fault("expression.too_costly", "limit", std::to_string(list_items_max));
    steps_ += static_cast<int>(items.size());
    return List(std::make_shared<std::vector<Value>>(std::move(items)));
}

Value Interpreter::make_text(std::string text) {
    if (text.size() > value_bytes_max) return fault("expression.too_costly", "limit", std::to_string(value_bytes_max));
    steps_ += static_cast<int>(text.size() / 256);
    return text;
}

Outcome Interpreter::finish(const Value& value) { return {to_json(value), std::move(fault_), std::move(params_)}; }

Value Interpreter::lookup(const std::string& name) {
    for (auto it = bound_.rbegin(); it != bound_.rend(); ++it)
        if (it->first == name) return it->second;
    if (const json::value* value = variables_.find(name)) {
        if (value->is_array()) steps_ += static_cast<int>(value->get_array().size());
        return from_json(*value);
    }
    return fault("expression.unknown_variable", "name", name);
}

Value Interpreter::evaluate(std::int32_t at) {
    if (at < 0) return {};
    if (++steps_ > steps_max) return too_costly();
    const Node& node = program_.nodes[static_cast<std::size_t>(at)];
    switch (node.op) {
        case Op::literal:
            return from_json(node.value);
        case Op::variable:
            return lookup(node.text);
        case Op::list: {
            std::vector<Value> values;
            for (auto item : node.items) values.push_back(evaluate(item));
            return make_list(std::move(values));
        }
        case Op::object: {
            auto object = std::make_shared<json::object>();
            for (std::size_t i = 0; i < node.items.size(); ++i)
                (*object)[node.keys[i]] = to_json(evaluate(node.items[i]));
            const json::object* raw = object.get();
            return Object{std::move(object), raw};
        }
        case Op::negate: {
            auto value = evaluate(node.a);
            if (auto* n = std::get_if<double>(&value)) return -*n;
            if (auto* d = std::get_if<Days>(&value)) return Days{-d->ms};
            if (auto* m = std::get_if<Months>(&value)) return Months{-m->count};
            return value.is_null() ? Value{} : wrong_type("-");
        }
        case Op::not_:
        case Op::and_:
        case Op::or_:
            return logic(node);
        case Op::equal:
        case Op::not_equal:
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal: {
            auto a = evaluate(node.a);
            return comparison(node.op, a, evaluate(node.b));
        }
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::modulo:
        case Op::power: {
            auto a = evaluate(node.a);
            return arithmetic(node.op, a, evaluate(node.b));
        }
        case Op::if_: {
            auto condition = evaluate(node.a);
            auto* yes = std::get_if<bool>(&condition);
            return evaluate(yes && *yes ? node.b : node.c);
        }
        case Op::member:
            return member(evaluate(node.a), node.text);
        case Op::index:
            return index(node);
        case Op::in:
            return contains(node);
        case Op::between: {
            auto value = evaluate(node.a);
            auto low = compare(value, evaluate(node.b));
            auto high = compare(value, evaluate(node.c));
            if (low == Ordering::none || high == Ordering::none) return {};
            return low != Ordering::less && high != Ordering::greater;
        }
        case Op::some:
        case Op::every:
        case Op::for_:
            return quantified(node);
        case Op::empty: {
            auto value = evaluate(node.a);
            if (value.is_null()) return true;
            if (auto* s = std::get_if<std::string>(&value)) return s->empty();
            if (auto* l = std::get_if<List>(&value)) return (*l)->empty();
            if (auto* o = std::get_if<Object>(&value)) return o->at->empty();
            return false;
        }
        case Op::join: {
            std::string text;
            for (auto item : node.items) {
                text += to_text(evaluate(item));
                if (text.size() > value_bytes_max) break;
            }
            return make_text(std::move(text));
        }
        case Op::call: {
            std::vector<Value> arguments;
            arguments.reserve(node.items.size());
            for (auto item : node.items) arguments.push_back(evaluate(item));
            return call_function(*this, node.function, arguments);
        }
        case Op::range:
        case Op::filter:
            break;
    }
    return wrong_type("range");
}

Value Interpreter::logic(const Node& node) {
    auto a = evaluate(node.a);
    auto* left = std::get_if<bool>(&a);
    if (node.op == Op::not_) return left ? Value(!*left) : a.is_null() ? Value{} : wrong_type("not");
    bool decisive = node.op == Op::or_;  // the value of one side that decides alone
    if (left && *left == decisive) return decisive;
    auto b = evaluate(node.b);
    auto* right = std::get_if<bool>(&b);
    if (right && *right == decisive) return decisive;
    if (left && right) return !decisive;
    if ((!left && !a.is_null()) || (!right && !b.is_null())) return wrong_type(decisive ? "or" : "and");
    return {};
}

Value Interpreter::comparison(Op op, const Value& a, const Value& b) {
    if (op == Op::equal) return same(a, b);
    if (op == Op::not_equal) return !same(a, b);
    auto ordering = compare(a, b);
    if (ordering == Ordering::none) return a.is_null() || b.is_null() ? Value{} : wrong_type("comparison");
    switch (op) {
        case Op::less:
            return ordering == Ordering::less;
        case Op::less_equal:
            return ordering != Ordering::greater;
        case Op::greater:
            return ordering == Ordering::greater;
        default:
            return ordering != Ordering::less;
    }
}

Value Interpreter::arithmetic(Op op, const Value& a, const Value& b) {
    if (op == Op::add && (std::holds_alternative<std::string>(a) || std::holds_alternative<std::string>(b)))
        return make_text(to_text(a) + to_text(b));
    if (a.is_null() || b.is_null()) return {};
    auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
    if (x && y) {
        double result = 0;
        switch (op) {
            case Op::add:
                result = *x + *y;
                break;
            case Op::subtract:
                result = *x - *y;
                break;
            case Op::multiply:
                result = *x * *y;
                break;
            case Op::divide:
                result = *x / *y;
                break;
            case Op::modulo:
                result = *x - *y * std::floor(*x / *y);
                break;
            default:
                result = std::pow(*x, *y);
                break;
        }
        return std::isfinite(result) ? Value(result) : wrong_type("division by zero");
    }
    bool adding = op == Op::add, subtracting = op == Op::subtract;
    std::int64_t sign = subtracting ? -1 : 1;
    if (adding || subtracting) {
        if (auto* d = std::get_if<Days>(&a), *e = std::get_if<Days>(&b); d && e) return Days{d->ms + sign * e->ms};
        if (auto* m = std::get_if<Months>(&a), *n = std::get_if<Months>(&b); m && n)
            return Months{m->count + sign * n->count};
        // A date and a duration, the date on the left (or on the right of a plus).
        const Value& date = adding && (std::holds_alternative<Days>(a) || std::holds_alternative<Months>(a)) ? b : a;
        const Value& step = &date == &a ? b : a;
        if (auto* day = std::get_if<LocalDay>(&date)) {
            if (auto* m = std::get_if<Months>(&step)) return add_months(*day, sign * m->count);
            if (auto* d = std::get_if<Days>(&step))
                return *day + std::chrono::floor<std::chrono::days>(std::chrono::milliseconds(sign * d->ms));
            if (auto* other = std::get_if<LocalDay>(&step); other && subtracting)
                return Days{(*day - *other).count() * 86'400'000};
        }
        if (auto* instant = std::get_if<Instant>(&date)) {
            if (auto* d = std::get_if<Days>(&step)) return *instant + std::chrono::milliseconds(sign * d->ms);
            if (auto* m = std::get_if<Months>(&step)) {
                auto local = *instant + vietnam_offset;
                auto day = std::chrono::floor<std::chrono::days>(local);
                auto moved = add_months(LocalDay(day.time_since_epoch()), sign * m->count);
                return Instant(moved.time_since_epoch() + (local - day) - vietnam_offset);
            }
            if (subtracting)
                if (auto other = as_instant(step)) return Days{(*instant - *other).count()};
        }
    }
    if ((op == Op::multiply || op == Op::divide) && y) {
        double factor = op == Op::multiply ? *y : 1 / *y;
        if (!std::isfinite(factor)) return wrong_type("division by zero");
        if (auto* d = std::get_if<Days>(&a)) return Days{whole(static_cast<double>(d->ms) * factor)};
        if (auto* m = std::get_if<Months>(&a)) return Months{whole(static_cast<double>(m->count) * factor)};
    }
    return wrong_type("arithmetic");
}

Value Interpreter::member(const Value& object, const std::string& name) {
    using namespace std::chrono;
    if (object.is_null()) return {};
    if (auto* o = std::get_if<Object>(&object)) {
        const json::value* value = o->at->if_contains(name);
        if (!value) return {};
        auto result = from_json(*value);
        // A borrowed part of an object made here must keep its owner alive.
        if (auto* part = std::get_if<Object>(&result)) part->own = o->own;
        return result;
    }
    if (auto* l = std::get_if<List>(&object)) {
        std::vector<Value> members;
        for (const auto& item : **l) members.push_back(member(item, name));
        return make_list(std::move(members));
    }
    auto* instant = std::get_if<Instant>(&object);
    auto* date = std::get_if<LocalDay>(&object);
    if (instant || date) {
        LocalDay day = date ? *date : local_day(*instant);
        year_month_day ymd{day};
        if (name == "year") return static_cast<double>(static_cast<int>(ymd.year()));
        if (name == "month") return static_cast<double>(static_cast<unsigned>(ymd.month()));
        if (name == "day") return static_cast<double>(static_cast<unsigned>(ymd.day()));
        if (name == "weekday") return static_cast<double>(weekday{day}.iso_encoding());
        if (instant) {
            auto minutes = (to_local(*instant) - LocalMinute(day)).count();
            if (name == "hour") return static_cast<double>(minutes / 60);
            if (name == "minute") return static_cast<double>(minutes % 60);
            if (name == "second") return static_cast<double>(instant->time_since_epoch().count() / 1000 % 60);
        }
    }
    if (auto* d = std::get_if<Days>(&object)) {
        if (name == "days") return static_cast<double>(d->ms / 86'400'000);
        if (name == "hours") return static_cast<double>(d->ms / 3'600'000 % 24);
        if (name == "minutes") return static_cast<double>(d->ms / 60'000 % 60);
        if (name == "seconds") return static_cast<double>(d->ms / 1000 % 60);
    }
    if (auto* m = std::get_if<Months>(&object)) {
        if (name == "years") return static_cast<double>(m->count / 12);
        if (name == "months") return static_cast<double>(m->count % 12);
    }
    return wrong_type("." + name);
}

Value Interpreter::index(const Node& node) {
    auto base = evaluate(node.a);
    if (base.is_null()) return {};
    if (auto* object = std::get_if<Object>(&base)) {
        auto key = evaluate(node.b);
        if (auto* name = std::get_if<std::string>(&key)) return member(*object, *name);
        return wrong_type("[]");
    }
    auto* list = std::get_if<List>(&base);
    if (!list) return wrong_type("[]");
    // A boolean condition on `item` filters; a number picks. Which of the two shows only in the value.
    std::vector<Value> kept;
    for (std::size_t i = 0; i <= (*list)->size(); ++i) {
        if (i < (*list)->size()) bound_.emplace_back("item", (**list)[i]);
        auto key = evaluate(node.b);
        if (i < (*list)->size()) bound_.pop_back();
        if (auto* n = std::get_if<double>(&key)) {
            auto size = static_cast<std::int64_t>((*list)->size());
            std::int64_t at = whole(*n);
            if (!program_.zero_based) at = at > 0 ? at - 1 : at < 0 ? size + at : -1;
            return at >= 0 && at < size ? (**list)[static_cast<std::size_t>(at)] : Value{};
        }
        if (i == (*list)->size()) break;
        if (auto* yes = std::get_if<bool>(&key)) {
            if (*yes) kept.push_back((**list)[i]);
        } else if (!key.is_null()) {
            return wrong_type("[]");
        }
        if (steps_ > steps_max) return too_costly();
    }
    return make_list(std::move(kept));
}

Value Interpreter::contains(const Node& node) {
    auto value = evaluate(node.a);
    const Node& set = program_.nodes[static_cast<std::size_t>(node.b)];
    auto in_range = [&](const Node& range) -> Value {
        auto low = compare(value, evaluate(range.a));
        auto high = compare(value, evaluate(range.b));
        if (low == Ordering::none || high == Ordering::none) return {};
        bool above = low == Ordering::greater || (low == Ordering::equal && range.text[0] == '[');
        bool below = high == Ordering::less || (high == Ordering::equal && range.text[1] == ']');
        return above && below;
    };
    if (set.op == Op::range) return in_range(set);
    if (set.op == Op::list) {
        bool unknown = false;
        for (auto item : set.items) {
            const Node& part = program_.nodes[static_cast<std::size_t>(item)];
            Value found = part.op == Op::range ? in_range(part) : Value(same(value, evaluate(item)));
            if (auto* yes = std::get_if<bool>(&found); yes && *yes) return true;
            unknown |= found.is_null();
        }
        return unknown ? Value{} : Value(false);
    }
    auto list = evaluate(node.b);
    if (auto* all = std::get_if<List>(&list))
        return std::ranges::any_of(**all, [&](const Value& item) { return same(value, item); });
    return list.is_null() ? Value{} : Value(same(value, list));
}

Value Interpreter::quantified(const Node& node) {
    auto over = evaluate(node.a);
    auto list = items(over);
    if (!list) return over.is_null() ? Value{} : wrong_type("for");
    std::vector<Value> results;
    bool unknown = false;
    for (auto& item : *list) {
        bound_.emplace_back(node.text, std::move(item));
        auto result = evaluate(node.b);
        bound_.pop_back();
        if (steps_ > steps_max) return too_costly();
        if (node.op == Op::for_) {
            results.push_back(std::move(result));
            continue;
        }
        auto* yes = std::get_if<bool>(&result);
        if (yes && *yes == (node.op == Op::some)) return node.op == Op::some;
        unknown |= !yes;
    }
    if (node.op == Op::for_) return make_list(std::move(results));
    return unknown ? Value{} : Value(node.op == Op::every);
}

Outcome Expression::evaluate(const Variables& variables) const {
    if (!program_) return {};
    Interpreter interpreter(*program_, variables);
    auto value = interpreter.evaluate(program_->root);
    return interpreter.finish(value);
}

bool Expression::is_surely_boolean() const {
    if (!program_ || program_->root < 0) return false;
    const Node& node = program_->nodes[static_cast<std::size_t>(program_->root)];
    switch (node.op) {
        case Op::not_:
        case Op::and_:
        case Op::or_:
        case Op::equal:
        case Op::not_equal:
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
        case Op::in:
        case Op::between:
        case Op::some:
        case Op::every:
        case Op::empty:
            return true;
        case Op::literal:
            return node.value.is_bool();
        default:
            return false;
    }
}

}  // namespace motcua::expression
