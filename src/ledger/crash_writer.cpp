// The victim of crash_test: commits from several threads and prints each acknowledged number, until it is killed.
// Usage: ledger_crash_writer DIRECTORY FIRST_NUMBER
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "db/data_directory.hpp"
#include "db/sqlite/sqlite.hpp"
#include "ledger/committer.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

/// Labels every new item once; twice would violate the label's constraint and stop it.
class Labeller final : public Follower {
  public:
    std::string_view name() const override { return "labeller"; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) override {
        for (const auto& event : events) {
            if (event.version == 1) rows.push_back(label(std::to_string(event.stream)));
        }
    }
};

int run(const char* path, std::int64_t first) {
    auto directory = db::DataDirectory::open(path);
    if (!directory) return 2;
    db::SqliteOptions options;
    options.checkpoint_pages = 100;
    options.checkpoint_finish_pages = 20;
    options.pace_bytes = 16 * 1024;
    options.log_bytes_ahead = 256 * 1024;
    const auto database = db::open_sqlite(directory->database_file(), options);
    make_tables(*database);
    const auto committer = make_committer(*database);
    const auto runner = make_follower_runner(*database, *committer);
    runner->add(std::make_unique<Labeller>());
    runner->start();
    std::atomic<std::int64_t> next{first};
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t) {
        callers.emplace_back([&] {
            for (;;) {
                const std::int64_t id = next++;
                WriteSet set = add(id, {}, 1);
                set.answer = IdempotentAnswer{"key-" + std::to_string(id), "f", 201, "{}"};
                if (!committer->commit(std::move(set))) continue;
                const std::string line = std::to_string(id) + "\n";
                if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(0);
            }
        });
    }
    for (auto& caller : callers) caller.join();
    return 0;
}

}  // namespace
}  // namespace motcua::ledger

int main(int argc, char** argv) { return argc == 3 ? motcua::ledger::run(argv[1], std::atoll(argv[2])) : 1; }
