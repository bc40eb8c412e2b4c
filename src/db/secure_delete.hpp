// While it lives, what a transaction of SQLite deletes or replaces is overwritten everywhere in the file; otherwise
// only where that costs nothing. PostgreSQL keeps old rows until its vacuum: nothing is done there.
#pragma once

#include "db/db.hpp"

namespace motcua::db {

class SecureDelete {
  public:
    SecureDelete(WriteSession& session, std::string_view dialect) : session_(session), sqlite_(dialect == "sqlite") {
        if (sqlite_) session_.script("PRAGMA secure_delete = ON");
    }
    SecureDelete(const SecureDelete&) = delete;
    SecureDelete& operator=(const SecureDelete&) = delete;
    ~SecureDelete() {
        if (sqlite_) session_.script("PRAGMA secure_delete = FAST");
    }

  private:
    WriteSession& session_;
    const bool sqlite_;
};

/// What the write-ahead log of SQLite still has of replaced rows goes, too. Outside of transactions, while nobody
/// reads.
inline void clear_log(Database& database) {
    if (database.dialect() == "sqlite") database.writer().script("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace motcua::db
