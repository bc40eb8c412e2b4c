#include "http/tls.hpp"

#include <ctime>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.hpp"
#include "base/log.hpp"

namespace motcua::http {

namespace {

namespace ssl = boost::asio::ssl;

// Forward secrecy and authenticated encryption only (RFC 9325 §4.2). TLS 1.3 has nothing else.
constexpr const char* cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* groups = "X25519:P-256:P-384";

/// HTTP/1.1, whatever else is offered (RFC 7301).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
    static constexpr unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours, in, in_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<ssl::context> read(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    try {
        auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
        SSL_CTX* native = context->native_handle();
        SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
        SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
        if (SSL_CTX_set_cipher_list(native, cipher_list) != 1 || SSL_CTX_set1_groups_list(native, groups) != 1)
            throw Fault("http.bad_certificate", "the ciphers are not to be had");
        SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
        context->use_certificate_chain_file(certificate.string());
        context->use_private_key_file(key.string(), ssl::context::pem);
        if (SSL_CTX_check_private_key(native) != 1)
            throw Fault("http.bad_certificate", key.string() + " is not the key of " + certificate.string());
        if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(native))) < 0)
            throw Fault("http.bad_certificate", certificate.string() + " has expired");
        return context;
    } catch (const boost::system::system_error& failure) {
        throw Fault("http.bad_certificate",
                    certificate.string() + ", " + key.string() + ": " + failure.code().message());
    }
}

}  // namespace

Certificates::Certificates(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {
    read_ = stamp();
    context_ = read(certificate_, key_);
}

Certificates::Stamp Certificates::stamp() const {
    std::error_code gone;
    const auto first = std::filesystem::last_write_time(certificate_, gone);
    return {first, std::filesystem::last_write_time(key_, gone)};
}

std::shared_ptr<ssl::context> Certificates::current() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

bool Certificates::reload() {
    const std::lock_guard lock(mutex_);
    read_ = stamp();
    try {
        context_ = read(certificate_, key_);
        log::info("certificate_read", {{"file", certificate_.string()}});
        return true;
    } catch (const Fault& fault) {
        log::error("certificate_refused", {{"reason", fault.reason()}, {"what", fault.what()}});
        return false;
    }
}

void Certificates::reload_if_changed() {
    {
        const std::lock_guard lock(mutex_);
        if (stamp() == read_) return;
    }
    reload();
}

}  // namespace motcua::http
