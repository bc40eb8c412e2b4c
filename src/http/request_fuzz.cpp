// Bytes of a connection: whatever arrives, reading it in one piece and byte by byte lets the same requests through, and
// no limit is passed. Run: request_fuzz -max_total_time=60
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "http/parse.hpp"
#include "http/request_parser.hpp"

using namespace motcua;
using namespace motcua::http;

namespace {

constexpr std::size_t body_max = 1000;

struct Read {
    std::string method_and_target;
    std::size_t fields = 0;
    std::string body;
    bool operator==(const Read&) const = default;
};

/// All messages in `bytes`, fed in pieces of `step`.
std::vector<Read> read_all(std::string_view bytes, std::size_t step) {
    Limits limits;
    limits.target_bytes_max = 100;
    limits.header_bytes_max = 1000;
    limits.header_fields_max = 10;
    BodyBudget budget(10'000);
    std::vector<Read> all;
    {
        RequestParser parser(limits, budget);
        std::string pending;
        bool over = false;
        while (!over) {
            Request request;
            parser.begin(request);
            while (true) {
                std::string_view unread = pending;
                auto fed = parser.feed(unread);
                pending.erase(0, pending.size() - unread.size());
                if (fed == RequestParser::Fed::head) {
                    parser.set_body_max(body_max);
                } else if (fed == RequestParser::Fed::more) {
                    if (bytes.empty()) {
                        over = true;
                        break;
                    }
                    pending += bytes.substr(0, step);
                    bytes.remove_prefix(std::min(step, bytes.size()));
                } else {
                    if (request.body.size() > body_max || request.target.size() > limits.target_bytes_max) std::abort();
                    // A head that is wrong may be refused at once or when its end is seen; it is never let through.
                    over = fed == RequestParser::Fed::refused;
                    if (!over)
                        all.push_back({std::string(to_string(request.method)) + ' ' + request.target,
                                       request.headers.all().size(), request.body});
                    break;
                }
            }
        }
    }
    if (budget.used() != 0) std::abort();
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto whole = read_all(bytes, bytes.size() + 1);
    if (read_all(bytes, 1) != whole || read_all(bytes, 7) != whole) std::abort();
    return 0;
}
