#include "dossier/input.hpp"

#include "base/text.hpp"
#include "dossier/rules.hpp"

namespace motcua::dossier {

namespace field = http::field;

http::Fields content_fields() {
    return {
        field::object(
            "applicant",
            {field::one_of("kind", {"person", "business", "agency", "organisation"}, "Who the dossier is for"),
             field::text("name", "Full name").required().length(1, 200),
             field::text("id_number", "Citizen id, tax code or registration number").length(0, 20),
             field::text("phone", "Phone").length(0, 20), field::text("email", "E-mail").length(0, 200),
             field::text("address", "Address").length(0, 500),
             field::text("place", "Code of the commune the matter belongs to").length(0, 35)},
            "Chủ hồ sơ"),
        field::object("filer",
                      {field::one_of("kind", {"person", "representative", "helper"}, "Who files").required(),
                       field::text("name", "Name of the representative or helper").length(0, 200),
                       field::text("id_number", "Citizen id").length(0, 20),
                       field::text("mandate", "Paper that gives the right").length(0, 200)},
                      "Người nộp"),
        field::array("components",
                     field::object("",
                                   {field::text("code", "Code of the component (mã giấy tờ)").required().length(1, 60),
                                    field::text("name", "Name").length(0, 1000),
                                    field::integer("originals", "Originals handed in").range(0, 1000),
                                    field::integer("copies", "Copies handed in").range(0, 1000),
                                    field::array("documents", field::id("", ""), "Uploaded files").length(0, 50)},
                                   ""),
                     "Papers handed in")
            .length(0, components_max),
        field::one_of("return_channel", {"counter", "post", "online"}, "How the result should come back"),
        field::text("procedure_case", "Code of the procedure's case").length(0, 40),
        field::object("answers", {}, "Answers of the procedure's form"),
    };
}

Content content_of(const json::object& input) {
    Content content;
    if (const json::object* o = find_object(input, "applicant")) {
        Party party = party_from_json(*o);
        party.name = nfc(party.name);
        party.address = nfc(party.address);
        content.applicant = std::move(party);
    }
    if (const json::object* o = find_object(input, "filer")) content.filer = filer_from_json(*o);
    if (const json::array* array = find_array(input, "components")) {
        content.components.emplace();
        for (const json::value& value : *array) {
            const json::object& o = value.as_object();
            Component component{string_or(o, "code"),
                                string_or(o, "name"),
                                static_cast<int>(int_or(o, "originals", 0)),
                                static_cast<int>(int_or(o, "copies", 0)),
                                {}};
            if (const json::array* documents = find_array(o, "documents"))
                for (const json::value& id : *documents)
                    if (auto parsed = parse_id(std::string_view(id.as_string())))
                        component.documents.push_back(DocumentId{*parsed});
            content.components->push_back(std::move(component));
        }
    }
    if (auto text = find_string(input, "return_channel")) content.return_channel = find_return_channel(*text);
    if (auto text = find_string(input, "procedure_case")) content.procedure_case = std::string(*text);
    if (const json::object* answers = find_object(input, "answers")) content.answers = *answers;
    return content;
}

}  // namespace motcua::dossier
