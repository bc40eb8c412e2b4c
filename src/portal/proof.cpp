#include "portal/proof.hpp"

#include <algorithm>

#include "identity/passkeys.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

/// Time to fill in a form: a proof that is over by then is asked for at once.
constexpr std::chrono::minutes fill_in_time{5};

const std::string* find_wrong(const std::vector<Wrong>& wrong, const std::string& id) {
    const auto found = std::ranges::find(wrong, id, &Wrong::id);
    return found == wrong.end() ? nullptr : &found->text;
}

void add_input(Html& html, const std::string& id, std::string_view name, Pattern label, std::string_view type,
               std::string_view autocomplete, const std::vector<Wrong>& wrong) {
    const std::string* refusal = find_wrong(wrong, id);
    html.add(refusal ? Pattern(R"(<div class="field invalid"><label for="{}">{}</label>)")
                     : Pattern(R"(<div class="field"><label for="{}">{}</label>)"),
             id, Html(html.lang()).add(label));
    if (refusal)
        html.add(R"(<p class="error" id="{}-error"><span class="vh">{portal.error_prefix}</span> {}</p>)", id,
                 *refusal);
    html.add(R"(<input id="{}" name="{}" type="{}" class="w20" autocomplete="{}" autocapitalize="none")", id, name,
             type, autocomplete);
    if (refusal) html.add(R"( aria-invalid="true" aria-describedby="{}-error")", id);
    html.add("></div>");
}

}  // namespace

void add_proof_inputs(Html& html, std::string_view id, std::string_view mark, bool with_code,
                      const std::vector<Wrong>& wrong) {
    const std::string prefix(id), password = std::string(mark) + "password", code = std::string(mark) + "code";
    add_input(html, prefix + password, password, "{portal.password}", "password", "current-password", wrong);
    if (with_code) add_input(html, prefix + code, code, "{portal.code_or_recovery}", "text", "one-time-code", wrong);
}

bool needs_proof(const PortalParts& parts, Context& context, const Request& request) {
    return !parts.identity.check_confirmed(context.db, request.principal, context.now + fill_in_time);
}

Html proof_fields(const PortalParts& parts, Context& context, const Request& request, std::string_view id,
                  const std::vector<Wrong>& wrong) {
    Html html(request.lang);
    if (!needs_proof(parts, context, request)) return html.add(R"(<p class="hint">{portal.proof_recent}</p>)");
    html.add(R"(<fieldset class="field"><legend>{portal.proof}</legend><p class="hint">{portal.proof_hint}</p>)");
    const identity::AccountId account{request.principal.id};
    const bool with_code = parts.identity.second_factor_state(context.db, account).active_since.has_value();
    add_proof_inputs(html, id, "_", with_code, wrong);
    return html.add("</fieldset>");
}

Html passkey_proof(const PortalParts& parts, Context& context, const Request& request) {
    Html html(request.lang);
    const identity::AccountId account{request.principal.id};
    if (!needs_proof(parts, context, request) || identity::list_passkeys(context.db, account).empty()) return html;
    return html.add(
        R"(<form data-passkey="confirm" data-failed="{portal.passkey_failed}" data-done="{portal.proof_by_passkey}" hidden>)"
        R"(<p role="status" data-said></p><div class="actions"><button class="btn secondary">{portal.passkey_confirm_button}</button></div></form>)");
}

Result<void> take_proof(const PortalParts& parts, Context& context, const Request& request) {
    const std::string_view password = request.find_form("_password").value_or("");
    if (password.empty() || !needs_proof(parts, context, request)) return {};
    return parts.identity.confirm(request.principal,
                                  {password, request.find_form("_code").value_or(""), request.remote_address},
                                  context.meta(request));
}

Wrong wrong_proof(const Request& request, std::string_view id, const Error& error) {
    const bool code = error.reason == "session.wrong_code";
    // Whose name it is, is known here.
    const bool password = error.reason == "session.wrong_credentials";
    return {
        std::string(id) + (code ? "_code" : "_password"),
        password ? resources::message(request.lang, "portal.wrong_password") : resources::message(request.lang, error)};
}

}  // namespace motcua::portal
