#include "http/static_files.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <sodium.h>

#include "http/parse.hpp"

namespace motcua::http {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> types = {{
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"txt", "text/plain; charset=utf-8"},
    {"xml", "application/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"webp", "image/webp"},
    {"ico", "image/x-icon"},
    {"pdf", "application/pdf"},
    {"woff2", "font/woff2"},
    {"wasm", "application/wasm"},
    {"mp3", "audio/mpeg"},
    {"zip", "application/zip"},
}};

struct File {
    std::string_view bytes, brotli, gzip;
    std::string tag;
    std::string_view type;
    bool for_ever = false;
};

using Files = std::map<std::string, File, std::less<>>;

/// Everything below web/ but page shells and HTML, by its path after "web/".
std::shared_ptr<const Files> collect(std::span<const resources::Resource> shipped) {
    auto files = std::make_shared<Files>();
    for (const resources::Resource& resource : shipped) {
        std::string_view name = resource.name.substr(4);
        if (name.ends_with(".html") || name.ends_with(".html.br") || name.ends_with(".html.gz")) continue;
        if (name.ends_with(".br")) {
            (*files)[std::string(name.substr(0, name.size() - 3))].brotli = resource.bytes;
        } else if (name.ends_with(".gz")) {
            (*files)[std::string(name.substr(0, name.size() - 3))].gzip = resource.bytes;
        } else {
            File& file = (*files)[std::string(name)];
            file.bytes = resource.bytes;
            unsigned char digest[16];
            crypto_generichash(digest, sizeof digest, reinterpret_cast<const unsigned char*>(file.bytes.data()),
                               file.bytes.size(), nullptr, 0);
            std::array<char, 2 * sizeof digest + 1> hex{};
            sodium_bin2hex(hex.data(), hex.size(), digest, sizeof digest);
            file.tag = hex.data();
            file.type = media_type_of(name);
            file.for_ever = has_content_hash(name);
        }
    }
    std::erase_if(*files, [](const auto& entry) { return entry.second.bytes.data() == nullptr; });
    return files;
}

Response send(const File& file, const Request& request) {
    Response response;
    std::string_view accepted = request.headers.get("accept-encoding");
    std::string_view coding;
    response.fixed_body = file.bytes;
    if (file.brotli.data() && accepts_encoding(accepted, "br")) {
        response.fixed_body = file.brotli;
        coding = "br";
    } else if (file.gzip.data() && accepts_encoding(accepted, "gzip")) {
        response.fixed_body = file.gzip;
        coding = "gzip";
    }
    response.content_type = file.type;
    if (!coding.empty()) response.headers.add("Content-Encoding", coding);
    // Another coding is another representation and needs another tag (RFC 9110 §8.8.3.3).
    response.headers.add("ETag", '"' + file.tag + (coding.empty() ? "" : "-") + std::string(coding) + '"');
    response.headers.add("Cache-Control", file.for_ever ? "public, max-age=31536000, immutable" : "public, no-cache");
    response.headers.add("Vary", "Accept-Encoding");
    return response;
}

}  // namespace

std::string_view media_type_of(std::string_view file_name) {
    size_t dot = file_name.find_last_of("./");
    if (dot != std::string_view::npos && file_name[dot] == '.')
        for (const auto& [ending, type] : types)
            if (equal_no_case(file_name.substr(dot + 1), ending)) return type;
    return "application/octet-stream";
}

bool has_content_hash(std::string_view file_name) {
    size_t dot = file_name.rfind('.');
    if (dot == std::string_view::npos) return false;
    std::string_view stem = file_name.substr(0, dot);
    size_t mark = stem.find_last_of('.');
    if (mark == std::string_view::npos && stem.size() > 9) mark = stem.size() - 9;  // Vite: name-XXXXXXXX.js
    if (mark == std::string_view::npos || (stem[mark] != '.' && stem[mark] != '-')) return false;
    std::string_view hash = stem.substr(mark + 1);
    auto is_hash_char = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    // A word of the language ("vietnamese") is no hash: one has a digit or a capital.
    auto is_telling = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    return hash.size() >= 8 && std::ranges::all_of(hash, is_hash_char) && std::ranges::any_of(hash, is_telling);
}

void register_static_files(Router& router) { register_static_files(router, resources::list_resources("web/")); }

void register_static_files(Router& router, std::span<const resources::Resource> shipped) {
    auto files = collect(shipped);
    router.query("GET", "/assets/{name*}", permission::open,
                 {.summary = "A file of the front end", .rate = RateClass::none, .html = true},
                 [files](Context&, const Request& request) -> Result<Response> {
                     auto found = files->find("assets/" + std::string(request.param("name")));
                     if (found == files->end()) return fail(Errc::not_found, "http.not_found");
                     return send(found->second, request);
                 });
    for (const auto& [name, file] : *files)
        if (name.find('/') == std::string::npos)
            router.query(
                "GET", "/" + name, permission::open,
                {.summary = "A file of the front end", .rate = RateClass::none, .html = true},
                [files, &file](Context&, const Request& request) -> Result<Response> { return send(file, request); });
}

}  // namespace motcua::http
