// Writing a model that the program has changed: only the start tags of the changed elements are written anew, every
// other byte (diagram, comments, white space, other tools' extensions) stays as it was read.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "process/model.hpp"

namespace motcua::process {

/// Sets or removes one attribute of an element that has an id.
struct AttributeEdit {
    std::string element;               // id
    std::string name;                  // local name
    std::optional<std::string> value;  // nullopt removes it
    bool extension = true;             // of Motcua's namespace; else without namespace ("name")
};

/// The file with the edits made, in their order. The prefix of the namespace is the one in force at the element; where
/// there is none, the outermost element declares one. Values may be any text; what is not ASCII or has a meaning in XML
/// is written as a reference. Reasons: not_found "process.unknown_element" {element}; invalid "process.edit_invalid"
/// {element, name} for a name that is none, an id, or control characters; those of read_model when the result cannot be
/// read.
Result<std::string> write_model(const Model& model, std::span<const AttributeEdit> edits, std::size_t file = 0);

}  // namespace motcua::process
