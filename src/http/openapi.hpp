// The OpenAPI 3.1 document, written from the route table: every route that is not a page, with its parameters, headers,
// body, answer and errors. Complete by construction; openapi_test.cpp compares it with the table.
#pragma once

#include "http/router.hpp"

namespace motcua::http {

json::object openapi_document(const Router& router);

/// GET /api/v1/openapi.json and GET /api/v1/problems/{reason} (what the `type` of a problem points at). Register last:
/// the document holds what is registered when it is first asked for.
void register_description(Router& router);

}  // namespace motcua::http
