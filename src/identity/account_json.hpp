// Accounts, posts and roles as the API shows them.
#pragma once

#include "base/json.hpp"
#include "base/lang.hpp"
#include "identity/account.hpp"
#include "identity/identity.hpp"

namespace motcua::identity {

/// {id, unit, unit_name, role, role_name, title, from, to, fields, procedures}; unit "*" = the whole system.
json::object post_json(const Post& post, const organisation::Directory& directory, const Roles& roles, Lang lang);
/// {id, kind, user_name, name, status, version, created_at, posts}.
json::object account_json(const Account& account, const organisation::Directory& directory, const Roles& roles,
                          Lang lang);

/// A post from validated input (unit by code, "*" = the whole system); it begins on `first` unless `from` says so.
/// Reasons: "account.unit_unknown" {unit}, "account.procedure_unknown" {procedure}, "time.malformed".
Result<Post> read_post_input(const json::object& input, const organisation::Directory& directory, LocalDay first);
/// The fields of that input, and of an account in answers.
http::Fields post_fields();
http::Fields account_fields();

}  // namespace motcua::identity
