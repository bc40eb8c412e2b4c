#include "base/key_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace motcua {

namespace {

namespace fs = std::filesystem;

template <std::size_t N>
std::string to_hex(const std::array<unsigned char, N>& bytes) {
    std::string hex(2 * N + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), N);
    hex.pop_back();
    return hex;
}

template <std::size_t N>
bool from_hex(std::string_view hex, std::array<unsigned char, N>& bytes) {
    std::size_t length = 0;
    return hex.size() == 2 * N &&
           sodium_hex2bin(bytes.data(), N, hex.data(), hex.size(), nullptr, &length, nullptr) == 0 && length == N;
}

[[noreturn]] void refuse(std::string_view reason, const fs::path& file, std::string_view why) {
    throw Fault(std::string(reason), fmt::format("{}: {}", file.string(), why));
}

/// Where a file lies, if it is a link as well.
fs::path folder_of(const fs::path& file) {
    const fs::path place = fs::is_symlink(file) ? fs::canonical(file) : file;
    return place.has_parent_path() ? place.parent_path() : fs::path(".");
}

void forget(std::vector<KeyFile::Key>& keys) {
    for (KeyFile::Key& key : keys) sodium_memzero(key.bytes.data(), key.bytes.size());
}

}  // namespace

KeyFile::Key KeyFile::make(Random& random) {
    KeyFile::Key key;
    random.fill(std::as_writable_bytes(std::span(key.name)));
    random.fill(std::as_writable_bytes(std::span(key.bytes)));
    return key;
}

std::string KeyFile::hex(const Key& key) { return to_hex(key.name); }

std::optional<FileMark> find_mark(const fs::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return std::nullopt;
    return FileMark{info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

std::string read_secret_file(const fs::path& file, std::string_view unusable) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) refuse(unusable, file, std::strerror(errno));
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) refuse(unusable, file, "others may read it; chmod 600");
    std::ifstream in(file, std::ios::binary);
    if (!in) refuse(unusable, file, "it cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_secret_file(const fs::path& file, std::string_view text, Present present, std::string_view unusable) {
    const fs::path place = fs::is_symlink(file) ? fs::canonical(file) : file;
    const fs::path unfinished = present == Present::keep
                                    ? fmt::format("{}.{:08x}.new", place.string(), randombytes_random())
                                    : place.string() + ".new";
    ::unlink(unfinished.c_str());
    const int made = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made < 0) refuse(unusable, file, std::strerror(errno));
    const bool written =
        ::write(made, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(made) == 0;
    ::close(made);
    if (!written) refuse(unusable, file, std::strerror(errno));
    if (present == Present::keep) {
        const bool named = ::link(unfinished.c_str(), place.c_str()) == 0 || errno == EEXIST;
        const int cause = errno;
        ::unlink(unfinished.c_str());
        if (!named) refuse(unusable, file, std::strerror(cause));
    } else if (::rename(unfinished.c_str(), place.c_str()) != 0) {
        refuse(unusable, file, std::strerror(errno));
    }
    if (const int directory = ::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

SecretsLock::SecretsLock(const fs::path& file, std::string_view unusable)
    : folder_(::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_ >= 0 && ::flock(folder_, LOCK_EX) == 0) return;
    const int cause = errno;
    if (folder_ >= 0) ::close(folder_);
    refuse(unusable, file, std::strerror(cause));
}

SecretsLock::~SecretsLock() { ::close(folder_); }

KeyFile::KeyFile(fs::path file, std::string_view unusable, Random& random)
    : file_(std::move(file)), unusable_(unusable) {
    CHECK(sodium_init() >= 0, "libsodium");
    if (!fs::exists(file_)) {
        keys_.push_back(make(random));
        write(Present::keep);
    }
    read();
}

KeyFile::~KeyFile() { forget(keys_); }

void KeyFile::read() {
    // Looked at before reading: what is written meanwhile is read again.
    const auto mark = find_mark(file_);
    std::string text = read_secret_file(file_, unusable_);
    std::vector<Key> keys;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) continue;
        Key key;
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos || !from_hex(line.substr(0, space), key.name) ||
            !from_hex(line.substr(space + 1), key.bytes))
            refuse(unusable_, file_, "a line is no key");
        keys.push_back(key);
    }
    sodium_memzero(text.data(), text.size());
    if (keys.empty()) refuse(unusable_, file_, "it holds no key");
    forget(keys_);
    keys_ = std::move(keys);
    read_mark_ = mark;
}

/// Whole or not at all: a lost key is lost documents.
void KeyFile::write(Present present) const {
    std::string text;
    for (const Key& key : keys_) text += to_hex(key.name) + " " + to_hex(key.bytes) + "\n";
    write_secret_file(file_, text, present, unusable_);
    sodium_memzero(text.data(), text.size());
}

void KeyFile::read_if_changed() {
    const auto mark = find_mark(file_);
    if (mark && mark != read_mark_) read();
}

const KeyFile::Key* KeyFile::find(std::string_view name) const {
    const auto found = std::ranges::find_if(keys_, [&](const Key& key) {
        return name.size() == name_bytes && std::memcmp(key.name.data(), name.data(), name_bytes) == 0;
    });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<std::string> KeyFile::names() const {
    std::vector<std::string> names;
    for (const Key& key : keys_) names.push_back(hex(key));
    return names;
}

const KeyFile::Key& KeyFile::add(Random& random) {
    read_if_changed();
    keys_.push_back(make(random));
    write(Present::replace);
    read();
    return keys_.back();
}

void KeyFile::forget_old() {
    read_if_changed();
    std::vector<Key> old(keys_.begin(), keys_.end() - 1);
    keys_.erase(keys_.begin(), keys_.end() - 1);
    forget(old);
    write(Present::replace);
    read();
}

}  // namespace motcua
