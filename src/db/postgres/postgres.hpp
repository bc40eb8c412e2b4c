// PostgreSQL behind the database port: one writing connection that takes turns with other servers, a bounded pool of
// reading ones. A connection that broke (server restarted, network cut) is opened again at its next use; what was read
// is read again, and a commit whose answer was lost is looked up before anybody is told.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "db/db.hpp"

namespace motcua::db {

struct PostgresOptions {
    int readers_max = 8;
    std::chrono::milliseconds read_timeout{60'000};     // one statement of a reader
    std::chrono::milliseconds write_timeout{30'000};    // one statement of the writer
    std::chrono::milliseconds lock_timeout{10'000};     // waiting for the turn to write, or for a row
    std::chrono::milliseconds connect_timeout{5'000};   // opening a connection
    std::chrono::milliseconds resolve_timeout{20'000};  // finding out what became of a commit whose answer was lost
};

/// `url` is "postgresql://…" or "postgres://…" (libpq); its user owns the schema that is first in the search path.
/// Throws Fault "db.unavailable".
std::unique_ptr<Database> open_postgres(const std::string& url, PostgresOptions options = {});

/// Whether the text names a PostgreSQL database rather than a file.
bool is_postgres_url(std::string_view text);

/// The URL with "***" in the place of a password, for logs and people.
std::string without_password(std::string_view url);

}  // namespace motcua::db
