// Help for tests only: an identity provider over real sockets that signs for whoever asks, and that can be told to lie,
// to be slow, to talk too much, to change its keys or to fail.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "http/parse.hpp"
#include "http/server.hpp"
#include "http/testing.hpp"
#include "ledger/committer.hpp"

namespace motcua::oidc {

/// An RSA key that signs tokens; made once a name, because making one takes a while.
class TestKey {
  public:
    static const TestKey& named(const std::string& id) {
        static std::map<std::string, std::unique_ptr<TestKey>> keys;
        auto& key = keys[id];
        if (!key) key.reset(new TestKey(id));
        return *key;
    }
    const std::string& id() const { return id_; }
    json::object jwk() const {
        return {{"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"}, {"kid", id_}, {"n", number("n")}, {"e", number("e")}};
    }
    std::string public_pem() const {
        std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
        CHECK(PEM_write_bio_PUBKEY(memory.get(), key_.get()) == 1);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(memory.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }
    std::string sign(std::string_view text) const {
        std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
        std::size_t size = 0;
        const auto* data = reinterpret_cast<const unsigned char*>(text.data());
        CHECK(EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1);
        std::string signature(size, '\0');
        CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                             text.size()) == 1);
        return signature;
    }

  private:
    explicit TestKey(std::string id) : id_(std::move(id)), key_(EVP_RSA_gen(2048), EVP_PKEY_free) { CHECK(key_); }
    std::string number(const char* name) const {
        BIGNUM* value = nullptr;
        CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
        std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
        BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
        BN_free(value);
        return encode_base64url(bytes);
    }
    std::string id_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

class TestProvider {
  public:
    explicit TestProvider(const Clock& clock) : clock_(clock) {
        log::set_level(log::Level::off);
        TestKey::named("key-1");  // takes longer than an answer may
        TestKey::named("key-2");
        CHECK(db::migrate(*database_, clock.now()));
        committer_ = ledger::make_committer(*database_);
        routes();
        dispatcher_ = std::make_unique<http::Dispatcher>(router_, nobody_, clock_, ids_, random_, metrics_,
                                                         http::DispatcherOptions{.access_log = false});
        server_ = std::make_unique<http::Server>(
            *dispatcher_, *database_, *committer_, metrics_,
            http::ServerOptions{.address = "127.0.0.1", .port = 0, .io_threads = 1, .pool_threads = 2});
        server_->start();
        issuer = own_address();
    }
    ~TestProvider() {
        release();
        server_->stop();
        committer_->stop();
    }

    std::string own_address() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

    /// What the person's browser brings back after signing in: the query of the redirect.
    std::map<std::string, std::string> sign_in(const std::string& url, json::object person) {
        const auto target = http::parse_target(url.substr(own_address().size())).value();
        std::map<std::string, std::string> asked;
        for (const auto& pair : target.query) asked[pair.name] = pair.value;
        const std::lock_guard lock(mutex_);
        last_question = asked;
        const std::string code = "code-" + std::to_string(++codes_);
        granted_[code] = {asked["nonce"], asked["code_challenge"], std::move(person)};
        return {{"state", asked["state"]}, {"code", code}, {"iss", issuer}};
    }
    /// Lets slow answers go.
    void release() {
        const std::lock_guard lock(mutex_);
        slow = false;
        wake_.notify_all();
    }
    static std::string token(const json::object& header, std::string_view payload,
                             const std::function<std::string(std::string_view)>& sign) {
        const std::string text = encode_base64url(json::serialize(header)) + "." + encode_base64url(payload);
        return text + "." + encode_base64url(sign(text));
    }

    // What it says and does; set before it is asked.
    std::string issuer;                                    // as it calls itself
    std::string client = "motcua", secret = "bí mật thử";  // of the one it knows
    std::string signing_key = "key-1";
    std::set<std::string> published = {"key-1"};
    bool names_issuer = true;
    bool slow = false;
    bool broken = false;
    std::string padding;                                               // in every answer
    std::function<void(json::object&)> about = [](json::object&) {};   // changes discovery
    std::function<void(json::object&)> claims = [](json::object&) {};  // changes the ID token's claims
    std::function<std::string(const json::object&)> make_token;        // instead of a signed one
    std::function<void(json::object&)> user_info = [](json::object&) {};
    std::string access_token;  // instead of one for each sign-in
    std::map<std::string, std::string> last_question;
    int keys_asked = 0;

  private:
    struct Granted {
        std::string nonce, challenge;
        json::object person;
    };

