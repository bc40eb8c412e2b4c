#include "identity/one_time_code.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/check.hpp"
#include "http/parse.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_code{"identity.select_one_time_code",
                                "SELECT sealed, tries, expires_at FROM one_time_code WHERE subject = $1"};
constexpr Statement put_code{"identity.put_one_time_code", R"(
    INSERT INTO one_time_code (subject, sealed, tries, expires_at) VALUES ($1, $2, 0, $3)
    ON CONFLICT (subject) DO UPDATE SET sealed = excluded.sealed, tries = 0, expires_at = excluded.expires_at)"};
constexpr Statement count_try{"identity.count_one_time_code",
                              "UPDATE one_time_code SET tries = tries + 1 WHERE subject = $1"};
constexpr Statement delete_code{"identity.delete_one_time_code", "DELETE FROM one_time_code WHERE subject = $1"};
constexpr Statement delete_old{"identity.delete_old_one_time_codes",
                               "DELETE FROM one_time_code WHERE expires_at <= $1"};
constexpr Statement insert_message{"identity.insert_message",
                                   "INSERT INTO outgoing_message (id, sealed, expires_at) VALUES ($1, $2, $3)"};
constexpr Statement select_messages{"identity.select_messages",
                                    "SELECT id, sealed, expires_at FROM outgoing_message ORDER BY id LIMIT $1"};
constexpr Statement delete_message{"identity.delete_message", "DELETE FROM outgoing_message WHERE id = $1"};

using MessageId = Id<struct MessageTag>;

constexpr std::string_view message_seal = "outgoing message";
constexpr std::int64_t messages_at_once = 100;
constexpr std::uint64_t codes = 1'000'000;

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }
std::string code_seal(std::string_view subject) { return "one-time code " + std::string(subject); }

struct Waiting {
    std::int64_t id = 0;
    std::string sealed;
    std::int64_t expires_at = 0;
};

}  // namespace

Result<void> send_one_time_code(Identity& identity, std::string_view subject, sending::Message message, Instant now) {
    const bool nobody = message.to.empty();
    const std::string code = fmt::format("{:06}", identity.random().u64() % codes);
    const MessageId id = identity.ids().make<MessageId>();
    message.id = to_string(id);
    message.expires_at = now + one_time_code_age;
    if (const std::size_t at = message.text.find("{code}"); at != std::string::npos) message.text.replace(at, 6, code);
    const std::string sealed_message =
        identity.sealer().seal(json::serialize(sending::to_json(message)), message_seal, identity.random());
    const std::string sealed_code = identity.sealer().seal(code, code_seal(subject), identity.random());
    return identity.committer().write("identity.one_time_code", [&](ledger::AdminTransaction& tx) -> Result<void> {
        tx.execute(put_code, {std::string(subject), db::Blob{sealed_code}, milliseconds(message.expires_at)});
        tx.execute(insert_message, {id.value, db::Blob{sealed_message}, nobody ? 0 : milliseconds(message.expires_at)});
        return {};
    });
}

Result<void> use_one_time_code(Identity& identity, std::string_view subject, std::string_view text, Instant now) {
    const std::string_view code = http::trim(text);
    bool right = false;
    TRY(identity.committer().write("identity.use_one_time_code", [&](ledger::AdminTransaction& tx) -> Result<void> {
        struct Kept {
            std::string sealed;
            std::int64_t tries, expires_at;
        };
        const auto kept = tx.find_one(select_code, {std::string(subject)}, [](const Row& row) {
            return Kept{std::string(row.text(0)), row.int64(1), row.int64(2)};
        });
        right = false;
        if (!kept) return {};
        const auto secret = identity.sealer().open(kept->sealed, code_seal(subject));
        right = secret && kept->tries < one_time_code_tries && milliseconds(now) < kept->expires_at &&
                secret->size() == code.size() && CRYPTO_memcmp(secret->data(), code.data(), code.size()) == 0;
        tx.execute(right ? delete_code : count_try, {std::string(subject)});
        return {};
    }));
    if (!right) return fail(Errc::unauthorized, "code.wrong");
    return {};
}

Result<void> remember_once(Identity& identity, std::string_view subject, Instant until) {
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::account;
    write.meta.at = identity.clock().now();
    write.rows.push_back({&put_code, {std::string(subject), db::Blob{}, milliseconds(until)}});
    TRY(identity.committer().commit(std::move(write)));
    return {};
}

bool use_once(Identity& identity, std::string_view subject, Instant now) {
    bool counted = false;
    auto used = identity.committer().write("identity.use_once", [&](ledger::AdminTransaction& tx) -> Result<void> {
        const auto until =
            tx.find_one(select_code, {std::string(subject)}, [](const Row& row) { return row.int64(2); });
        tx.execute(delete_code, {std::string(subject)});
        counted = until && milliseconds(now) < *until;
        return {};
    });
    return used && counted;
}

Result<int> deliver_messages(Identity& identity, sending::Sender& sender, Instant now) {
    std::vector<Waiting> waiting;
    {
        auto session = identity.database().reader();
        waiting = session->list(select_messages, {messages_at_once}, [](const Row& row) {
            return Waiting{row.int64(0), std::string(row.text(1)), row.int64(2)};
        });
    }
    int sent = 0;
    ledger::WriteSet done;
    done.kind = ledger::StreamKind::account;
    done.meta.at = now;
    Result<void> failed{};
    for (const Waiting& one : waiting) {
        const auto text =
            one.expires_at > milliseconds(now) ? identity.sealer().open(one.sealed, message_seal) : std::nullopt;
        const auto value = text ? parse_json(*text) : Result<json::value>(json::object{});
        const auto message =
            value && value->is_object() ? sending::message_from_json(value->get_object()) : std::nullopt;
        if (message) {
            failed = sender.send(*message);
            if (!failed) break;
            ++sent;
        }
        done.rows.push_back({&delete_message, {one.id}});
    }
    done.rows.push_back({&delete_old, {milliseconds(now)}});
    TRY(identity.committer().commit(std::move(done)));
    if (!failed) return std::unexpected(failed.error());
    return sent;
}

}  // namespace motcua::identity
