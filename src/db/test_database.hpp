// The database that a test runs on, chosen by the environment so that one suite serves all: MOTCUA_TEST_DATABASE is
// memory (the default), file or postgres. For the last, MOTCUA_TEST_POSTGRES is the URL of a cluster made for tests
// (tests/postgres.sh; ./dev test does it); without it the program ends with test_skipped, which ctest reports as
// skipped.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/field_keys.hpp"
#include "base/random.hpp"
#include "db/postgres/postgres.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_directory.hpp"

namespace motcua::db {

inline constexpr int test_skipped = 77;

/// "memory", "file" or "postgres".
inline std::string test_database_kind() {
    const char* kind = std::getenv("MOTCUA_TEST_DATABASE");
    return kind && *kind ? kind : "memory";
}

/// The cluster's URL; ends the program when there is none.
inline std::string test_cluster_url() {
    const char* url = std::getenv("MOTCUA_TEST_POSTGRES");
    if (url && *url) return url;
    std::puts("[  SKIPPED ] MOTCUA_TEST_POSTGRES names no cluster: run ./dev test, or tests/postgres.sh");
    std::fflush(stdout);
    std::_Exit(test_skipped);
}

/// A schema of its own in the test cluster, dropped at the end of the program.
class TestSchema {
  public:
    TestSchema() : name_("t" + std::to_string(::getpid()) + "_" + std::to_string(++made())) {
        run("CREATE SCHEMA " + name_);
        drops().names.push_back(name_);
    }
    std::string url() const {
        const std::string cluster = test_cluster_url();
        return cluster + (cluster.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name_;
    }
    const std::string& name() const { return name_; }

  private:
    struct Drops {
        std::vector<std::string> names;
        Drops() = default;
        Drops(const Drops&) = delete;
        Drops& operator=(const Drops&) = delete;
        ~Drops() {
            for (const std::string& name : names) run("DROP SCHEMA IF EXISTS " + name + " CASCADE");
        }
    };
    static int& made() {
        static int count = 0;
        return count;
    }
    static Drops& drops() {
        static Drops all;
        return all;
    }
    static void run(const std::string& sql) {
        const auto database = open_postgres(test_cluster_url());
        database->begin();
        database->writer().script(sql);
        database->commit();
    }

    std::string name_;
};

/// Keys for personal values: the same ones, and the same randomness after them, for every database.
inline void give_test_keys(Database& database) {
    struct Keys {
        SeededRandom random{1};
        FieldKeys keys{random};
    };
    const auto owned = std::make_shared<Keys>();
    database.use_field_keys(std::shared_ptr<FieldKeys>(owned, &owned->keys));
}

/// A new, empty database of the kind that is wanted.
inline std::unique_ptr<Database> open_test_database() {
    const auto open = []() -> std::unique_ptr<Database> {
        const std::string kind = test_database_kind();
        if (kind == "postgres") return open_postgres(TestSchema().url());
        if (kind == "memory") return open_sqlite(":memory:");
        static const TestDirectory directory;
        static int made = 0;
        return open_sqlite(directory.path() / ("test" + std::to_string(++made) + ".db"));
    };
    auto database = open();
    give_test_keys(*database);
    return database;
}

}  // namespace motcua::db
