// Receiving at a counter or from the post: find the procedure, fill in, receive; then the receipt (Form 01) to be
// printed.
#include <fmt/format.h>

#include "identity/account_rows.hpp"
#include "identity/permissions.hpp"
#include "portal/filing.hpp"

namespace motcua::portal {

namespace {

namespace permission = identity::permission;

constexpr std::size_t results_max = 20;

Response find(const PortalParts& parts, Context& context, const Request& request) {
    std::string words = string_or(request.input, "q");
    Html main(request.lang);
    main.add(R"(<a class="back" href="/officer">‹ {portal.worklist}</a><h1>{portal.counter_title}</h1>{})",
             search_form(request.lang, "/officer/tiep-nhan", words));
    if (!words.empty()) {
        auto hits = parts.dossiers.service.snapshots().catalogue()->search(words, {.day = today(context)}, results_max);
        if (hits.empty()) {
            main.add(R"(<div class="notice"><h2>{portal.nothing_found}</h2><p>{portal.nothing_found_hint}</p></div>)");
        } else {
            main.add(R"(<ol class="results">)");
            for (const auto& hit : hits)
                main.add("{}", procedure_line(request.lang, *hit.procedure,
                                              Html(request.lang)
                                                  .add(R"(<a href="/officer/tiep-nhan/{}">{}</a>)", hit.procedure->code,
                                                       hit.procedure->name)));
            main.add("</ol>");
        }
    }
    return render(parts, request,
                  {.shell = "worklist", .title = main.say("portal.counter_title"), .main = std::move(main)});
}

/// The counter's filing, with the units where this officer receives. Reason forbidden "portal.no_counter".
Result<FilingCase> open_counter(const PortalParts& parts, Context& context, const Request& request) {
    FilingCase filing = TRY(open_fresh(parts, context, request.param("code"), Mode::counter));
    auto asker = dossier::asker_of(parts.dossiers, context, request);
    auto directory = parts.dossiers.service.snapshots().directory();
    auto receives = [&](UnitId id) {
        const organisation::Unit* unit = directory->find(id);
        return unit && unit->is_reception_point() && unit->validity.covers(asker.day) &&
               asker.access->may(permission::dossier_receive, {.unit = id, .field = filing.procedure->field.code},
                                 asker.day);
    };
    // The own desk comes first, whatever else the officer reaches.
    for (UnitId id : request.principal.units)
        if (receives(id)) filing.reception_units.push_back(id);
    for (UnitId id : asker.access->scope(permission::dossier_receive, asker.day).units())
        if (receives(id) && std::ranges::find(filing.reception_units, id) == filing.reception_units.end())
            filing.reception_units.push_back(id);
    if (filing.reception_units.empty()) return fail(Errc::forbidden, "portal.no_counter");
    return filing;
}

void line(Html& html, Pattern term, const Html& value) {
    if (!value.empty()) html.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html.lang()).add(term), value);
}

