#include "http/client.hpp"

#include <mutex>

#include <curl/curl.h>

#include "base/check.hpp"
#include "http/parse.hpp"

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

class HeaderList {
  public:
    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() { curl_slist_free_all(list_); }
    void add(std::string_view name, std::string_view value) {
        std::string line = std::string(name) + ": " + std::string(value);
        CHECK(line.find_first_of("\r\n") == std::string::npos, "a header is one line");
        curl_slist* longer = curl_slist_append(list_, line.c_str());
        CHECK(longer);
        list_ = longer;
    }
    curl_slist* get() const { return list_; }

  private:
    curl_slist* list_ = nullptr;
};

}  // namespace

std::string form_body(const std::vector<NameValue>& fields) {
    std::string body;
    for (const NameValue& one : fields)
        body += (body.empty() ? "" : "&") + percent_encode(one.name) + '=' + percent_encode(one.value);
    return body;
}

Fetcher::Fetcher() {
    static std::once_flag once;
    std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == 0); });
    handle_ = curl_easy_init();
    CHECK(handle_);
}

Fetcher::~Fetcher() { curl_easy_cleanup(handle_); }

Result<std::string> Fetcher::get(const std::string& url, const FetchLimits& limits) {
    Fetched answer = TRY(perform({.url = url}, limits, true));
    if (answer.status != 200)
        return fail(Errc::not_found, "fetch.status", {{"url", url}, {"status", std::to_string(answer.status)}});
    return std::move(answer.body);
}

Result<Fetched> Fetcher::exchange(const Outgoing& request, const FetchLimits& limits) {
    return perform(request, limits, false);
}

Result<Fetched> Fetcher::perform(const Outgoing& request, const FetchLimits& limits, bool follow) {
    const std::string& url = request.url;
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return fail(Errc::invalid, "fetch.bad_url", {{"url", url}});
    Sink sink{{}, limits.bytes_max, false};
    HeaderList headers;
    for (const NameValue& header : request.headers) headers.add(header.name, header.value);
    curl_easy_reset(handle_);
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, follow ? 1L : 0L);
    curl_easy_setopt(handle_, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_time.count()));
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.whole_time.count()));
    curl_easy_setopt(handle_, CURLOPT_USERAGENT, "motcua");
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &sink);
    if (request.body) {
        headers.add("Content-Type", request.content_type);
        curl_easy_setopt(handle_, CURLOPT_POST, 1L);
        curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
        curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body->c_str());
    }
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(handle_);
    if (sink.overflow)
        return fail(Errc::too_large, "fetch.too_large", {{"url", url}, {"limit", std::to_string(limits.bytes_max)}});
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail(Errc::invalid, "fetch.bad_url", {{"url", url}});
    if (code != CURLE_OK)
        return fail(Errc::unavailable, "fetch.failed", {{"url", url}, {"cause", curl_easy_strerror(code)}});
    Fetched answer;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &answer.status);
    const char* type = nullptr;
    curl_easy_getinfo(handle_, CURLINFO_CONTENT_TYPE, &type);
    if (type) answer.content_type = type;
    answer.body = std::move(sink.body);
    return answer;
}

}  // namespace motcua::http
