// More of a dossier for somebody without an account: a code of six digits goes to the phone or mail box that the
// dossier names. Whoever asks learns nothing from the answer or from the time it takes; too many questions have to
// wait.
#include "dossier/view.hpp"
#include "identity/one_time_code.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;

constexpr std::size_t code_chars_max = 60;
constexpr std::string_view code_text =
    "Mã {code} để xem hồ sơ trên Cổng dịch vụ công, dùng trong 10 phút. Không đọc mã này cho ai.";

std::string typed(const Request& request, std::string_view name) {
    return std::string(request.find_form(name).value_or("")).substr(0, code_chars_max);
}

/// The dossier, when the digits are those of its applicant's phone or number.
std::optional<Dossier> find_matching(Context& context, std::string_view code, std::string_view digits) {
    auto found = dossier::find_dossier_by_code(context.db, code);
    return found && dossier::knows_applicant(*found, digits) ? found : std::nullopt;
}

/// Every question counts, right or wrong. Reason rate_limited "track.too_many" {seconds}.
Result<void> count_question(const PortalParts& parts, Context& context, const Request& request, std::string_view code) {
    const std::string guarded = "track " + std::string(code), from = "track|" + request.remote_address;
    auto free = parts.identity.check_guard(context.db, guarded, from, context.now);
    if (!free) return fail(Errc::rate_limited, "track.too_many", free.error().params);
    return parts.identity.record_failure(guarded, from, std::nullopt, context.meta(request));
}

std::string subject_of(std::string_view code, std::string_view digits) {
    return "track " + std::string(code) + " " + std::string(digits);
}

Response page(const PortalParts& parts, const Request& request, Html main, int status) {
    Response response = render(parts, request,
                               {.shell = "track",
                                .title = main.say("portal.track_dossier"),
                                .main = std::move(main),
                                .data = {},
                                .status = status});
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Response code_page(const PortalParts& parts, const Request& request, const std::vector<Wrong>& wrong, int status) {
    Html main(request.lang);
    main.add(R"({}<h1>{portal.track_dossier}</h1><div class="notice"><p>{portal.track_code_sent}</p></div>)",
             error_summary(request.lang, wrong));
    main.add(
        R"(<form method="post" action="/tra-cuu/xem"><input type="hidden" name="csrf" value="{}"><input type="hidden" name="ma" value="{}"><input type="hidden" name="so" value="{}">)",
        request.principal.csrf_token, typed(request, "ma"), typed(request, "so"));
    main.add(
        R"(<div class="field"><label for="xac-nhan">{portal.track_code}</label><input id="xac-nhan" name="xac-nhan" class="w10" inputmode="numeric" autocomplete="one-time-code"></div>)"
        R"(<div class="actions"><button class="btn">{portal.track_code_show}</button></div></form><p><a href="/tra-cuu">{portal.track_another}</a></p>)");
    return page(parts, request, std::move(main), status);
}

Response refused(const PortalParts& parts, const Request& request, const Error& error) {
    Html main(request.lang);
    main.add(R"({}<h1>{portal.track_dossier}</h1><p><a href="/tra-cuu">{portal.track_another}</a></p>)",
             error_summary(request.lang, {{"", resources::message(request.lang, error)}}));
    return page(parts, request, std::move(main), http::status_of(error.code));
}

Result<Response> ask(const PortalParts& parts, Context& context, const Request& request) {
    const std::string code = typed(request, "ma"), digits = typed(request, "so");
    if (auto counted = count_question(parts, context, request, code); !counted)
        return refused(parts, request, counted.error());
    sending::Message message;
    message.purpose = "tracking_code";
    message.subject = "Mã xem hồ sơ";
    message.text = code_text;
    if (const auto found = find_matching(context, code, digits)) {
        if (!found->applicant.phone.empty()) {
            message.to = found->applicant.phone;
        } else if (!found->applicant.email.empty()) {
            message.channel = sending::Channel::email;
            message.to = found->applicant.email;
        }
    }
    TRY(identity::send_one_time_code(parts.identity, subject_of(code, digits), std::move(message), context.now));
    return code_page(parts, request, {}, 200);
}

void row(Html& html, Pattern term, const Html& value) {
    if (!value.empty()) html.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html.lang()).add(term), value);
}

