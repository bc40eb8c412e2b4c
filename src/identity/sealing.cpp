#include "identity/sealing.hpp"

#include <cerrno>
#include <span>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace motcua::identity {

namespace {

static_assert(Sealer::key_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::unexpected<Error> unusable(const std::filesystem::path& file) {
    return fail(Errc::unavailable, "identity.key_unusable", {{"path", file.string()}});
}

/// Closes the file at the end of the block.
class File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

bool write_new_key(const std::filesystem::path& file, const Sealer::Key& key) {
    const File made(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (made.get() < 0) return false;
    const bool whole = ::write(made.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size());
    return whole && ::fsync(made.get()) == 0;
}

}  // namespace

Sealer::~Sealer() { sodium_memzero(key_.data(), key_.size()); }

std::string Sealer::seal(std::string_view secret, std::string_view context, Random& random) const {
    std::string sealed(nonce_bytes + secret.size() + tag_bytes, '\0');
    random.fill(std::as_writable_bytes(std::span(sealed.data(), nonce_bytes)));
    unsigned long long length = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + nonce_bytes, &length, bytes_of(secret), secret.size(),
                                               bytes_of(context), context.size(), nullptr, bytes_of(sealed),
                                               key_.data());
    CHECK(length == secret.size() + tag_bytes);
    return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
    std::string secret(sealed.size() - nonce_bytes - tag_bytes, '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes_of(secret), &length, nullptr, bytes_of(sealed.substr(nonce_bytes)), sealed.size() - nonce_bytes,
            bytes_of(context), context.size(), bytes_of(sealed), key_.data()) != 0)
        return std::nullopt;
    return secret;
}

Sealer::Key make_sealing_key(Random& random) {
    Sealer::Key key{};
    random.fill(std::as_writable_bytes(std::span(key)));
    return key;
}

Result<Sealer::Key> load_sealing_key(const std::filesystem::path& file, Random& random) {
    File opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (opened.get() < 0) {
        const Sealer::Key key = make_sealing_key(random);
        if (errno != ENOENT || !write_new_key(file, key)) return unusable(file);
        return key;
    }
    struct stat status {};
    constexpr mode_t others = S_IRWXG | S_IRWXO;
    Sealer::Key key{};
    if (::fstat(opened.get(), &status) != 0 || (status.st_mode & others) != 0 ||
        status.st_size != static_cast<off_t>(key.size()) ||
        ::read(opened.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()))
        return unusable(file);
    return key;
}

}  // namespace motcua::identity
