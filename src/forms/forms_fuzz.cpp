// Any bytes as a form definition, and any JSON as answers of a form with every type: no crash, bounded time; what is
// accepted is accepted again unchanged, and drafts never ask for more than complete forms. Input: definition or
// answers, told apart by the first byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/check.hpp"
#include "base/testing.hpp"
#include "forms/regex.hpp"
#include "forms/validate.hpp"
#include "forms/values.hpp"

namespace {
using namespace motcua;
using namespace motcua::forms;

const Facts& facts() {
    static const Facts known{.today = *parse_day("2026-03-02"),
                             .is_unit = [](std::string_view code, UnitLevel, std::optional<LocalDay> day) {
                                 return code.ends_with('5') && day != LocalDay();
                             }};
    return known;
}

void judge(const Definition& definition, const json::object& values) {
    Validation judged = validate(definition, values, facts());
    Validation draft = validate(definition, values, facts(), Completeness::draft);
    CHECK(draft.errors.size() <= judged.errors.size(), "a draft asks for less");
    if (!judged.errors.empty()) return;
    Validation again = validate(definition, judged.answers, facts());
    CHECK(again.errors.empty() && again.answers == judged.answers, "answers are canonical");
}

/// The form of tests/vectors/forms that has the given name.
DefinitionPtr vector_form(const char* name) {
    auto file = parse_json(test::read_text(std::string(MOTCUA_SOURCE_DIR) + "/tests/vectors/forms/" + name + ".json"));
    return *make_definition(file->at("definition"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const DefinitionPtr forms[] = {vector_form("text"),       vector_form("numbers"), vector_form("dates"),
                                          vector_form("identity"),   vector_form("contact"), vector_form("choices"),
                                          vector_form("address"),    vector_form("files"),   vector_form("structure"),
                                          vector_form("expressions")};
    if (size < 2) return 0;
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0: {
            auto definition = read_definition(text);
            if (!definition) return 0;
            (void)json_schema(**definition);
            (void)diff(**definition, *forms[0]);
            judge(**definition, {});
            auto again = make_definition((*definition)->source);
            CHECK(again && (*again)->source == (*definition)->source, "an expanded definition reads as itself");
            return 0;
        }
        case 1: {
            auto values = parse_json(text);
            if (!values || !values->is_object()) return 0;
            for (const DefinitionPtr& form : forms) judge(*form, values->get_object());
            (void)carry_over(*forms[0], *forms[8], values->get_object(), facts());
            return 0;
        }
        default: {
            if (auto pattern = Pattern::compile(text)) (void)(*pattern)->matches(text);
            if (auto number = read_number(text)) {
                std::string written = number_text(*number);  // its dot would group three digits
                std::ranges::replace(written, '.', ',');
                CHECK(read_number(written) == number, "numbers read back");
            }
            return 0;
        }
    }
}
