#include "identity/account_json.hpp"

#include "organisation/directory.hpp"

namespace motcua::identity {

namespace field = http::field;

json::object post_json(const Post& post, const organisation::Directory& directory, const Roles& roles, Lang lang) {
    const organisation::Unit* unit = directory.find(post.unit);
    const Role* role = roles.find(post.role);
    json::array procedures;
    for (ProcedureId procedure : post.procedures) procedures.emplace_back(motcua::to_string(procedure));
    json::object object{{"id", motcua::to_string(post.id)},
                        {"unit", post.unit == everywhere ? "*"
                                 : unit                  ? unit->code
                                                         : motcua::to_string(post.unit)},
                        {"unit_name", unit ? unit->name : ""},
                        {"role", post.role},
                        {"role_name", role ? role->name(lang) : post.role},
                        {"title", post.title},
                        {"from", nullptr},
                        {"to", nullptr},
                        {"fields", json::value_from(post.fields)},
                        {"procedures", std::move(procedures)}};
    if (!post.validity.is_open_start()) object["from"] = format_day(post.validity.from);
    if (!post.validity.is_open_end()) object["to"] = format_day(post.validity.to);
    return object;
}

json::object account_json(const Account& account, const organisation::Directory& directory, const Roles& roles,
                          Lang lang) {
    json::array posts;
    for (const Post& post : account.posts) posts.push_back(post_json(post, directory, roles, lang));
    return {{"id", motcua::to_string(account.id)},
            {"kind", to_string(account.kind)},
            {"user_name", account.user_name},
            {"name", account.display_name},
            {"status", account.disabled ? "disabled" : "active"},
            {"created_at", format_iso(account.created_at)},
            {"version", account.head.version},
            {"posts", std::move(posts)}};
}

Result<Post> read_post_input(const json::object& input, const organisation::Directory& directory, LocalDay first) {
    Post post;
    const std::string code = string_or(input, "unit");
    if (code == "*") {
        post.unit = everywhere;
    } else {
        const organisation::Unit* unit = directory.find_code(code);
        if (!unit) return fail(Errc::invalid, "account.unit_unknown", {{"unit", code}});
        post.unit = unit->id;
    }
    post.role = string_or(input, "role");
    post.title = string_or(input, "title");
    post.validity.from = first;
    if (auto from = find_string(input, "from")) post.validity.from = TRY(parse_day(*from));
    if (auto to = find_string(input, "to")) post.validity.to = TRY(parse_day(*to));
    if (const json::array* fields = find_array(input, "fields"))
        for (const json::value& value : *fields) post.fields.emplace_back(value.as_string());
    if (const json::array* procedures = find_array(input, "procedures"))
        for (const json::value& value : *procedures) {
            const auto id = parse_id(value.as_string());
            if (!id)
                return fail(Errc::invalid, "account.procedure_unknown",
                            {{"procedure", std::string(value.as_string())}});
            post.procedures.emplace_back(*id);
        }
    return post;
}

http::Fields post_fields() {
    return {field::text("unit", "Code of the unit, * = the whole system").required().length(1, 40),
            field::text("role", "Id of the role").required().length(1, 40),
            field::text("title", "As people call the post").length(0, 200),
            field::day("from", "First day; today unless given"),
            field::day("to", "First day without the post").nullable(),
            field::array("fields", field::text("", "Field code or its front part").length(1, 40), "Only these fields")
                .length(0, post_limits_max),
            field::array("procedures", field::id("", "Procedure"), "Only these procedures").length(0, post_limits_max)};
}

http::Fields account_fields() {
    const auto post = field::object(
        "",
        {field::id("id", "Post").required(), field::text("unit", "Code, * = the whole system").required(),
         field::text("unit_name", "Name").required(), field::text("role", "Id of the role").required(),
         field::text("role_name", "Name of the role").required(), field::text("title", "Title").required(),
         field::day("from", "First day").nullable(), field::day("to", "First day without the post").nullable(),
         field::array("fields", field::text("", "Field code"), "Only these fields; empty = all").required(),
         field::array("procedures", field::id("", "Procedure"), "Only these procedures; empty = all").required()},
        "Post");
    return {field::id("id", "Account").required(),
            field::one_of("kind", {"officer", "person", "business"}, "Kind of account").required(),
            field::text("user_name", "User name").required(),
            field::text("name", "Name").required(),
            field::one_of("status", {"active", "disabled"}, "Disabled accounts cannot sign in").required(),
            field::instant("created_at", "Created").required(),
            field::integer("version", "For If-Match").required(),
            field::array("posts", post, "Posts, ended ones included").required()};
}

}  // namespace motcua::identity
