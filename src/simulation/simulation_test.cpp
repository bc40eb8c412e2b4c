#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include "definitions/definitions.hpp"
#include "resources/resources.hpp"
#include "simulation/answers.hpp"

namespace motcua::simulation {
namespace {

TEST(Answers, AreFoundForNearlyEveryFormThatShips) {
    SeededRandom random{7};
    forms::Facts facts;
    facts.today = *parse_day("2019-07-15");
    auto shared = resources::find_resource("forms/common.json");
    ASSERT_TRUE(shared);
    auto fragments = forms::read_fragments(*shared);
    ASSERT_TRUE(fragments);
    int forms = 0, answered = 0;
    for (const auto& source : definitions::shipped(definitions::Kind::form)) {
        auto form = forms::read_definition(source.text, *fragments);
        ASSERT_TRUE(form) << source.name;
        ++forms;
        answered += make_answers(**form, facts, "31009", random).has_value();
    }
    EXPECT_GT(forms, 40);
    EXPECT_GE(answered * 5, forms * 4);  // those with patterns of their own are filed at counters only
}

TEST(Names, CitizenIdsCarrySexAndYear) {
    SeededRandom random{7};
    EXPECT_TRUE(make_citizen_id(random, true, 1987).starts_with("091187"));
    EXPECT_TRUE(make_citizen_id(random, false, 2004).starts_with("091204"));
}

}  // namespace
}  // namespace motcua::simulation
