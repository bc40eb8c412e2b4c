// Result<T>, the answer of every operation that a user can cause to fail, and Error, its refusal.
// A fault of the world (disk full, database gone) is a Fault (fault.hpp); a programmer's error is CHECK (check.hpp).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace motcua {

/// Kind of refusal; decides the HTTP status and whether a retry makes sense.
enum class Errc {
    invalid,       // 422: the input breaks a rule of form; `fields` says which parts
    malformed,     // 400: the input cannot be read at all
    unauthorized,  // 401: nobody is signed in
    forbidden,     // 403: the person may not do this
    not_found,     // 404
    conflict,      // 409: the command does not fit the present state (a business rule)
    stale,         // 412: the caller's version is not the present one
    too_large,     // 413
    unsupported,   // 415: media type or kind of file
    rate_limited,  // 429
    unavailable,   // 503: a queue is full or a dependency is away; try again later
};

/// A value that goes into the `{name}` of a message of the catalogue.
struct Param {
    std::string name;
    std::string value;
    bool operator==(const Param&) const = default;
};

/// One wrong field: JSON-pointer-like path ("answers/ngaySinh", "files/0"), stable reason, values for the sentence.
struct FieldError {
    std::string path;
    std::string reason;
    std::vector<Param> params = {};
    bool operator==(const FieldError&) const = default;
};

/// A refusal. `reason` is a stable documented string such as "dossier.wrong_state"; each has a sentence in Vietnamese
/// and English in data/messages (a test compares). `params` fill the sentence; they never hold secrets.
struct Error {
    Errc code = Errc::invalid;
    std::string reason;
    std::vector<Param> params = {};
    std::vector<FieldError> fields = {};
    bool operator==(const Error&) const = default;
};

/// std::expected that may not be dropped silently.
template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
    using std::expected<T, Error>::expected;
};

/// The one way to refuse: `return fail(Errc::conflict, "dossier.wrong_state", {{"state", "withdrawn"}});`
inline std::unexpected<Error> fail(Errc code, std::string_view reason, std::vector<Param> params = {},
                                   std::vector<FieldError> fields = {}) {
    return std::unexpected<Error>(Error{code, std::string(reason), std::move(params), std::move(fields)});
}

}  // namespace motcua

/// Value of a Result, or return its error from the enclosing function. Not usable around co_await (GCC 12).
#define TRY(...)                                                                                  \
    __extension__({                                                                               \
        auto&& try_result_ = (__VA_ARGS__);                                                       \
        if (!try_result_) [[unlikely]]                                                            \
            return ::std::unexpected(::std::forward<decltype(try_result_)>(try_result_).error()); \
        *::std::forward<decltype(try_result_)>(try_result_);                                      \
    })
