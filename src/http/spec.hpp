// The declaration of what a route takes and gives: it validates the input and writes the OpenAPI document.
//
//   {.summary = "Receive a dossier at a counter",
//    .input = {field::one_of("channel", {"counter", "post"}, "How it came").required(),
//              field::text("note", "For the file").length(0, 2000)},
//    .answer = "Dossier"}
//
// One list of fields serves query, JSON body and form body; the handler reads `request.input`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "http/request.hpp"

namespace motcua::http {

inline constexpr std::int64_t text_chars_default_max = 4000;  // a text field without length()
inline constexpr std::int64_t array_items_default_max = 1000;

enum class FieldType { text, integer, number, boolean, id, day, instant, object, array, any };

/// One member of an object, or the element of an array. Texts of the declaration are in static storage.
class Field {
  public:
    Field(FieldType type, std::string_view name, std::string_view doc) : type_(type), name_(name), doc_(doc) {}

    Field required() const;
    /// null is as good as absent.
    Field nullable() const;
    /// Code points of a text, items of an array.
    Field length(std::int64_t min, std::int64_t max) const;
    Field range(std::int64_t min, std::int64_t max) const;
    /// `regex` is for the document, `matches` decides.
    Field pattern(std::string_view regex, bool (*matches)(std::string_view)) const;

    FieldType type() const { return type_; }
    std::string_view name() const { return name_; }
    std::string_view doc() const { return doc_; }
    bool is_required() const { return required_; }
    const std::vector<Field>& members() const { return members_; }

    /// JSON Schema of this field (2020-12, as OpenAPI 3.1 takes it).
    json::object schema() const;
    /// Appends what is wrong with `value` at `path`. Reasons: input.wrong_type input.too_short input.too_long
    /// input.out_of_range input.not_allowed input.bad_format input.required input.unknown_field input.too_many_items.
    void check(const json::value& value, const std::string& path, std::vector<FieldError>& errors) const;

  private:
    friend struct FieldMaker;
    FieldType type_;
    std::string_view name_;
    std::string_view doc_;
    bool required_ = false;
    bool nullable_ = false;
    std::optional<std::int64_t> min_;
    std::optional<std::int64_t> max_;
    std::string_view regex_;
    bool (*matches_)(std::string_view) = nullptr;
    std::vector<std::string_view> allowed_;
    std::vector<Field> members_;  // of an object; of an array one: the element
    std::string_view reference_;  // a named schema of the router (answers)
};

using Fields = std::vector<Field>;

namespace field {
Field text(std::string_view name, std::string_view doc);
Field integer(std::string_view name, std::string_view doc);
Field number(std::string_view name, std::string_view doc);
Field boolean(std::string_view name, std::string_view doc);
Field id(std::string_view name, std::string_view doc);       // 13 characters, base/ids.hpp
Field day(std::string_view name, std::string_view doc);      // 2023-02-23
Field instant(std::string_view name, std::string_view doc);  // 2023-02-23T10:15:00+07:00
Field one_of(std::string_view name, std::vector<std::string_view> allowed, std::string_view doc);
/// Without members: any object, which an engine of its own checks (form answers).
Field object(std::string_view name, Fields members, std::string_view doc);
Field array(std::string_view name, Field element, std::string_view doc);
/// Any JSON.
Field any(std::string_view name, std::string_view doc);
/// A named schema declared with Router::schema; for answers only.
Field ref(std::string_view name, std::string_view schema, std::string_view doc);
}  // namespace field

/// How the body comes.
enum class Body {
    none,
    json,  // application/json
    form,  // application/x-www-form-urlencoded or multipart/form-data
    raw,   // anything; the handler reads request.body
};

enum class IfMatch { unused, optional, required };

/// What a request counts as when askers are limited (rate_limit.hpp).
enum class RateClass : std::uint8_t {
    by_method,  // read or write
    read,
    write,
    look_up,  // finds out about somebody by a number that could be guessed
    sign_in,  // proves who one is: counted by address, whoever asks
    none,     // files of the site, health
};

inline constexpr std::size_t body_bytes_default_max = 256 * 1024;

/// A route's declaration. Only `summary` is a must.
struct Spec {
    std::string_view summary;
    std::string_view description = {};
    Fields query = {};
    Fields input = {};  // of the body; not empty means Body::json unless `body` says otherwise
    Body body = Body::none;
    std::string_view answer = {};                 // schema name; empty = no body or not JSON
    bool answer_is_list = false;                  // {"items":[answer…],"next":cursor}
    int status = 200;                             // of success
    std::string_view media = "application/json";  // of the answer
    IfMatch if_match = IfMatch::unused;
    std::size_t body_bytes_max = body_bytes_default_max;
    bool slow = false;  // may take a millisecond: runs in the pool
    RateClass rate = RateClass::by_method;
    bool html = false;  // a page: errors as pages, field errors left to the handler, not in OpenAPI
};

/// Object of the fields, or Errc::invalid "input.invalid" with one FieldError each. Unknown members are refused.
Result<json::object> check_object(const Fields& fields, json::value value);

/// Texts (query or form) turned into the declared types, then checked. A field of type array collects repeated names;
/// booleans read true/false/1/0/on; an empty text counts as absent unless the field is a required text.
/// `ignored` names are left out ("lang", "csrf").
Result<json::object> check_texts(const Fields& fields, const std::vector<NameValue>& texts,
                                 std::initializer_list<std::string_view> ignored);

}  // namespace motcua::http