/// Form 01: receipt of the dossier and appointment of the result.
Result<Prepared> receipt(const PortalParts& parts, Context& context, const Request& request) {
    dossier::Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    auto record = TRY(dossier::open_record(parts.dossiers, context, request, d, "whole"));
    if (!d.received || !d.clock) return fail(Errc::conflict, "dossier.no_deadline");
    const Lang lang = request.lang;
    auto directory = parts.dossiers.service.snapshots().directory();
    std::string unit = unit_name(parts, d.receiving_unit);
    Html main(lang);
    main.add(R"(<p class="noprint"><a class="back" href="/officer/ho-so/{}">‹ {portal.back_to_dossier}</a></p>)",
             to_string(d.id));
    main.add(R"(<div class="notice success noprint"><p>{portal.print_hint}</p></div><article lang="vi">)");
    main.add(
        R"(<div class="split"><div><p><strong>{}</strong><br>Bộ phận tiếp nhận và trả kết quả</p><p>Số: {}</p></div><div><p><strong>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</strong><br>Độc lập – Tự do – Hạnh phúc</p></div></div>)",
        unit, d.code);
    main.add(
        R"(<h1>Giấy tiếp nhận hồ sơ và hẹn trả kết quả</h1><div class="panel"><p>Mã hồ sơ</p><p class="code">{}</p></div><dl class="summary">)",
        d.code);
    const dossier::Party& a = d.applicant;
    line(main, "Tiếp nhận hồ sơ của", Html(lang).add("{}", a.name));
    line(main, "Địa chỉ", Html(lang).add("{}", a.address));
    line(main, "Số điện thoại", Html(lang).add("{}", a.phone));
    line(main, "Thư điện tử", Html(lang).add("{}", a.email));
    if (d.filer.kind != dossier::FilerKind::person) line(main, "Người nộp", Html(lang).add("{}", d.filer.name));
    line(main, "Nội dung yêu cầu giải quyết", Html(lang).add("{} ({})", d.procedure_name, d.procedure));
    Html papers(lang);
    if (d.components.empty()) papers.add("Không có");
    if (!d.components.empty()) papers.add("<ol>");
    for (const dossier::Component& component : d.components) {
        papers.add("<li>{}", component.name.empty() ? component.code : component.name);
        if (component.originals > 0) papers.add("; bản chính: {}", component.originals);
        if (component.copies > 0) papers.add("; bản sao: {}", component.copies);
        if (!component.documents.empty()) papers.add("; tệp: {}", component.documents.size());
        papers.add("</li>");
    }
    if (!d.components.empty()) papers.add("</ol>");
    line(main, "Thành phần, số lượng hồ sơ nộp", papers);
    Html limit(lang);
    for (const auto& one : d.clock->count.limits)
        limit.add("{} ", d.clock->count.rules.same_day ? limit.say("portal.same_day") : limit_words(Lang::vi, one));
    line(main, "Thời hạn giải quyết theo quy định", limit);
    line(main, "Thời gian nhận hồ sơ", time_tag(lang, *d.received));
    line(main, "Thời gian trả kết quả", Html(lang).add("<strong>{}</strong>", time_tag(lang, d.clock->due)));
    line(main, "Đăng ký nhận kết quả",
         Html(Lang::vi).add("{}",
                            Html(Lang::vi).say(fmt::format("portal.return_{}", dossier::to_text(d.return_channel)))));
    line(main, "Cơ quan giải quyết", Html(lang).add("{}", unit_name(parts, d.competent_unit)));
    Html fees(lang);
    for (const dossier::FeeItem& fee : d.fees)
        fees.add("<p>{}: {}{}</p>", fee.name, format_dong(fee.amount), fee.paid ? " (đã nộp)" : "");
    line(main, "Phí, lệ phí", fees);
    main.add(
        R"(</dl><div class="split"><div><p><strong>NGƯỜI NỘP HỒ SƠ</strong><br>(Ký và ghi rõ họ tên)</p></div><div><p><strong>NGƯỜI TIẾP NHẬN HỒ SƠ</strong><br>(Ký và ghi rõ họ tên)</p><p>{}</p></div></div>)",
        request.principal.display_name);
    main.add(
        R"(<p class="small">Tra cứu tại cổng dịch vụ công, mục Tra cứu hồ sơ, bằng mã hồ sơ và 4 số cuối của số điện thoại hoặc số định danh. Cần hỗ trợ, gọi 1022.</p></article>)");
    main.add(
        R"(<section class="noprint">{}</section><div class="actions"><a class="btn" href="/officer/tiep-nhan">{portal.next_filing}</a><a class="btn secondary" href="/officer/ho-so/{}">{portal.open_dossier}</a></div>)",
        deadline_reasons(parts, lang, d, true), to_string(d.id));
    return dossier::recorded(std::move(record), render(parts, request,
                                                       {.shell = "dossier",
                                                        .title = main.say("portal.receipt_title", {{"code", d.code}}),
                                                        .main = std::move(main)}));
}

}  // namespace

void register_counter(http::Router& router, const PortalParts& parts) {
    router.query("GET", "/officer/tiep-nhan", permission::dossier_receive,
                 {.summary = "Find the procedure to receive",
                  .query = {field::text("q", "Words or code").length(0, 400)},
                  .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return find(parts, context, request);
                 });
    router.query("GET", "/officer/tiep-nhan/{code}", permission::dossier_receive,
                 {.summary = "Receive at the counter", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     FilingCase filing = TRY(open_counter(parts, context, request));
                     return filing_page(parts, context, request, filing, fill_fresh(parts, context, request, filing));
                 });
    router.command(
        "POST", "/officer/tiep-nhan/{code}", permission::dossier_receive,
        {.summary = "Receive", .body = http::Body::form, .body_bytes_max = form_bytes_max, .slow = true, .html = true},
        [&parts](Context& context, const Request& request) -> Result<Prepared> {
            FilingCase filing = TRY(open_counter(parts, context, request));
            return send_filing(parts, context, request, filing);
        });
    router.command("GET", "/officer/ho-so/{dossier}/giay-tiep-nhan", http::permission::as_officer,
                   {.summary = "Receipt", .html = true},
                   [&parts](Context& context, const Request& request) { return receipt(parts, context, request); });
}

}  // namespace motcua::portal
