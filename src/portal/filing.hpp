// The page on which a dossier is filled in, and what happens when it is sent: the same for a new dossier, a draft, an
// amendment, a supplement and filing at a counter. Owns the page and the order of checks; the rules are elsewhere.
#pragma once

#include "definitions/definitions.hpp"
#include "portal/pages.hpp"
#include "portal/posted.hpp"

namespace motcua::portal {

enum class Mode { fresh, draft, amend, supplement, counter };

/// What the page is about.
struct FilingCase {
    Mode mode = Mode::fresh;
    std::shared_ptr<const catalogue::Procedure> procedure = {};
    const definitions::FormVersion* form = nullptr;  // none: the procedure has no form of its own
    definitions::DefinitionsPtr definitions = {};    // keeps `form`
    std::optional<dossier::Dossier> dossier = {};    // that is changed
    std::vector<documents::Document> stored = {};    // its files
    std::vector<UnitId> reception_units = {};        // at a counter: where the officer receives
};

/// A new dossier of a published procedure. Reasons of get_procedure.
Result<FilingCase> open_fresh(const PortalParts& parts, Context& context, std::string_view procedure, Mode mode);
/// One that is there; which mode fits its state. Reasons: dossier::get_visible, conflict "portal.not_editable".
Result<FilingCase> open_existing(const PortalParts& parts, Context& context, const Request& request,
                                 std::string_view dossier);

/// What the page shows in its fields.
struct Filled {
    Beside beside;
    json::object answers;
    dossier::Channel channel = dossier::Channel::counter;  // at a counter
    std::string unit;
    std::vector<Wrong> wrong;
    bool saved = false;  // the draft has just been saved
};
Filled fill_fresh(const PortalParts& parts, Context& context, const Request& request, const FilingCase& filing);

Response filing_page(const PortalParts& parts, Context& context, const Request& request, const FilingCase& filing,
                     const Filled& filled, int status = 200);

/// The sending. A refusal answers with the page again, filled in as it was sent.
Result<Prepared> send_filing(const PortalParts& parts, Context& context, const Request& request,
                             const FilingCase& filing);

}  // namespace motcua::portal
