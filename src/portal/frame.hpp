// The frame around every page: a shell of web/dist with its slots filled, or a plain one when the front end was not
// built. Owns preferences (language, text size, contrast), the page of errors and which shell a page takes.
#pragma once

#include <string>
#include <string_view>

#include "http/problem.hpp"
#include "http/router.hpp"
#include "portal/html.hpp"
#include "portal/portal.hpp"

namespace motcua::portal {

// What every page is written in.
namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

struct Page {
    std::string_view shell;  // name in web/src/pages/pages.ts
    std::string title;
    Html main;
    json::object data = {};  // for the page's script
    int status = 200;
};

/// The finished answer. Sets the cookies of preferences that the address asked for.
Response render(const PortalParts& parts, const Request& request, const Page& page);
Response error_page(const PortalParts& parts, const Request& request, const http::Problem& problem);

/// Hidden fields that every POST form begins with: the CSRF token of the session and a fresh idempotency key.
Html form_keys(const Context& context, const Request& request);
/// A UUID (version 4).
std::string make_key(Random& random);

/// The error summary: first what was refused as a whole, then the fields, linked.
struct Wrong {
    std::string id;  // of the field; empty for the whole
    std::string text;
};
Html error_summary(Lang lang, const std::vector<Wrong>& wrong);

/// "/ho-so-cua-toi" when `path` is a path of this site, else empty: nobody is sent elsewhere after signing in.
std::string local_path(std::string_view path);

/// The sign-in form; `next` is where to go afterwards.
Html sign_in_form(const PortalParts& parts, Lang lang, std::string_view next, std::string_view user_name);

/// The form of signing in with a passkey; hidden until a script knows that the browser can.
void add_passkey_sign_in(Html& html, std::string_view next);

/// Whether the asker is a script of ours that wants data instead of a page.
bool wants_json(const Request& request);

}  // namespace motcua::portal
