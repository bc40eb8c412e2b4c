// Every way to falsify a history comes to light: changed bytes, missing ends, two histories for two parties, altered
// receipts; and nothing true is called false.
#include "transparency/verify.hpp"

#include <gtest/gtest.h>

#include "db/test_directory.hpp"
#include "transparency/key.hpp"
#include "transparency/log_rows.hpp"
#include "transparency/publish.hpp"
#include "transparency/receipt.hpp"
#include "transparency/test_world.hpp"

namespace motcua::transparency {
namespace {

constexpr db::Statement forge_leaf{"test.forge_leaf", "UPDATE log_leaf SET hash = $2 WHERE position = $1"};
constexpr db::Statement insert_leaf_of_before{"test.leaf_of_before",
                                              "INSERT INTO log_leaf (position, hash, secret) VALUES ($1, $2, $3)"};

class VerifyTest : public World {
  protected:
    std::string note() {
        const auto session = database->reader();
        return log.signed_note(*session, log.checkpoint(*session));
    }
    LedgerVerdict verify(const std::vector<KeptCheckpoint>& kept = {}) {
        return verify_database(*database, key.verifier, kept);
    }
    /// The published log, as HTTP would give it.
    Result<LedgerVerdict> verify_public(const std::vector<KeptCheckpoint>& kept = {}) {
        return verify_published(
            [&](const std::string& path) -> Result<std::string> {
                if (path == "checkpoint") return checkpoint_served.empty() ? note() : checkpoint_served;
                if (path == "key") return to_text(key.verifier) + '\n';
                auto bytes = log.find_tile(*database->reader(), merkle::parse_tile_path(path.substr(5)).value());
                if (!bytes) return fail(Errc::not_found, "transparency.no_tile");
                return std::move(*bytes);
            },
            std::nullopt, kept);
    }
    json::object receipt(std::int64_t position) {
        constexpr std::string_view shown[] = {"code", "clock"};
        return make_receipt(log, *database->reader(), position, shown).value();
    }
    auto check(const json::object& file) { return check_receipt(json::serialize(file), key.verifier, {}); }

