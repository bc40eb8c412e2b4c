// `motcua account`: staff accounts from the command line, for the first administrator and for whoever is locked out.
// Owns: options and what is printed. Leaves out: the rules (identity/account.hpp).
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// account add       creates a staff account with a post in a unit for each role named
/// account password  gives an account a new password
/// The password comes from the first line of standard input with --password-stdin (and is judged like any other), or is
/// made and printed once. Answers the exit status: 0, 1 when refused, 2 when the command line itself is wrong.
int run_account(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
