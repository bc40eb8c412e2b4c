// A ledger with a table of its own, a sequencer and hands that tamper, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "ledger/committer.hpp"
#include "ledger/follower.hpp"
#include "transparency/log.hpp"

namespace motcua::transparency {

using merkle::TileName;

class World : public testing::Test {
  protected:
    World() { open(":memory:"); }

    void open(const std::string& path) {
        committer.reset();
        database.reset();
        database = path == ":memory:" ? db::open_test_database() : db::open_sqlite(path);
        if (!database->has_field_keys()) db::give_test_keys(*database);
        EXPECT_TRUE(db::migrate(*database, Instant{}));
        committer = ledger::make_committer(*database);
    }

    static Instant at(std::int64_t milliseconds) { return Instant{std::chrono::milliseconds{milliseconds}}; }

    /// Events of a few streams without rows of their own.
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            const std::int64_t stream = ++appended % 5;
            const auto committed =
                ledger::run_command(*database, *committer, [&](db::Session& session) -> Result<ledger::WriteSet> {
                    ledger::WriteSet set;
                    set.kind = ledger::StreamKind::dossier;
                    set.stream = stream;
                    set.head = ledger::find_stream_head(session, set.kind, stream);
                    set.meta = {at(1000 + appended), "officer:1", "person:2", "request"};
                    set.events = {{"dossier_received",
                                   1,
                                   {{"code", "H-" + std::to_string(appended)},
                                    {"applicant", {{"name", "Nguyễn Thị Mẫu"}, {"phone", "0900000000"}}},
                                    {"clock", {{"due", appended}}}}}};
                    set.rows = {ledger::advance_stream_head(set.kind, stream, set.head, set.head.version + 1)};
                    return set;
                });
            ASSERT_TRUE(committed);
        }
    }

    /// What the server's runner does all the time.
    void sequence() {
        const auto runner = ledger::make_follower_runner(*database, *committer);
        runner->add(make_sequencer(*database, random));
        runner->start();
        EXPECT_TRUE(runner->drain());
        runner->stop();
    }

    Result<void> script(std::string_view sql) {
        return committer->write("test.script", [&](ledger::AdminTransaction& transaction) -> Result<void> {
            transaction.script(sql);
            return {};
        });
    }

    /// 32 bytes of zero, as SQL.
    std::string zeros() const {
        return database->dialect() == "sqlite" ? "zeroblob(32)" : "decode(repeat('00', 32), 'hex')";
    }

    /// As somebody would who has the file: nothing holds him back.
    void tamper(const std::string& sql) {
        const bool sqlite = database->dialect() == "sqlite";
        std::string freed = sqlite ? "" : "GRANT ALL ON event, log_leaf, log_node TO CURRENT_USER;";
        for (const std::string table : {"event", "log_leaf", "log_node"})
            for (const std::string change : {"_no_update", "_no_delete"})
                freed += "DROP TRIGGER IF EXISTS " + table + change + (sqlite ? "" : " ON " + table) + ";";
        ASSERT_TRUE(script(freed + sql));
    }

    void commit_rows(std::vector<ledger::RowChange> rows) {
        ledger::WriteSet set;
        set.rows = std::move(rows);
        ASSERT_TRUE(committer->commit(std::move(set)));
    }

    SystemRandom random;
    merkle::SigningKey key = merkle::make_signing_key("tinh.example/log", merkle::KeyType::ed25519, random);
    std::unique_ptr<db::Database> database;
    std::unique_ptr<ledger::Committer> committer;
    std::int64_t appended = 0;
};

}  // namespace motcua::transparency
