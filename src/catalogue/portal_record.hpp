// One record of the national portal (dichvucong.gov.vn) as a Procedure. Two shapes are read: the Vietnamese-keyed page
// whose tables are run together ("ma_thu_tuc", "cach_thuc_thuc_hien" …) and the record of the portal's 2026 interface
// ("code", "executionMethods", "cases" …, also wrapped in "data").
// What cannot be trusted is kept and flagged (trust.hpp), never guessed.
#pragma once

#include "catalogue/procedure.hpp"

namespace motcua::catalogue {

/// The procedure with its flags; status flagged when there are any, else published. Reasons of refusal:
/// "catalogue.record_unknown" (neither shape), "catalogue.code_malformed" {code}, "catalogue.name_missing" {code},
/// "catalogue.record_malformed" {field} (a member of the wrong type), "catalogue.record_too_large" {field, limit}.
/// What is read can always be stored and read back (read_procedure of to_json).
Result<Procedure> read_portal_record(const json::value& record);

}  // namespace motcua::catalogue
