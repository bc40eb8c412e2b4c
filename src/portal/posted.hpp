// What a filing form sends: fields beside the form (names that begin with "_"), answers, files. Reads and sorts; the
// rules are the dossier's and the form's. Owns which name means what; the notation of answers is forms/entries.hpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalogue/procedure.hpp"
#include "documents/documents.hpp"
#include "dossier/commands.hpp"
#include "forms/definition.hpp"
#include "http/request.hpp"
#include "portal/frame.hpp"

namespace motcua::portal {

/// The fields beside the form, as they are shown and sent.
struct Beside {
    dossier::Party applicant;
    dossier::Filer filer;
    dossier::ReturnChannel return_channel = dossier::ReturnChannel::counter;
    std::string procedure_case;
    struct Count {
        std::string originals, copies;  // as typed
    };
    std::map<std::string, Count> counts;  // by component code, at a counter
};

/// A file that came along.
struct Sent {
    const http::Upload* upload = nullptr;
    std::string field;                  // id of the field on the page
    std::string component;              // the paper it is for
    std::string name;                   // of the paper
    std::string kind;                   // "pdf", once looked at
    documents::Document document = {};  // once stored
};

struct Posted {
    Beside beside;
    json::object answers;  // raw; files are {"id"}, new ones "new:0"
    std::vector<Sent> files;
    std::vector<DocumentId> removed;
    bool draft = false;
    std::optional<std::int64_t> version;  // of the dossier that the page showed
};

/// Component code without the issuer in front: "000.00.00.G15-KQ004389" and "G15-KQ004389" are one paper.
std::string_view component_tail(std::string_view code);

/// `definition` may be null.
Posted read_posted(const Request& request, const catalogue::Procedure& procedure, const forms::Definition* definition);

/// Looks at each file without keeping it: kind and name. What is wrong goes to `wrong`.
void check_files(Lang lang, const documents::Limits& limits, std::vector<Sent>& files, std::vector<Wrong>& wrong);

/// Puts what is known of files in the place of their bare ids: stored ones of the dossier and new ones. Unknown ids
/// stay bare and are refused by the form.
void complete_files(json::value& answers, const std::vector<Sent>& files,
                    const std::vector<documents::Document>& stored);

/// The papers as the dossier takes them: what is there already, kept, with the new files and counts.
std::vector<dossier::Component> components_of(const catalogue::Procedure& procedure,
                                              const std::vector<dossier::Component>& before, const Posted& posted);

}  // namespace motcua::portal
