#include "http/client.hpp"

#include <mutex>

#include <curl/curl.h>

#include "base/check.hpp"

namespace motcua::http {

namespace {

struct Sink {
    std::string body;
    std::size_t bytes_max = 0;
    bool overflow = false;
};

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* target) {
    Sink& sink = *static_cast<Sink*>(target);
    if (sink.body.size() + size * count > sink.bytes_max) {
        sink.overflow = true;
        return 0;  // ends the transfer
    }
    sink.body.append(bytes, size * count);
    return size * count;
}

}  // namespace

Fetcher::Fetcher() {
    static std::once_flag once;
    std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == 0); });
    handle_ = curl_easy_init();
    CHECK(handle_);
}

Fetcher::~Fetcher() { curl_easy_cleanup(handle_); }

Result<std::string> Fetcher::get(const std::string& url, const FetchLimits& limits) {
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return fail(Errc::invalid, "fetch.bad_url", {{"url", url}});
    Sink sink{{}, limits.bytes_max, false};
    curl_easy_reset(handle_);
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle_, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits.connect_time.count()));
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT, static_cast<long>(limits.whole_time.count()));
    curl_easy_setopt(handle_, CURLOPT_USERAGENT, "motcua");
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &sink);
    const CURLcode code = curl_easy_perform(handle_);
    if (sink.overflow)
        return fail(Errc::too_large, "fetch.too_large", {{"url", url}, {"limit", std::to_string(limits.bytes_max)}});
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail(Errc::invalid, "fetch.bad_url", {{"url", url}});
    if (code != CURLE_OK)
        return fail(Errc::unavailable, "fetch.failed", {{"url", url}, {"cause", curl_easy_strerror(code)}});
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return fail(Errc::not_found, "fetch.status", {{"url", url}, {"status", std::to_string(status)}});
    return std::move(sink.body);
}

}  // namespace motcua::http
