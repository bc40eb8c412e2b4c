// What a condition, a computed field or a rule sees: the valid answers of its scope and of the scopes around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "expression/expression.hpp"
#include "forms/definition.hpp"

namespace motcua::forms {

class Scopes final : public expression::Variables {
  public:
    explicit Scopes(LocalDay today) : today_(format_day(today)) {}

    /// The innermost answer of that name; null for a field without a valid answer; nullptr for a name that no field
    /// has.
    const json::value* find(std::string_view name) const override;
    bool holds(const Condition& condition) const;

    class Guard {
      public:
        explicit Guard(Scopes& scopes) : scopes_(scopes) {}
        ~Guard() { scopes_.levels_.pop_back(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

      private:
        Scopes& scopes_;
    };
    /// `answers` is looked at while it grows.
    [[nodiscard]] Guard enter(const Scope& scope, const json::object& answers) {
        levels_.push_back({&scope, &answers});
        return Guard(*this);
    }

  private:
    struct Level {
        const Scope* scope;
        const json::object* answers;
    };
    json::value today_;
    std::vector<Level> levels_;
};

}  // namespace motcua::forms
