// The expression language of processes and forms: a FEEL subset (comparison, boolean, arithmetic, text, dates, lists,
// null), also written `${…}`. Pure, total, bounded; numbers are IEEE doubles, so that a browser computes the same.
// Owns grammar and evaluation; knows nothing of processes, forms, clocks or databases. Reference: docs/expressions.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace motcua::expression {

inline constexpr std::size_t text_bytes_max = 8192;     // of one expression
inline constexpr int depth_max = 100;                   // of its tree
inline constexpr int steps_max = 50'000;                // nodes visited in one evaluation
inline constexpr std::size_t list_items_max = 10'000;   // of any list made on the way
inline constexpr std::size_t value_bytes_max = 65'536;  // of any text made on the way

/// Where names are looked up. The pointer stays valid during the evaluation.
class Variables {
  public:
    virtual ~Variables() = default;
    virtual const json::value* find(std::string_view name) const = 0;
};

class ObjectVariables final : public Variables {
  public:
    explicit ObjectVariables(const json::object& object) : object_(object) {}
    const json::value* find(std::string_view name) const override { return object_.if_contains(name); }

  private:
    const json::object& object_;
};

/// The value and, when something went wrong on the way, the first fault: "expression.unknown_variable" {name},
/// "expression.wrong_type" {operation}, "expression.unknown_function" {name}, "expression.too_costly" {limit}.
/// A fault makes the part it happened in null; whether that matters is the caller's decision.
struct Outcome {
    json::value value;
    std::string fault;
    std::vector<Param> params;
};

struct Program;  // the parsed tree

/// An immutable parsed expression; cheap to copy.
class Expression {
  public:
    Expression() = default;
    explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
    explicit operator bool() const { return program_ != nullptr; }

    /// An empty expression gives null.
    Outcome evaluate(const Variables& variables) const;
    /// Names of variables that the expression reads (without those it binds itself), sorted, each once.
    std::vector<std::string> variables() const;
    /// The value if the expression is one literal ("3", "true", "\"x\"", "-1"), else nullptr.
    const json::value* literal() const;
    /// True when the top operation can only give a boolean (comparison, and, or, not, in, …).
    bool is_surely_boolean() const;
    const std::string& text() const;

  private:
    std::shared_ptr<const Program> program_;
};

/// Reads one expression: `a > 3 and b`, `= a > 3` or `${a > 3}` (then list indices count from 0, else from 1).
/// Reasons: "expression.malformed" {position, text}, "expression.too_long" {limit}, "expression.too_deep" {limit},
/// "expression.unknown_function" {name}.
Result<Expression> compile(std::string_view text);

/// Reads a text with embedded expressions, `Step ${n + 1} of ${count}`; a text that is exactly one `${…}` keeps the
/// type of its value. Text without `${` is itself. Same reasons.
Result<Expression> compile_template(std::string_view text);

}  // namespace motcua::expression