    Log log{key};
    std::string checkpoint_served;
};

TEST_F(VerifyTest, ATrueLedgerIsSound) {
    EXPECT_TRUE(verify().sound());
    append(600);
    sequence();
    ASSERT_TRUE(log.record(*database, *committer, at(1000)));
    const KeptCheckpoint kept{"kept", note()};
    append(5);
    sequence();
    append(2);
    const auto verdict = verify({kept});
    EXPECT_EQ(verdict.faults, std::vector<std::string>{});
    EXPECT_EQ(verdict.events, 607u);
    EXPECT_EQ(verdict.unsequenced, 2u);
    EXPECT_EQ(verdict.checkpoints, 2u);
    EXPECT_FALSE(verdict.first_false);
    const auto published = verify_public({kept});
    ASSERT_TRUE(published);
    EXPECT_EQ(published->faults, std::vector<std::string>{});
    EXPECT_EQ(published->events, 605u);
}

TEST_F(VerifyTest, OneChangedByteIsFoundWhereverItIs) {
    const std::string changes[] = {
        "UPDATE event SET data = replace(data, '0900000000', '0900000001') WHERE position = 17",
        "UPDATE event SET actor = 'officer:2' WHERE position = 17",
        "UPDATE event SET on_behalf_of = '' WHERE position = 17",
        "UPDATE event SET request_id = 'x' WHERE position = 17",
        "UPDATE event SET at = at + 1 WHERE position = 17",
        "UPDATE event SET type = 'dossier_refused' WHERE position = 17",
        "UPDATE event SET schema = 2 WHERE position = 17",
        "UPDATE event SET stream = 77 WHERE position = 17",
        "UPDATE event SET kind = 2 WHERE position = 17",
        "UPDATE event SET version = 9 WHERE position = 17",
        "UPDATE event SET prev = 1 WHERE position = 17",
        "UPDATE event SET data = '{}' WHERE position = 17",
        "UPDATE event SET data = 'x' WHERE position = 17",
        "UPDATE log_leaf SET secret = " + zeros() + " WHERE position = 17",
        "UPDATE log_leaf SET secret = NULL WHERE position = 17",
        "UPDATE log_leaf SET salts = 3 - salts WHERE position = 17",
        "DELETE FROM event WHERE position = 17",
    };
    for (const std::string& change : changes) {
        // Each in a ledger of its own.
        open(":memory:");
        appended = 0;
        append(40);
        sequence();
        tamper(change);
        const auto verdict = verify();
        EXPECT_EQ(verdict.first_false, 17) << change;
        EXPECT_FALSE(verdict.sound()) << change;
    }
}

TEST_F(VerifyTest, LeavesOfBeforeGoOnBeingOpened) {
    append(20);
    std::vector<ledger::RowChange> rows;
    for (const auto& event : ledger::read_events(*database->reader(), 0, 20)) {
        const Secret secret{SaltRule::blake2b, std::string(secret_bytes, static_cast<char>(event.position))};
        const merkle::Hash hash = merkle::leaf_hash(to_text(make_entry(event, secret).value()));
        rows.push_back({&insert_leaf_of_before,
                        {event.position, db::Blob{std::string(hash.view())}, db::Blob{secret.bytes}},
                        {},
                        1});
    }
    commit_rows(std::move(rows));
    ASSERT_TRUE(script("INSERT INTO follower (name, position) VALUES ('transparency', 20)"));
    append(10);
    sequence();
    const auto verdict = verify();
    EXPECT_TRUE(verdict.sound());
    EXPECT_EQ(verdict.events, 30u);
    EXPECT_TRUE(verify_public()->sound());
    for (const std::int64_t position : {7, 27}) EXPECT_TRUE(check(receipt(position))) << position;
}

TEST_F(VerifyTest, LeavesThatAnotherServerPutThereAreBuiltOn) {
    if (!database->is_shared()) GTEST_SKIP() << "SQLite has one server";
    const auto first = make_sequencer(*database, random), second = make_sequencer(*database, random);
    const auto handle = [&](ledger::Follower& sequencer, std::int64_t after) {
        std::vector<ledger::RowChange> rows;
        sequencer.handle(ledger::read_events(*database->reader(), after, 300), rows);
        return rows;
    };
    append(300);
    handle(*first, 0);  // too late: the other one's are stored
    commit_rows(handle(*second, 0));
    append(300);
    commit_rows(handle(*first, 300));
    EXPECT_TRUE(verify().sound());
}

TEST_F(VerifyTest, AChangeThatFitsItsLeafIsFoundByTheCheckpoint) {
    append(30);
    sequence();
    ASSERT_TRUE(log.record(*database, *committer, at(0)));
    append(30);
    sequence();
    const KeptCheckpoint kept{"kept", note()};
    // Somebody with the file rewrites event 45 and all of the tree, but cannot rewrite what others have kept.
    tamper("UPDATE event SET actor = 'officer:2' WHERE position = 45");
    const auto session = database->reader();
    const auto logged = get_logged_event(*session, 45).value();
    const merkle::Hash forged = merkle::leaf_hash(to_text(make_entry(logged.event, logged.openings).value()));
    commit_rows({{&forge_leaf, {std::int64_t{45}, db::Blob{std::string(forged.view())}}, {}, 1}});
    EXPECT_TRUE(verify().sound());
    const auto verdict = verify({kept});
    EXPECT_EQ(verdict.first_false, 31);  // the first 30 are still covered
    ASSERT_FALSE(verdict.faults.empty());
    EXPECT_NE(verdict.faults[0].find("an event from 31 to 60"), std::string::npos) << verdict.faults[0];
}

TEST_F(VerifyTest, TheLastTenEventsAreMissed) {
    append(50);
    sequence();
    ASSERT_TRUE(log.record(*database, *committer, at(0)));
    const KeptCheckpoint kept{"kept", note()};
    tamper("DELETE FROM event WHERE position > 40");
    EXPECT_EQ(verify().first_false, 41);
    tamper("DELETE FROM log_leaf WHERE position > 40");
    EXPECT_EQ(verify().first_false, 41);  // the stored checkpoint
    tamper("DELETE FROM log_checkpoint");
    EXPECT_TRUE(verify().sound());
    EXPECT_EQ(verify({kept}).first_false, 41);  // the kept one
    Log fresh(key);
    checkpoint_served = fresh.signed_note(*database->reader(), fresh.checkpoint(*database->reader()));
    EXPECT_EQ(verify_public({kept})->first_false, 41);
}

TEST_F(VerifyTest, TwoPartiesWithDifferentHistoriesFindOut) {
    append(20);
    sequence();
    const KeptCheckpoint before{"A of yesterday", note()};
    append(10);
    sequence();
    const KeptCheckpoint shown_to_a{"A", note()};
    // To B the same log shows another past.
    open(":memory:");
    appended = 0;
    append(30);
    sequence();
    Log other(key);
    checkpoint_served = other.signed_note(*database->reader(), other.checkpoint(*database->reader()));
    const auto verdict = verify_public({before, shown_to_a});
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->first_false, 1);
    EXPECT_EQ(verdict->faults.size(), 2u);
    EXPECT_TRUE(verify_public({{"B", checkpoint_served}})->sound());
}

TEST_F(VerifyTest, AForeignOrForgedCheckpointIsNamed) {
    append(3);
    sequence();
    const auto stranger = merkle::make_signing_key("tinh.example/log", merkle::KeyType::ed25519, random);
    Log forger(stranger);
    const auto session = database->reader();
    const std::string forged = forger.signed_note(*session, forger.checkpoint(*session));
    EXPECT_EQ(verify({{"kept", forged}}).faults.size(), 1u);
    EXPECT_EQ(verify({{"kept", "nonsense"}}).faults.size(), 1u);
    checkpoint_served = forged;
    EXPECT_EQ(verify_public().error().reason, "merkle.signature_missing");
}

TEST_F(VerifyTest, ATileThatDoesNotFitItsEntriesNamesTheEvent) {
    append(300);
    sequence();
    tamper("UPDATE event SET data = replace(data, 'H-299', 'H-298') WHERE position = 299");
    const auto verdict = verify_public();
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->first_false, 299);
    tamper("UPDATE log_node SET hash = " + zeros());
    EXPECT_NE(verify().faults.front().find("node 0 of level 1"), std::string::npos);
}

