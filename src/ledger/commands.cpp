// What is built on the committer alone: commands that are decided again, and forgetting old answers.
#include <utility>

#include "ledger/committer.hpp"
#include "ledger/ledger_rows.hpp"

namespace motcua::ledger {

namespace {

constexpr int answers_deleted_at_once = 500;

}  // namespace

Result<std::int64_t> forget_old_answers(Committer& committer, Instant now) {
    std::int64_t forgotten = 0;
    for (std::int64_t deleted = answers_deleted_at_once; deleted == answers_deleted_at_once; forgotten += deleted) {
        TRY(committer.write("ledger.forget_old_answers", [&](AdminTransaction& transaction) -> Result<void> {
            deleted = delete_answers(transaction, now - answers_kept, answers_deleted_at_once);
            return {};
        }));
    }
    return forgotten;
}

Result<Committed> run_command(db::Database& database, Committer& committer,
                              const std::function<Result<WriteSet>(db::Session&)>& prepare) {
    for (int attempt = 1;; ++attempt) {
        Result<WriteSet> write_set = [&] {
            const db::Lease session = database.reader();
            return prepare(*session);
        }();
        auto committed = committer.commit(TRY(std::move(write_set)));
        if (committed || attempt == decide_attempts_max) return committed;
        const std::string& reason = committed.error().reason;
        if (reason != "ledger.version_conflict" && reason != "ledger.constraint") return committed;
    }
}

}  // namespace motcua::ledger
