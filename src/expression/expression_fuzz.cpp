// Fuzzer: any text compiles or is refused, and what compiles evaluates within its bounds.
#include "expression/expression.hpp"

using namespace motcua;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    static const json::object variables{
        {"a", 3}, {"s", "đơn"}, {"list", json::array{1, "b", nullptr, json::object{{"a", 1}}}}, {"day", "2026-02-28"}};
    for (const auto& read : {expression::compile(text), expression::compile_template(text)})
        if (read) (void)json::serialize(read->evaluate(expression::ObjectVariables(variables)).value);
    return 0;
}
