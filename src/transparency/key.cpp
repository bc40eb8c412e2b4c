#include "transparency/key.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace motcua::transparency {

namespace {

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

bool sync_directory(const std::filesystem::path& path) {
    const int directory = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return false;
    const bool synced = ::fsync(directory) == 0;
    ::close(directory);
    return synced;
}

/// The file appears under its name only when it is whole: a key that was seen is never another one later.
Result<void> store(const std::filesystem::path& path, const merkle::SigningKey& key) {
    const std::filesystem::path unfinished = path.string() + ".unfinished";
    const int file = ::open(unfinished.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    bool done = file >= 0 && write_all(file, to_text(key) + '\n');
    int error = errno;
    if (file >= 0) ::close(file);
    if (done) {
        done = ::rename(unfinished.c_str(), path.c_str()) == 0 && sync_directory(path.parent_path());
        error = errno;
    }
    if (!done)
        return fail(Errc::unavailable, "transparency.key_unwritable",
                    {{"path", path.string()}, {"cause", std::strerror(error)}});
    return {};
}

}  // namespace

std::string origin_of(std::string_view public_url) {
    const std::size_t scheme = public_url.find("://");
    if (scheme != std::string_view::npos) public_url.remove_prefix(scheme + 3);
    return std::string(public_url.substr(0, public_url.find('/'))) + "/log";
}

Result<merkle::SigningKey> load_key(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    std::string text = content.str();
    if (text.ends_with('\n')) text.pop_back();
    auto key = merkle::parse_signing_key(text);
    if (!key || key->verifier.type != merkle::KeyType::ed25519)
        return fail(Errc::invalid, "transparency.key_unusable", {{"path", path.string()}});
    return key;
}

Result<merkle::SigningKey> load_or_make_key(const std::filesystem::path& path, std::string_view origin,
                                            std::string_view default_origin, Random& random) {
    if (!std::filesystem::exists(path)) {
        const std::string_view name = origin.empty() ? default_origin : origin;
        TRY(merkle::check_key_name(name));
        merkle::SigningKey key = merkle::make_signing_key(name, merkle::KeyType::ed25519, random);
        TRY(store(path, key));
        return key;
    }
    merkle::SigningKey key = TRY(load_key(path));
    if (!origin.empty() && key.verifier.name != origin)
        return fail(Errc::conflict, "transparency.key_name_differs",
                    {{"path", path.string()}, {"name", key.verifier.name}, {"origin", std::string(origin)}});
    return key;
}

}  // namespace motcua::transparency
