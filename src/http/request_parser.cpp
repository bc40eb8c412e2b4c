#include "http/request_parser.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "http/parse.hpp"

namespace motcua::http {

namespace {

namespace beast_http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr std::size_t body_reserve_max = 1u << 20;  // a claimed length is not yet a sent byte

std::string_view plain(BeastView view) { return {view.data(), view.size()}; }

/// One message. Stops by an error of its own as soon as a limit is passed; `refusal` then says which.
class Message final : public beast_http::basic_parser<true> {
  public:
    Message(Request& into, const Limits& bounds, BodyBudget& bodies) : request(into), limits(bounds), budget(bodies) {
        header_limit(static_cast<std::uint32_t>(bounds.header_bytes_max));
        body_limit(boost::none);  // ours is exact also for chunks
        eager(false);
    }
    ~Message() override { budget.give_back(held); }

    Request& request;
    const Limits& limits;
    BodyBudget& budget;
    RequestParser::Refusal refusal;
    std::size_t head_bytes = 0;
    std::size_t fields = 0;
    std::size_t hosts = 0;
    std::size_t body_max = 0;
    std::size_t held = 0;  // of the budget
    bool wants_continue = false;

    void refuse(ErrorCode& ec, int status, std::string_view reason, std::size_t limit = 0) {
        refusal = {status, reason, limit};
        ec = beast_http::error::bad_value;  // any error ends the parse; `refusal` carries the meaning
    }

  private:
    void on_request_impl(beast_http::verb, BeastView method, BeastView target, int version, ErrorCode& ec) override {
        http_11 = version >= 11;
        if (target.size() > limits.target_bytes_max)
            return refuse(ec, 414, "http.target_too_long", limits.target_bytes_max);
        auto known = motcua::http::parse_method(plain(method));
        if (!known) return refuse(ec, 501, "http.unknown_method");
        request.method = *known;
        request.target = plain(target);
    }
    void on_response_impl(int, BeastView, int, ErrorCode&) override {}

    void on_field_impl(beast_http::field field, BeastView name, BeastView value, ErrorCode& ec) override {
        if (is_header_done()) return;  // trailers are read over
        if (++fields > limits.header_fields_max) return refuse(ec, 431, "http.header_too_large");
        if (field == beast_http::field::transfer_encoding && !equal_no_case(trim(plain(value)), "chunked"))
            return refuse(ec, 501, "http.unsupported_transfer_encoding");
        if (field == beast_http::field::expect) {
            if (!equal_no_case(plain(value), "100-continue")) return refuse(ec, 417, "http.expectation_failed");
            wants_continue = true;
        }
        if (field == beast_http::field::host) ++hosts;
        request.headers.add(plain(name), plain(value));
    }

    void on_header_impl(ErrorCode& ec) override {
        // RFC 9112 §3.2: exactly one Host in HTTP/1.1, never two.
        if (hosts > 1 || (hosts == 0 && http_11)) return refuse(ec, 400, "http.malformed");
        ec = {};
    }

    bool fits(std::size_t more, ErrorCode& ec) {
        if (more > body_max || request.body.size() > body_max - more) {
            refuse(ec, 413, "http.body_too_large", body_max);
            return false;
        }
        return true;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& ec) override {
        ec = {};
        if (length) request.body.reserve(std::min<std::size_t>(*length, body_reserve_max));
    }
    std::size_t append(BeastView bytes, ErrorCode& ec) {
        ec = {};
        if (!fits(bytes.size(), ec)) return 0;
        if (!budget.take(bytes.size())) {
            refuse(ec, 503, "http.busy");
            return 0;
        }
        held += bytes.size();
        request.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_body_impl(BeastView bytes, ErrorCode& ec) override { return append(bytes, ec); }
    void on_chunk_header_impl(std::uint64_t size, BeastView, ErrorCode& ec) override {
        ec = {};
        if (size > body_max) refuse(ec, 413, "http.body_too_large", body_max);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, ErrorCode& ec) override { return append(bytes, ec); }
    void on_finish_impl(ErrorCode& ec) override { ec = {}; }

    bool http_11 = true;
};

}  // namespace

struct RequestParser::Impl {
    const Limits& limits;
    BodyBudget& budget;
    std::optional<Message> message;
    bool head_told = false;
    bool started = false;
};

RequestParser::RequestParser(const Limits& limits, BodyBudget& budget)
    : impl_(new Impl{.limits = limits, .budget = budget, .message = {}}) {}
RequestParser::~RequestParser() = default;

void RequestParser::begin(Request& request) {
    impl_->message.emplace(request, impl_->limits, impl_->budget);
    impl_->head_told = false;
    impl_->started = false;
}

RequestParser::Fed RequestParser::feed(std::string_view& bytes) {
    Message& message = *impl_->message;
    if (!message.refusal.reason.empty()) return Fed::refused;
    if (!impl_->started) {  // empty lines before a request line are read over, RFC 9112 §2.2
        bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
        if (bytes.empty()) return Fed::more;
        impl_->started = true;
    }
    while (!message.is_done()) {
        ErrorCode ec;
        const bool in_head = !message.is_header_done();
        if (bytes.empty()) return Fed::more;
        std::size_t taken = message.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
        bytes.remove_prefix(taken);
        if (in_head) message.head_bytes += taken;
        const bool needs_more = ec == beast_http::error::need_more;
        // Bytes that the parser will not take yet are part of a line; no line may be longer than a whole head.
        const bool too_long =
            needs_more && bytes.size() + (in_head ? message.head_bytes : 0) > impl_->limits.header_bytes_max;
        if (too_long || ec == beast_http::error::header_limit || message.head_bytes > impl_->limits.header_bytes_max) {
            const bool in_target = in_head && message.head_bytes == 0;
            message.refusal = in_target ? Refusal{414, "http.target_too_long", impl_->limits.target_bytes_max}
                                        : Refusal{431, "http.header_too_large"};
            return Fed::refused;
        }
        if (needs_more) return Fed::more;
        if (ec) {
            if (message.refusal.reason.empty())
                message.refusal = ec == beast_http::error::bad_version ? Refusal{505, "http.unsupported_version"}
                                                                       : Refusal{400, "http.malformed"};
            return Fed::refused;
        }
        if (message.is_header_done() && !impl_->head_told) {
            impl_->head_told = true;
            return Fed::head;
        }
    }
    if (!impl_->head_told) {
        impl_->head_told = true;
        return Fed::head;
    }
    return Fed::complete;
}

void RequestParser::set_body_max(std::size_t bytes) {
    Message& message = *impl_->message;
    message.body_max = bytes;
    // Said before the client is told to go on; chunks are counted as they come.
    if (auto length = message.content_length(); length && *length > bytes)
        message.refusal = Refusal{413, "http.body_too_large", bytes};
}
void RequestParser::drop_body() {
    Message& message = *impl_->message;
    std::string().swap(message.request.body);
    message.budget.give_back(std::exchange(message.held, 0));
}

bool RequestParser::started() const { return impl_->started; }
bool RequestParser::complete() const { return impl_->message->is_done(); }
bool RequestParser::keep_alive() const { return impl_->message->keep_alive(); }
bool RequestParser::expects_continue() const { return impl_->message->wants_continue && !impl_->message->is_done(); }
const RequestParser::Refusal& RequestParser::refusal() const { return impl_->message->refusal; }

}  // namespace motcua::http
