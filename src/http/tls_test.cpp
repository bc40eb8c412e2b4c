// TLS in the server: versions, what is not TLS, and a certificate that changes while connections are open.
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/testing.hpp"
#include "db/test_directory.hpp"
#include "http/server.hpp"
#include "http/test_app.hpp"

namespace motcua::http {
namespace {

using namespace std::chrono_literals;

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using ClientContext = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

/// A self-signed pair in two files.
void write_pair(const std::filesystem::path& certificate, const std::filesystem::path& key, long serial,
                long seconds = 3600) {
    Key pair(EVP_EC_gen("P-256"));
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
    X509_set_pubkey(made.get(), pair.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("motcua.test"), -1, -1,
                               0);
    X509_set_issuer_name(made.get(), name);
    X509_sign(made.get(), pair.get(), EVP_sha256());
    Bio out(BIO_new_file(key.c_str(), "w"));
    PEM_write_bio_PrivateKey(out.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    out.reset(BIO_new_file(certificate.c_str(), "w"));
    PEM_write_bio_X509(out.get(), made.get());
}

/// One connection; speaks TLS up to `version`.
class TlsPeer {
  public:
    explicit TlsPeer(std::uint16_t port, int version = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        bio_.reset(BIO_new_ssl_connect(context_.get()));
        BIO_set_conn_hostname(bio_.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
        connected_ = BIO_do_connect(bio_.get()) == 1 && BIO_do_handshake(bio_.get()) == 1;
        ERR_clear_error();
    }
    bool connected() const { return connected_; }
    SSL* ssl() const {
        SSL* ssl = nullptr;
        BIO_get_ssl(bio_.get(), &ssl);
        return ssl;
    }
    long serial() const {
        Certificate shown(SSL_get1_peer_certificate(ssl()));
        return shown ? ASN1_INTEGER_get(X509_get0_serialNumber(shown.get())) : 0;
    }
    std::string ask(std::string_view path, std::string_view more = "") {
        const std::string request =
            "GET " + std::string(path) + " HTTP/1.1\r\nHost: motcua.test\r\n" + std::string(more) + "\r\n";
        BIO_write(bio_.get(), request.data(), static_cast<int>(request.size()));
        std::string answer;
        char bytes[4096];
        for (int n = 0; (n = BIO_read(bio_.get(), bytes, sizeof bytes)) > 0;) {
            answer.append(bytes, static_cast<std::size_t>(n));
            const auto end = answer.find("\r\n\r\n"), at = answer.find("Content-Length: ");
            if (end != std::string::npos && at < end && answer.size() >= end + 4 + std::stoul(answer.substr(at + 16)))
                break;
        }
        return answer;
    }

  private:
    ClientContext context_;
    Bio bio_;
    bool connected_ = false;
};

class Tls : public ::testing::Test {
  protected:
    Tls() {
        app.authenticator.principal = testing::officer(1, {"thing.add"});
        options.port = 0;
        options.io_threads = 1;
        options.tls_certificate = certificate.string();
        options.tls_key = key.string();
        write_pair(certificate, key, 1);
    }
    void start() {
        server.emplace(dispatcher, *app.database, *app.committer, registry, options);
        server->start();
    }

    log::Capture quiet;
    TestDirectory directory;
    std::filesystem::path certificate = directory.path() / "server.pem", key = directory.path() / "server.key";
    TestApp app;
    metrics::Registry registry;
    Dispatcher dispatcher{app.router, app.authenticator,    app.clock, app.ids, app.random,
                          registry,   {.access_log = false}};
    ServerOptions options;
    std::optional<Server> server;
};

TEST_F(Tls, ServesOverTls12And13AndNothingOlder) {
    start();
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPeer peer(server->port(), version);
        ASSERT_TRUE(peer.connected());
        EXPECT_EQ(SSL_version(peer.ssl()), version);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(peer.ask("/things/1").starts_with("HTTP/1.1 "));
        EXPECT_NE(peer.ask("/things/1", "Connection: close\r\n").find("Connection: close"), std::string::npos);
    }
    EXPECT_FALSE(TlsPeer(server->port(), TLS1_1_VERSION).connected());
    // The peer knows of its refusal before the server has counted it.
    EXPECT_TRUE(
        test::soon([&] { return registry.text().find("motcua_http_tls_failures_total 1") != std::string::npos; }));
}

TEST_F(Tls, PlainHttpIsNotAnswered) {
    start();
    Bio plain(BIO_new_connect(("127.0.0.1:" + std::to_string(server->port())).c_str()));
    ASSERT_EQ(BIO_do_connect(plain.get()), 1);
    BIO_puts(plain.get(), "GET /things/1 HTTP/1.1\r\nHost: motcua.test\r\n\r\n");
    std::string answer;
    char bytes[512];
    for (int n = 0; (n = BIO_read(plain.get(), bytes, sizeof bytes)) > 0;)
        answer.append(bytes, static_cast<std::size_t>(n));
    EXPECT_EQ(answer.find("HTTP/1.1"), std::string::npos);
}

TEST_F(Tls, ANewCertificateIsTakenWithoutARestartAndABadOneIsNot) {
    start();
    TlsPeer before(server->port());
    EXPECT_EQ(before.serial(), 1);
    write_pair(certificate, key, 2);
    ASSERT_TRUE(server->reload_certificate());
    EXPECT_EQ(TlsPeer(server->port()).serial(), 2);
    EXPECT_TRUE(before.ask("/things/1").starts_with("HTTP/1.1 ")) << "what is open goes on";

    std::ofstream(key) << "no key";
    EXPECT_FALSE(server->reload_certificate());
    EXPECT_EQ(TlsPeer(server->port()).serial(), 2);
    write_pair(certificate, key, 3, -60);
    EXPECT_FALSE(server->reload_certificate()) << "it has expired";

    // Without being told.
    write_pair(certificate, key, 4);
    EXPECT_TRUE(test::soon([&] { return TlsPeer(server->port()).serial() == 4; }));
}

TEST_F(Tls, FilesThatAreNoPairAreAFault) {
    write_pair(directory.path() / "other.pem", key, 2);
    try {
        start();
        FAIL() << "it started";
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "http.bad_certificate");
    }
}

}  // namespace
}  // namespace motcua::http