/// As its citizen sees it, without files, answers and numbers of identity.
Response show(const PortalParts& parts, Context& context, const Request& request, const Dossier& d) {
    const Lang lang = request.lang;
    Html main(lang);
    main.add(R"(<h1>{}</h1><p>{portal.dossier_code}: <strong>{}</strong></p><p>{}</p>)", d.procedure_name, d.code,
             status_tag(lang, d, context.now));
    if (const dossier::Supplement* open = d.open_supplement()) {
        main.add(R"(<div class="notice warning"><h2>{portal.supplement_wanted}</h2><p>{}</p><ul>)", open->reason);
        for (const std::string& item : open->items) main.add("<li>{}</li>", item);
        main.add("</ul><p>{portal.supplement_how}</p></div>");
    }
    if (d.result)
        main.add(R"(<div class="notice success"><h2>{}</h2><p>{}</p></div>)",
                 main.say(d.result->outcome == dossier::Outcome::granted ? "portal.result_granted"
                                                                         : "portal.result_refused"),
                 d.result->number);
    main.add(R"(<dl class="summary">)");
    row(main, "{portal.name}", Html(lang).add("{}", dossier::masked_name(d.applicant.name)));
    if (d.received) row(main, "{portal.received_at}", time_tag(lang, *d.received));
    if (d.clock && !d.finished && !dossier::is_closed(d.status))
        row(main, "{portal.due_at}", due_cell(lang, parts.dossiers.service, d, context.now));
    row(main, "{portal.receiving_unit}", Html(lang).add("{}", unit_name(parts, d.receiving_unit)));
    row(main, "{portal.competent_unit}", Html(lang).add("{}", unit_name(parts, d.competent_unit)));
    main.add(R"(</dl><section aria-labelledby="way"><h2 id="way">{portal.timeline}</h2>{}</section>{})",
             timeline(parts, context, request, d, false), deadline_reasons(parts, lang, d, false));
    return page(parts, request, std::move(main), 200);
}

Result<Response> look(const PortalParts& parts, Context& context, const Request& request) {
    const std::string code = typed(request, "ma"), digits = typed(request, "so");
    auto used =
        identity::use_one_time_code(parts.identity, subject_of(code, digits), typed(request, "xac-nhan"), context.now);
    if (!used)
        return code_page(parts, request, {{"xac-nhan", resources::message(request.lang, used.error())}},
                         http::status_of(used.error().code));
    const auto found = find_matching(context, code, digits);
    if (!found) return code_page(parts, request, {}, 404);
    return show(parts, context, request, *found);
}

}  // namespace

Html track_code_form(const Request& request, std::string_view code, std::string_view digits) {
    Html html(request.lang);
    html.add(
        R"(<form method="post" action="/tra-cuu/ma"><input type="hidden" name="csrf" value="{}"><input type="hidden" name="ma" value="{}"><input type="hidden" name="so" value="{}">)",
        request.principal.csrf_token, code, digits);
    html.add(
        R"(<p>{portal.track_code_hint}</p><div class="actions"><button class="btn">{portal.track_code_ask}</button></div></form>)");
    return html;
}

void register_track_code(http::Router& router, const PortalParts& parts) {
    using http::permission::open;
    const auto with = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    router.query("POST", "/tra-cuu/ma", open,
                 {.summary = "Ask for a code to see more",
                  .body = http::Body::form,
                  .slow = true,
                  .rate = http::RateClass::look_up,
                  .html = true},
                 with(ask));
    router.query("POST", "/tra-cuu/xem", open,
                 {.summary = "See more with the code",
                  .body = http::Body::form,
                  .slow = true,
                  .rate = http::RateClass::look_up,
                  .html = true},
                 with(look));
}

}  // namespace motcua::portal
