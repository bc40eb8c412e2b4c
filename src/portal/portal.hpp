// The pages of citizens and officers, written by the server: find a procedure, file, track, work on dossiers.
// Everything works without scripts; the shells of web/ add style and small islands. Owns the pages and their forms;
// every rule is the features'. Leaves out the API (each feature's) and the frame's markup (web/src/shell).
#pragma once

#include <string>
#include <vector>

#include "dossier/api.hpp"
#include "identity/identity.hpp"

namespace motcua::oidc {
class Client;
}

namespace motcua::portal {

/// An account that a demonstration shows on the sign-in page.
struct SampleAccount {
    std::string user_name;
    std::string password;
    std::string name;
    std::string title;  // of the post; empty for citizens and businesses
};
/// Those that ship (data/demo/accounts.json), in the order of the file.
std::vector<SampleAccount> demo_samples();

struct PortalParts {
    const dossier::ApiParts& dossiers;
    identity::Identity& identity;
    /// In front of the tagline of every page and in titles; empty = the province of the directory.
    std::string province = {};
    /// Shown as ready to be used, with a warning that all is invented; empty outside a demonstration.
    std::vector<SampleAccount> samples = {};
    /// Where citizens and businesses sign in; none = here, by password.
    std::vector<oidc::Client*> providers = {};
    /// How browsers reach us: "https://motcua.example".
    std::string public_url = {};
};

/// Registers every page and the page of errors. `parts` and what they refer to outlive the router.
void register_routes(http::Router& router, const PortalParts& parts);

}  // namespace motcua::portal
