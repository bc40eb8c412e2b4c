// Codes of six digits that a person gets on the phone or by mail and gives back: good once, for a few minutes and
// tries. And the queue of messages on their way out. Owns the tables one_time_code and outgoing_message; sending is
// src/sending.
#pragma once

#include <string>
#include <string_view>

#include "identity/identity.hpp"
#include "sending/sender.hpp"

namespace motcua::identity {

inline constexpr std::chrono::minutes one_time_code_age{10};
inline constexpr int one_time_code_tries = 5;

/// A fresh code for the subject ("track <dossier>"), in the place of a former one, and its message in the queue: one
/// transaction. With an empty `to` nothing is sent and nobody can know the code, but as much is done: who watches the
/// clock learns nothing. `text` has {code} in it.
Result<void> send_one_time_code(Identity& identity, std::string_view subject, sending::Message message, Instant now);

/// Uses it up. Reason unauthorized "code.wrong": another one, used, too old, tried too often, or none was ever made.
Result<void> use_one_time_code(Identity& identity, std::string_view subject, std::string_view code, Instant now);

/// Something that counts once (a challenge): remembered until then …
Result<void> remember_once(Identity& identity, std::string_view subject, Instant until);
/// … and forgotten by its use. False when it was never remembered, is too old or was used.
bool use_once(Identity& identity, std::string_view subject, Instant now);

/// Hands waiting messages to the sender; those that are too old are dropped. Answers how many went. A job.
Result<int> deliver_messages(Identity& identity, sending::Sender& sender, Instant now);

}  // namespace motcua::identity
