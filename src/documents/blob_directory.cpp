// BlobStore on a directory, sealed (blob_keys.hpp). Power may fail at any moment: a blob is there whole or not at all.
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"
#include "documents/blob_keys.hpp"
#include "documents/blob_store.hpp"

namespace motcua::documents {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void raise(int error, std::string_view doing, const fs::path& path) {
    // EFBIG: a file size limit of the process or the file system; to the caller the same as no room.
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    throw Fault(full ? "blob.disk_full" : "blob.write_failed",
                fmt::format("{} {}: {}", doing, path.string(), std::strerror(error)));
}

class File {
  public:
    File(const fs::path& path, int flags, mode_t mode = 0)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }

  private:
    int descriptor_;
};

void sync_directory(const fs::path& path) {
    File directory(path, O_RDONLY | O_DIRECTORY);
    if (!directory || ::fsync(directory.get()) != 0) raise(errno, "sync", path);
}

/// True when it was made now.
bool make_directory(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return true;
    if (errno != EEXIST) raise(errno, "make", path);
    return false;
}

/// A file that vanishes unless it was renamed to its place.
class Temporary {
  public:
    explicit Temporary(fs::path path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    void write(std::string_view content) const {
        File file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (!file) raise(errno, "create", path_);
        while (!content.empty()) {
            const ssize_t n = ::write(file.get(), content.data(), content.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) raise(errno, "write", path_);
            content.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::fsync(file.get()) != 0) raise(errno, "sync", path_);
    }
    void rename(const fs::path& to) {
        if (::rename(path_.c_str(), to.c_str()) != 0) raise(errno, "rename", path_);
        path_.clear();
    }

  private:
    fs::path path_;
};

std::optional<struct stat> find_stat(const fs::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return info;
    if (errno == ENOENT) return std::nullopt;
    throw Fault("blob.read_failed", fmt::format("stat {}: {}", path.string(), std::strerror(errno)));
}

Instant written_at(const struct stat& info) {
    return Instant{
        std::chrono::milliseconds{std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000}};
}

class BlobDirectory final : public BlobStore {
  public:
    explicit BlobDirectory(const fs::path& root)
        : root_(root), temporary_(root / "tmp"), keys_(blob_key_file(make_parent(root))) {
        make_directory(root_);
        // All folders at once, so that no upload has to wait for one to become durable.
        bool made = make_directory(temporary_);
        for (int folder = 0; folder < 256; ++folder) made |= make_directory(root_ / fmt::format("{:02x}", folder));
        if (made) sync_directory(root_);
        remove_interrupted();
    }

    void put(const BlobKey& key, std::string_view content) override {
        const fs::path place = path_of(key), folder = place.parent_path();
        const auto present = find_stat(place);
        // Blobs of before they were sealed are as long as their content.
        const auto size = present ? static_cast<std::size_t>(present->st_size) : 0;
        if (!present || (size != BlobKeys::sealed_size(content.size()) && size != content.size())) write(key, content);
        // Also when it was there: whoever wrote it may not have come to this point yet.
        sync_directory(folder);
    }

    std::optional<std::string> find(const BlobKey& key) override {
        auto bytes = find_bytes(key);
        if (!bytes) return std::nullopt;
        std::optional<std::string> content = keys_.open(*bytes, to_hex(key));
        if (!content && hash_blob(*bytes) == key) content = std::move(bytes);  // of before they were sealed
        if (!content || hash_blob(*content) != key)
            throw Fault("blob.corrupt", path_of(key).string() + " is not what was written, or its key is gone");
        return content;
    }

    bool renew(const BlobKey& key) override {
        const auto bytes = find_bytes(key);
        if (!bytes || keys_.is_current(*bytes)) return false;
        const auto content = find(key);
        if (!content) return false;
        write(key, *content);
        sync_directory(path_of(key).parent_path());
        return true;
    }

    bool contains(const BlobKey& key) override { return find_stat(path_of(key)).has_value(); }

    void each(const std::function<void(const BlobKey&, std::int64_t, Instant)>& visit) override {
        for (const fs::directory_entry& folder : fs::directory_iterator(root_)) {
            if (!folder.is_directory() || folder.path() == temporary_) continue;
            for (const fs::directory_entry& entry : fs::directory_iterator(folder.path())) {
                auto key = parse_blob_key(folder.path().filename().string() + entry.path().filename().string());
                auto info = find_stat(entry.path());
                if (key && info) visit(*key, info->st_size, written_at(*info));
            }
        }
    }

    void remove(const BlobKey& key) override {
        const fs::path place = path_of(key);
        if (::unlink(place.c_str()) != 0 && errno != ENOENT) raise(errno, "remove", place);
    }

  private:
    static fs::path make_parent(const fs::path& root) {
        CHECK(sodium_init() >= 0, "libsodium");
        std::error_code error;
        fs::create_directories(root.parent_path(), error);
        return root.parent_path();
    }
    fs::path path_of(const BlobKey& key) const {
        const std::string hex = to_hex(key);
        return root_ / hex.substr(0, 2) / hex.substr(2);
    }
    void write(const BlobKey& key, std::string_view content) {
        Temporary file(temporary_ / fmt::format("{}-{}", ::getpid(), counter_.fetch_add(1)));
        file.write(keys_.seal(content, to_hex(key)));
        file.rename(path_of(key));
    }
    /// As they lie on the disk.
    std::optional<std::string> find_bytes(const BlobKey& key) const {
        const fs::path place = path_of(key);
        const auto present = find_stat(place);
        if (!present) return std::nullopt;
        std::string content(static_cast<std::size_t>(present->st_size), '\0');
        File file(place, O_RDONLY);
        std::size_t have = 0;
        while (file && have < content.size()) {
            const ssize_t n = ::read(file.get(), content.data() + have, content.size() - have);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) break;
            have += static_cast<std::size_t>(n);
        }
        if (have < content.size()) throw Fault("blob.read_failed", "read " + place.string());
        return content;
    }

    /// What a killed process left. Younger files may belong to a server that is running beside this program.
    void remove_interrupted() const {
        struct timespec now {};
        ::clock_gettime(CLOCK_REALTIME, &now);
        for (const fs::directory_entry& entry : fs::directory_iterator(temporary_)) {
            const auto info = find_stat(entry.path());
            if (info && now.tv_sec - info->st_mtim.tv_sec > 24 * 3600) ::unlink(entry.path().c_str());
        }
    }

    fs::path root_;
    fs::path temporary_;
    BlobKeys keys_;
    std::atomic<std::uint64_t> counter_{0};
};

}  // namespace

BlobKey hash_blob(std::string_view content) {
    BlobKey key;
    crypto_hash_sha256(key.bytes.data(), reinterpret_cast<const unsigned char*>(content.data()), content.size());
    return key;
}

std::string to_hex(const BlobKey& key) {
    std::string hex(2 * key.bytes.size() + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), key.bytes.data(), key.bytes.size());
    hex.pop_back();
    return hex;
}

std::optional<BlobKey> parse_blob_key(std::string_view hex) {
    BlobKey key;
    std::size_t length = 0;
    if (hex.size() != 2 * key.bytes.size() || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos ||
        sodium_hex2bin(key.bytes.data(), key.bytes.size(), hex.data(), hex.size(), nullptr, &length, nullptr) != 0)
        return std::nullopt;
    return key;
}

std::unique_ptr<BlobStore> open_blob_directory(const fs::path& directory) {
    return std::make_unique<BlobDirectory>(directory);
}

}  // namespace motcua::documents
