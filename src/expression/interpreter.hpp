// The evaluator and what built-in functions may use of it: its budget and its list of bound names.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/expression.hpp"
#include "expression/program.hpp"
#include "expression/value.hpp"

namespace motcua::expression {

enum class Ordering { less, equal, greater, none };

/// Order of two values of one kind; `none` when they cannot be compared. A text that reads as a date compares with
/// dates.
Ordering compare(const Value& a, const Value& b);
bool same(const Value& a, const Value& b);

class Interpreter {
  public:
    Interpreter(const Program& program, const Variables& variables) : program_(program), variables_(variables) {}
    Value evaluate(std::int32_t index);
    /// Notes the first fault and gives null.
    Value fault(std::string_view reason, std::string_view name, std::string_view value);
    Value wrong_type(std::string_view operation) { return fault("expression.wrong_type", "operation", operation); }
    Value too_costly() { return fault("expression.too_costly", "limit", std::to_string(steps_max)); }
    /// The items of a list, or of a JSON array; nullopt for anything else.
    std::optional<std::vector<Value>> items(const Value& value);
    Value make_list(std::vector<Value> items);
    Value make_text(std::string text);
    Outcome finish(const Value& value);

  private:
    const Program& program_;
    const Variables& variables_;
    std::vector<std::pair<std::string_view, Value>> bound_;
    int steps_ = 0;
    std::string fault_;
    std::vector<Param> params_;

    Value lookup(const std::string& name);
    Value arithmetic(Op op, const Value& a, const Value& b);
    Value comparison(Op op, const Value& a, const Value& b);
    Value logic(const Node& node);
    Value member(const Value& object, const std::string& name);
    Value index(const Node& node);
    Value contains(const Node& node);
    Value quantified(const Node& node);
};

/// Calls built-in function number `function`.
Value call_function(Interpreter& interpreter, int function, std::vector<Value>& arguments);

}  // namespace motcua::expression
