#include "transparency/routes.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "dossier/view.hpp"
#include "transparency/log_rows.hpp"
#include "transparency/receipt.hpp"

namespace motcua::transparency {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr std::string_view for_ever = "public, max-age=31536000, immutable";
constexpr std::string_view a_moment = "public, max-age=1";
constexpr std::int64_t entries_max = 1000;
constexpr std::size_t note_bytes_max = 64 * 1024;

// What a receipt shows of the event of reception: nothing that says who the applicant is.
constexpr std::string_view received_type = "dossier_received";
constexpr std::string_view shown_members[] = {"code",  "procedure_version", "receiving_unit",  "competent_unit",
                                              "rules", "process",           "process_version", "clock"};

Response note_response(std::string text) {
    Response response = Response::text(std::move(text));
    response.header("Cache-Control", a_moment);
    return response;
}

Result<Response> checkpoint(const RouteParts& parts, Context& context, const Request&) {
    return note_response(parts.log.signed_note(context.db, parts.log.checkpoint(context.db)));
}

Result<Response> witnessed(const RouteParts& parts, Context& context, const Request&) {
    const std::uint64_t size = find_witnessed_size(context.db);
    if (size == 0) return fail(Errc::not_found, "transparency.no_witness");
    return note_response(parts.log.signed_note(context.db, parts.log.checkpoint_at(context.db, size)));
}

Result<Response> daily(const RouteParts&, Context& context, const Request& request) {
    const auto day = parse_day(request.param("day"));
    if (!day) return fail(Errc::not_found, "transparency.no_checkpoint");
    const std::int64_t number = day->time_since_epoch().count();
    const auto found = list_checkpoints(context.db, number, 1);
    if (found.empty() || found[0].day != number) return fail(Errc::not_found, "transparency.no_checkpoint");
    return note_response(found[0].note);
}

Result<Response> key(const RouteParts& parts, Context&, const Request&) {
    return note_response(to_text(parts.log.key()) + '\n');
}

Result<Response> tile(const RouteParts& parts, Context& context, const Request& request) {
    const auto name = merkle::parse_tile_path(request.param("path"));
    auto bytes = name ? parts.log.find_tile(context.db, *name) : std::nullopt;
    if (!bytes) return fail(Errc::not_found, "transparency.no_tile");
    Response response = Response::bytes("application/octet-stream", std::move(*bytes));
    // A tile of a given width never changes, partial or not.
    response.header("Cache-Control", for_ever);
    return response;
}

Result<Response> entries(const RouteParts& parts, Context& context, const Request& request) {
    std::string text;
    for (const std::string& entry : parts.log.list_entries(context.db, int_or(request.input, "from", 1),
                                                           static_cast<int>(int_or(request.input, "limit", 100))))
        text += entry + '\n';
    return note_response(std::move(text));
}

Result<Response> consistency(const RouteParts& parts, Context& context, const Request& request) {
    const auto from = static_cast<std::uint64_t>(int_or(request.input, "from", 0));
    const auto to = static_cast<std::uint64_t>(int_or(request.input, "to", 0));
    if (from > to) return fail(Errc::invalid, "merkle.sizes_swapped");
    if (to > parts.log.checkpoint(context.db).size) return fail(Errc::not_found, "transparency.no_checkpoint");
    merkle::TileNodes nodes = stored_nodes(context.db, to);
    json::array proof;
    for (const merkle::Hash& hash : merkle::prove_consistency(from, to, nodes.reader()))
        proof.emplace_back(merkle::to_base64(hash.view()));
    Response response = Response::json(json::object{{"from", from}, {"to", to}, {"proof", std::move(proof)}});
    response.header("Cache-Control", for_ever);
    return response;
}

Result<Prepared> cosign(const RouteParts& parts, Context& context, const Request& request) {
    ledger::WriteSet set;
    set.rows = TRY(parts.log.accept_cosignatures(context.db, request.body, parts.witnesses));
    return Prepared(std::move(set), Response::no_content());
}

/// Position of the event of reception in a dossier's history; 0 before it.
std::int64_t find_reception(db::Session& session, const dossier::Dossier& dossier) {
    std::int64_t position = 0;
    for (const auto& event : ledger::read_stream(session, ledger::StreamKind::dossier, dossier.id.value, dossier.head))
        if (event.type == received_type) position = event.position;
    return position;
}

Result<Response> receipt_of(const RouteParts& parts, Context& context, const dossier::Dossier& dossier) {
    const std::int64_t position = find_reception(context.db, dossier);
    if (position == 0) return fail(Errc::not_found, "transparency.not_received");
    const json::object receipt = TRY(make_receipt(parts.log, context.db, position, shown_members));
    Response response = Response::json(receipt);
    response.download("bien-nhan-" + dossier.code + ".json");
    return response;
}

Result<Response> receipt(const RouteParts& parts, Context& context, const Request& request) {
    return receipt_of(parts, context,
                      TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier"))));
}

/// As tracking by code: the digits show that the asker knows the applicant, and a wrong number is answered like a wrong
/// code.
Result<Response> known_receipt(const RouteParts& parts, Context& context, std::string_view code,
                               std::string_view digits) {
    const auto found = dossier::find_dossier_by_code(context.db, code);
    if (!found || !dossier::knows_applicant(*found, digits)) return fail(Errc::not_found, "dossier.not_found");
    return receipt_of(parts, context, *found);
}

Result<Response> tracked_receipt(const RouteParts& parts, Context& context, const Request& request) {
    return known_receipt(parts, context, string_or(request.input, "code"), string_or(request.input, "digits"));
}

/// What the tracking page's form asks for.
Result<Response> page_receipt(const RouteParts& parts, Context& context, const Request& request) {
    return known_receipt(parts, context, string_or(request.input, "ma"), string_or(request.input, "so"));
}

}  // namespace

void register_routes(http::Router& router, const RouteParts& parts) {
    const auto bind = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    using http::permission::open;
    using http::permission::signed_in;
    constexpr std::string_view plain = "text/plain";

    router.query("GET", "/log/checkpoint", open,
                 {.summary = "The transparency log's newest checkpoint", .media = plain}, bind(checkpoint));
    router.query("GET", "/log/checkpoint/witnessed", open,
                 {.summary = "The newest checkpoint that a witness has signed", .media = plain, .slow = true},
                 bind(witnessed));
    router.query("GET", "/log/checkpoint/{day}", open, {.summary = "The last checkpoint of a day", .media = plain},
                 bind(daily));
    router.query("GET", "/log/key", open, {.summary = "The log's verifier key", .media = plain}, bind(key));
    router.query(
        "GET", "/log/tile/{path*}", open,
        {.summary = "A tile or entry bundle (C2SP tlog-tiles)", .media = "application/octet-stream", .slow = true},
        bind(tile));
    router.query("GET", "/log/entries", open,
                 {.summary = "Entries of the log, one a line",
                  .query = {field::integer("from", "Position of the first event, from 1").range(1, INT64_MAX),
                            field::integer("limit", "How many; 100 unless said").range(1, entries_max)},
                  .media = plain,
                  .slow = true},
                 bind(entries));
    router.schema("ConsistencyProof",
                  {field::integer("from", "Size of the earlier tree").required(),
                   field::integer("to", "Size of the later tree").required(),
                   field::array("proof", field::text("", "Hash in base64"), "RFC 6962").required()});
    router.query("GET", "/log/consistency", open,
                 {.summary = "Proof that an earlier tree is the beginning of a later one",
                  .query = {field::integer("from", "Size of the earlier tree").required().range(1, INT64_MAX),
                            field::integer("to", "Size of the later tree").required().range(1, INT64_MAX)},
                  .answer = "ConsistencyProof",
                  .slow = true},
                 bind(consistency));
    router.command(
        "POST", "/log/cosignatures", open,
        {.summary = "A witness hands in a checkpoint that it has signed",
         .description = "The body is a signed note (C2SP tlog-cosignature) with lines of configured witnesses.",
         .body = http::Body::raw,
         .status = 204,
         .body_bytes_max = note_bytes_max,
         .slow = true},
        bind(cosign));
    router.schema(
        "ProvingReceipt",
        {field::text("format", "motcua/receipt/1").required(), field::text("event", "What happened").required(),
         field::instant("at", "When").required(), field::text("leaf", "The log's entry").required(),
         field::array("members", field::any("", "Shown with its salt, or hidden behind a digest"), "The event's data")
             .required(),
         field::text("proof", "Inclusion proof with checkpoint (C2SP tlog-proof)").required(),
         field::text("key", "The log's verifier key").required()});
    router.query("GET", "/api/v1/dossiers/{dossier}/receipt", signed_in,
                 {.summary = "The receipt with its proof, a file that anybody can check offline",
                  .answer = "ProvingReceipt",
                  .slow = true},
                 bind(receipt));
    router.query("POST", "/api/v1/track/receipt", open,
                 {.summary = "The same for those who follow by code",
                  .input = {field::text("code", "Code on the receipt").required().length(5, 60),
                            field::text("digits", "Last 4 digits of phone or citizen id").required().length(4, 4)},
                  .answer = "ProvingReceipt",
                  .slow = true,
                  .rate = http::RateClass::look_up},
                 bind(tracked_receipt));
    router.query("POST", "/tra-cuu/bien-nhan", open,
                 {.summary = "The same from the tracking page",
                  .input = {field::text("ma", "Code on the receipt").length(0, 200),
                            field::text("so", "Last 4 digits of phone or id").length(0, 200)},
                  .body = http::Body::form,
                  .slow = true,
                  .rate = http::RateClass::look_up,
                  .html = true},
                 bind(page_receipt));
}

}  // namespace motcua::transparency