TEST_F(VerifyTest, AReceiptHoldsAndShowsNoMoreThanItShould) {
    append(300);
    sequence();
    for (const std::int64_t position : {1, 17, 256, 257, 300}) {
        const json::object file = receipt(position);
        const auto checked = check(file);
        ASSERT_TRUE(checked) << checked.error().reason;
        EXPECT_EQ(checked->entry.position, position);
        EXPECT_EQ(checked->shown.at("code"), json::value("H-" + std::to_string(position)));
        EXPECT_EQ(checked->shown.size(), 2u);
        EXPECT_EQ(json::serialize(file).find("0900000000"), std::string::npos);
        EXPECT_EQ(json::serialize(file).find("officer"), std::string::npos);
    }
    EXPECT_EQ(make_receipt(log, *database->reader(), 301, {}).error().reason, "transparency.not_logged");
}

TEST_F(VerifyTest, NoByteOfAReceiptCanBeChanged) {
    append(20);
    sequence();
    const std::string file = json::serialize(receipt(7));
    ASSERT_TRUE(check_receipt(file, key.verifier, {}));
    for (std::size_t i = 0; i < file.size(); ++i) {
        std::string changed = file;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(check_receipt(changed, key.verifier, {})) << changed.substr(i, 30);
    }
    json::object more = receipt(7);
    more["name"] = "x";
    EXPECT_EQ(check(more).error().reason, "transparency.receipt_malformed");
    // A key of the forger's own making is seen when the right one is known.
    const auto forger = merkle::make_signing_key("tinh.example/log", merkle::KeyType::ed25519, random);
    Log forged(forger);
    const auto own = make_receipt(forged, *database->reader(), 7, {}).value();
    EXPECT_TRUE(check_receipt(json::serialize(own), std::nullopt, {}));
    EXPECT_EQ(check(own).error().reason, "transparency.key_differs");
}

