// One provider as its client: where to send the browser, and what to make of its return. Blocking calls with small
// limits, on pool threads only; at most two at once, and none for a few seconds after the provider did not answer. RFC
// 6749 §4.1, RFC 7636 (S256), RFC 9207 (`iss`), OpenID Connect Core 1.0 and Discovery 1.0.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/client.hpp"
#include "oidc/id_token.hpp"

namespace motcua::oidc {

/// What one browser has begun. Travels in that browser's cookie, sealed by the caller.
struct Pending {
    std::string provider;
    std::string state;
    std::string nonce;
    std::string verifier;
    std::string next;  // local path to go to afterwards
    Instant started;
    bool again = false;  // demanded a fresh sign-in at the provider

    std::string to_text() const;
    static std::optional<Pending> from_text(std::string_view text);
};
inline constexpr std::chrono::minutes pending_age_max{15};

/// The query of the browser's return, as it stands.
struct Return {
    std::string_view state, code, issuer, error;
};

struct Begun {
    std::string url;  // the browser goes there
    Pending pending;
};

struct ClientOptions {
    http::FetchLimits limits{.bytes_max = 512u << 10,
                             .connect_time = std::chrono::milliseconds{3000},
                             .whole_time = std::chrono::milliseconds{6000}};
    int calls_max = 2;                    // at once; the rest is told to come back
    std::chrono::seconds rest{5};         // after the provider did not answer
    std::chrono::minutes remembered{60};  // discovery and keys
    std::chrono::seconds keys_again{30};  // at most this often for a key that is not known
};

class Client {
  public:
    /// `redirect_uri` is this server's address for this provider alone, so that one provider's answer cannot be taken
    /// for another's. `clock` and `random` outlive the client.
    Client(Provider provider, std::string redirect_uri, const Clock& clock, Random& random, ClientOptions options = {});
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    const Provider& provider() const { return provider_; }

    /// Reasons, all unavailable: "oidc.unavailable" {provider}: no answer, none in time, too long or an error of its
    /// own; "oidc.busy" {provider}; "oidc.misconfigured" {provider}: it answers, but not as it should (another issuer
    /// than configured, endpoints missing, our client refused).
    Result<Begun> begin(std::string next, bool again);

    /// Reasons besides those of begin and check_id_token and read_claims: unauthorized "oidc.sign_in_over" (no such
    /// sign-in was begun in this browser, or too long ago), "oidc.answer_foreign" {provider} (the answer names another
    /// issuer, or none where one is due), "oidc.declined" {provider} (the person or the provider said no),
    /// "oidc.code_refused" {provider} (used before, or expired).
    Result<Claims> finish(const Return& answer, const Pending& pending);

    /// Where to end the session at the provider; empty when it has no such address or was never asked. Never calls out.
    std::string end_session_url(std::string_view back_to) const;

  private:
    struct Memory;
    class Call;
    struct Known {
        Endpoints endpoints;
        bool names_issuer = false;  // its answers carry `iss`
    };
    Result<Known> discover();
    Result<jose::KeySet> keys(const Known& known, bool newer);
    Result<json::object> fetch_object(const http::Outgoing& request);
    Result<http::Fetched> fetch(const http::Outgoing& request);
    Result<json::object> redeem(const Known& known, std::string_view code, const Pending& pending);
    Result<json::object> verify(const Known& known, std::string_view token, const Expected& expected);
    Result<json::object> ask_user_info(const Known& known, const json::object& tokens, std::string_view subject);
    std::unexpected<Error> refuse(Errc code, std::string_view reason, std::string_view why) const;

    const Provider provider_;
    const std::string redirect_uri_;
    const Clock& clock_;
    Random& random_;
    const ClientOptions options_;
    const std::unique_ptr<Memory> memory_;
};

}  // namespace motcua::oidc