    http::Response answer(json::object body, int status = 200) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !slow; });
        if (broken) return http::Response::json(json::object{{"error", "server_error"}}, 500);
        if (!padding.empty()) body["padding"] = padding;
        return http::Response::json(body, status);
    }
    void routes() {
        const auto ask = [this](std::string_view path, auto handler) {
            router_.query("GET", path, http::permission::open, {.summary = "test", .slow = true},
                          [handler](http::Context&, const http::Request& request) -> Result<http::Response> {
                              return handler(request);
                          });
        };
        ask("/.well-known/openid-configuration", [this](const http::Request&) {
            const std::string at = own_address();
            json::object body{{"issuer", issuer},
                              {"authorization_endpoint", at + "/auth"},
                              {"token_endpoint", at + "/token"},
                              {"jwks_uri", at + "/keys"},
                              {"userinfo_endpoint", at + "/me"},
                              {"end_session_endpoint", at + "/end"},
                              {"authorization_response_iss_parameter_supported", names_issuer}};
            about(body);
            return answer(std::move(body));
        });
        ask("/keys", [this](const http::Request&) {
            ++keys_asked;
            json::array keys;
            for (const std::string& id : published) keys.push_back(TestKey::named(id).jwk());
            return answer({{"keys", std::move(keys)}});
        });
        ask("/me", [this](const http::Request& request) {
            json::object body;
            {
                const std::lock_guard lock(mutex_);
                const std::string access(request.headers.get("authorization").substr(7));
                body = access_[access];
            }
            user_info(body);
            return answer(std::move(body));
        });
        router_.query(
            "POST", "/token", http::permission::open, {.summary = "test", .body = http::Body::form, .slow = true},
            [this](http::Context&, const http::Request& request) -> Result<http::Response> { return redeem(request); });
    }
    http::Response redeem(const http::Request& request) {
        const auto form = [&](std::string_view name) { return std::string(request.find_form(name).value_or("")); };
        const std::string pair = http::percent_encode(client) + ":" + http::percent_encode(secret);
        std::string expected(4 * ((pair.size() + 2) / 3), '\0');
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(expected.data()),
                        reinterpret_cast<const unsigned char*>(pair.data()), static_cast<int>(pair.size()));
        if (request.headers.get("authorization") != "Basic " + expected)
            return answer({{"error", "invalid_client"}}, 401);
        Granted granted;
        {
            const std::lock_guard lock(mutex_);
            const auto found = granted_.find(form("code"));
            if (found == granted_.end()) return http::Response::json(json::object{{"error", "invalid_grant"}}, 400);
            granted = found->second;
            granted_.erase(found);
        }
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        const std::string verifier = form("code_verifier");
        EVP_Digest(verifier.data(), verifier.size(), digest, &size, EVP_sha256(), nullptr);
        if (encode_base64url({reinterpret_cast<const char*>(digest), size}) != granted.challenge)
            return answer({{"error", "invalid_grant"}}, 400);
        const std::int64_t now = clock_.now().time_since_epoch().count() / 1000;
        json::object body{{"iss", issuer},    {"aud", client}, {"nonce", granted.nonce},
                          {"exp", now + 300}, {"iat", now},    {"auth_time", now}};
        for (const auto& member : granted.person) body[member.key()] = member.value();
        const std::string access = access_token.empty() ? "access-" + std::to_string(codes_) : access_token;
        {
            const std::lock_guard lock(mutex_);
            access_[access] = granted.person;
        }
        claims(body);
        const TestKey& key = TestKey::named(signing_key);
        const std::string id_token = make_token ? make_token(body)
                                                : token({{"alg", "RS256"}, {"kid", key.id()}}, json::serialize(body),
                                                        [&](std::string_view text) { return key.sign(text); });
        return answer({{"access_token", access}, {"token_type", "Bearer"}, {"id_token", id_token}});
    }

    const Clock& clock_;
    SeededRandom random_{3};
    IdMaker ids_{clock_, random_};
    metrics::Registry metrics_;
    std::unique_ptr<db::Database> database_ = db::open_sqlite(":memory:");
    std::unique_ptr<ledger::Committer> committer_;
    http::Router router_;
    http::VisitorsOnly nobody_;
    std::unique_ptr<http::Dispatcher> dispatcher_;
    std::unique_ptr<http::Server> server_;
    std::mutex mutex_;
    std::condition_variable wake_;
    int codes_ = 0;
    std::map<std::string, Granted> granted_;
    std::map<std::string, json::object> access_;
};

}  // namespace motcua::oidc
