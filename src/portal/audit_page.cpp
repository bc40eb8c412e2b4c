// For administrators of the whole system: what looked unusual, and the latest records of the audit trail.
#include "audit/catalogue.hpp"
#include "audit/records.hpp"
#include "identity/account_rows.hpp"
#include "identity/permissions.hpp"
#include "portal/pages.hpp"

namespace motcua::portal {

namespace {

constexpr int alerts_shown = 50;
constexpr int records_shown = 100;

void add_table(Html& html, Context& context, const std::vector<audit::Record>& records, std::string_view id) {
    html.add(
        R"(<div class="table" tabindex="0" role="region" aria-labelledby="{}"><table class="stack"><thead><tr>)"
        R"(<th scope="col">{portal.look_at}</th><th scope="col">{portal.audit_what}</th><th scope="col">{portal.audit_who}</th><th scope="col">{portal.audit_count}</th></tr></thead><tbody>)",
        id);
    for (const audit::Record& record : records) {
        const bool alert = record.type == "alert_raised";
        const audit::EventInfo* info = audit::find_event(record.type);
        std::string what = info ? std::string(html.lang() == Lang::en ? info->en : info->vi) : record.type;
        if (alert) what = html.say("portal.alert_" + string_or(record.detail, "pattern"));
        html.add(
            R"(<tr><td data-label="{portal.look_at}">{}</td><td data-label="{portal.audit_what}">{}</td><td data-label="{portal.audit_who}">{}</td><td data-label="{portal.audit_count}">{}</td></tr>)",
            time_tag(html.lang(), record.at), what,
            actor_name(html.lang(), context.db, alert ? string_or(record.detail, "about") : record.actor),
            record.count);
    }
    html.add("</tbody></table></div>");
}

Result<Response> show(const PortalParts& parts, Context& context, const Request& request) {
    if (!parts.identity.access(request.principal)->may_everywhere(identity::permission::audit_read, today(context)))
        return fail(Errc::forbidden, "audit.everywhere_only");
    Html main(request.lang);
    main.add(R"(<h1>{portal.audit}</h1><section aria-labelledby="alerts"><h2 id="alerts">{portal.audit_alerts}</h2>)");
    const auto alerts = audit::list_records(context.db, "alert_raised", 0, alerts_shown);
    if (alerts.empty())
        main.add("<p>{portal.audit_no_alerts}</p>");
    else
        add_table(main, context, alerts, "alerts");
    main.add(
        R"(</section><section aria-labelledby="records"><h2 id="records">{portal.audit_records}</h2><p>{portal.audit_export}</p>)");
    add_table(main, context, audit::list_records(context.db, "", 0, records_shown), "records");
    main.add("</section>");
    return render(parts, request, {.shell = "worklist", .title = main.say("portal.audit"), .main = std::move(main)});
}

}  // namespace

void register_audit(http::Router& router, const PortalParts& parts) {
    router.query("GET", "/officer/nhat-ky", identity::permission::audit_read,
                 {.summary = "Alerts and the latest records of the audit trail", .html = true},
                 [&parts](Context& context, const Request& request) { return show(parts, context, request); });
}

}  // namespace motcua::portal