TEST_F(VerifyTest, AReceiptStaysGoodWhileTheLogGrows) {
    append(10);
    sequence();
    const json::object early = receipt(3);
    append(500);
    sequence();
    EXPECT_TRUE(check(early));
    EXPECT_TRUE(check(receipt(3)));
}

TEST_F(VerifyTest, AReceiptNamesItsWitnesses) {
    append(10);
    sequence();
    const auto witness = merkle::make_signing_key("witness.example", merkle::KeyType::cosignature, random);
    merkle::Note cosigned = merkle::parse_note(note()).value();
    cosigned.signatures.push_back(merkle::sign(witness, cosigned.text, 1000));
    commit_rows(log.accept_cosignatures(*database->reader(), to_text(cosigned), {witness.verifier}).value());
    const std::string file = json::serialize(receipt(3));
    EXPECT_EQ(check_receipt(file, key.verifier, {witness.verifier})->witnesses,
              std::vector<std::string>{"witness.example"});
}

TEST(LogKey, IsMadeOnceForItsOwnerAlone) {
    const TestDirectory directory;
    const auto path = directory.path() / "log.key";
    SystemRandom random;
    const auto made = load_or_make_key(path, "", origin_of("https://dvc.example:8443"), random).value();
    EXPECT_EQ(made.verifier.name, "dvc.example:8443/log");
    EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(load_or_make_key(path, "", "other/log", random)->verifier, made.verifier);
    EXPECT_EQ(load_or_make_key(path, "other/log", "", random).error().reason, "transparency.key_name_differs");
    std::filesystem::resize_file(path, 20);
    EXPECT_EQ(load_or_make_key(path, "", "other/log", random).error().reason, "transparency.key_unusable");
    EXPECT_EQ(load_or_make_key(directory.path() / "no" / "log.key", "", "x/log", random).error().reason,
              "transparency.key_unwritable");
}

class PublishTest : public VerifyTest {};

TEST_F(PublishTest, EachDayOnceAndTheCommandUntilItWorks) {
    const TestDirectory directory;
    const LocalDay first = parse_day("2026-11-20").value();
    for (int day = 0; day < 3; ++day) {
        append(2);
        sequence();
        ASSERT_TRUE(log.record(*database, *committer, to_instant(LocalMinute{first + std::chrono::days{day}})));
    }
    PublishOptions options{directory.path() / "out", "", std::chrono::seconds{5}};
    const auto publish = [&](int day) {
        return publish_checkpoints(*database->reader(), options, first + std::chrono::days{day});
    };
    EXPECT_EQ(publish(0)->size(), 0u);
    EXPECT_EQ(publish(2)->size(), 2u);
    EXPECT_EQ(publish(2)->size(), 0u);
    EXPECT_TRUE(std::filesystem::exists(options.directory / "checkpoint-2026-11-20.txt"));
    options.command = "/bin/false";
    EXPECT_EQ(publish(3).error().reason, "transparency.command_failed");
    EXPECT_EQ(publish(3).error().reason, "transparency.command_failed");
    options.command = "/no/such/program";
    EXPECT_EQ(publish(3).error().reason, "transparency.command_failed");
    options.command = "/bin/true";
    EXPECT_EQ(publish(3)->size(), 3u);
    EXPECT_EQ(publish(3)->size(), 0u);
    options.directory = "/dev/null/x";
    EXPECT_EQ(publish(3).error().reason, "transparency.publish_failed");
}

}  // namespace
}  // namespace motcua::transparency
