// Keys of one JSON object of a definition, read with every problem noted by path. Private to the reader of definitions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "forms/definition.hpp"

namespace motcua::forms {

enum class Presence : std::uint8_t { required, optional };

class Keys {
  public:
    Keys(const json::object& object, std::string path, std::vector<FieldError>& problems)
        : object_(object), path_(std::move(path)), problems_(problems) {}

    const json::object& object() const { return object_; }
    const std::string& path() const { return path_; }

    void problem(std::string_view key, std::string_view reason, std::vector<Param> params = {}) const;
    void wrong(std::string_view key, std::string_view expected) const;
    /// Notes every key that is not in the list " a b c ".
    void allow(std::string_view spaced) const;

    std::string text(std::string_view key, Presence presence, std::size_t bytes_max) const;
    bool flag(std::string_view key) const;
    std::optional<double> number(std::string_view key, double least, double most) const;
    std::optional<double> whole(std::string_view key, double least, double most) const;
    Text label(std::string_view key, Presence presence, std::vector<std::string>& missing_km) const;

  private:
    const json::object& object_;
    std::string path_;
    std::vector<FieldError>& problems_;
};

Text read_label(const json::value& value, const std::string& path, std::vector<FieldError>& problems,
                std::vector<std::string>& missing_km);

}  // namespace motcua::forms
