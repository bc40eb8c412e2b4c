// Invented answers that a form accepts: what a simulated citizen writes.
#pragma once

#include "base/random.hpp"
#include "forms/validate.hpp"

namespace motcua::simulation {

/// Answers that pass the form's own validation, found by filling in what it says is missing or wrong. `commune` is the
/// code of the citizen's commune. nullopt when no answers were found within a fixed number of rounds.
std::optional<json::object> make_answers(const forms::Definition& form, const forms::Facts& facts,
                                         std::string_view commune, Random& random);

/// An invented Vietnamese name.
std::string make_name(Random& random);
/// Twelve digits as Decree 137/2015 has them: province 091, sex, century, year of birth.
std::string make_citizen_id(Random& random, bool female, int birth_year);

}  // namespace motcua::simulation
