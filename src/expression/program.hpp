// The parsed tree of an expression: nodes in one vector, children by index.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace motcua::expression {

enum class Op : std::uint8_t {
    literal,
    variable,
    list,
    object,
    range,
    negate,
    not_,
    or_,
    and_,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    power,
    if_,
    member,
    index,
    filter,
    in,
    between,
    call,
    some,
    every,
    for_,
    empty,
    join
};

struct Node {
    Op op = Op::literal;
    std::int32_t a = -1, b = -1, c = -1;   // children
    std::vector<std::int32_t> items = {};  // of list, object, call, join
    std::string text = {};                 // variable, member, function or bound name; bounds of a range "[)" …
    std::vector<std::string> keys = {};    // of object
    json::value value = {};                // of literal
    int function = -1;                     // of call
};

struct Program {
    std::string text;
    std::vector<Node> nodes;
    std::int32_t root = -1;
    bool zero_based = false;  // written ${…}: list indices count from 0
};

/// Index of a built-in function, or -1. Names are FEEL's, spaces included ("string length").
int find_function(std::string_view name);
/// Method written on a value, `x.startsWith("a")`: the function it stands for, or -1.
int find_method(std::string_view name);

}  // namespace motcua::expression
