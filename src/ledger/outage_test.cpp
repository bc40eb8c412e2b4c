// PostgreSQL that goes away: connections cut and delayed on their way, the server crashed and started again, a failover
// to a synchronous standby. What was acknowledged is there exactly once, a refusal is true, and the committer goes on
// by itself. The test starts a cluster of its own (tests/postgres.sh).
#include <array>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/random.hpp"
#include "base/testing.hpp"
#include "db/postgres/postgres.hpp"
#include "db/test_database.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

using std::chrono::milliseconds;

class Cluster {
  public:
    Cluster() {
        const std::string said = run("start");
        directory_ = said.substr(0, said.find(' '));
        url_ = said.substr(said.find(' ') + 1);
    }
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster() { run("stop " + directory_); }

    const std::string& directory() const { return directory_; }
    const std::string& url() const { return url_; }
    void crash() { run("crash " + directory_); }
    void start_again() { run("again " + directory_); }
    /// URL that names both servers.
    std::string add_replica() { return run("replica " + directory_); }
    void fail_over() { run("failover " + directory_); }
    /// The end of what its servers have logged.
    std::string log() const { return run("log " + directory_); }

  private:
    static std::string run(const std::string& arguments) {
        FILE* pipe = ::popen((std::string(MOTCUA_SOURCE_DIR "/tests/postgres.sh ") + arguments).c_str(), "r");
        CHECK(pipe);
        std::string said;
        std::array<char, 512> line{};
        while (std::fgets(line.data(), line.size(), pipe)) said += line.data();
        CHECK(::pclose(pipe) == 0, "tests/postgres.sh {} fails", arguments);
        while (said.ends_with('\n')) said.pop_back();
        return said;
    }
    std::string directory_, url_;
};

/// A socket of PostgreSQL's name that hands everything to the real one and, while there is trouble, slowly, cutting
/// connections at random.
class Proxy {
  public:
    Proxy(std::string real, std::uint64_t seed) : real_(std::move(real)), random_(seed) {
        listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_un address = named(directory_.path() / ".s.PGSQL.5432");
        // The socket interface of POSIX takes every kind of address by this cast.
        CHECK(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        CHECK(::listen(listening_, 64) == 0);
        thread_ = std::thread([this] { accept_all(); });
    }
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;
    ~Proxy() {
        stopping_ = true;
        thread_.join();
        for (auto& thread : carriers_) thread.join();
        ::close(listening_);
    }
    std::string url() const { return "postgresql://motcua@/motcua?host=" + directory_.path().string(); }
    int cuts() const { return cuts_; }
    void make_trouble(bool trouble) { trouble_ = trouble; }

  private:
    static sockaddr_un named(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        CHECK(path.size() < sizeof address.sun_path);
        std::ranges::copy(path, address.sun_path);
        return address;
    }
    std::uint64_t draw(std::uint64_t below) {
        const std::lock_guard lock(mutex_);
        return random_.u64() % below;
    }
    void accept_all() {
        while (!stopping_) {
            pollfd waiting{.fd = listening_, .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client >= 0) carriers_.emplace_back([this, client] { carry(client); });
        }
    }
    void carry(int client) {
        const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_un address = named(real_ + "/.s.PGSQL.5432");
        bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        std::array<char, 65536> buffer{};
        while (open && !stopping_) {
            if (::poll(ends.data(), ends.size(), 20) < 0) break;
            for (std::size_t i = 0; i < 2 && open; ++i) {
                if (!(ends[i].revents & (POLLIN | POLLHUP))) continue;
                const ssize_t size = ::recv(ends[i].fd, buffer.data(), buffer.size(), 0);
                // From the server's side, the answer to a COMMIT is as likely to be lost as any.
                if (trouble_ && draw(60) == 0) {
                    ++cuts_;
                    open = false;
                    break;
                }
                if (trouble_ && draw(10) == 0) std::this_thread::sleep_for(milliseconds{draw(15)});
                open = size > 0 &&
                       ::send(ends[1 - i].fd, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
            }
        }
        ::close(client);
        ::close(server);
    }

    const TestDirectory directory_;
    const std::string real_;
    std::mutex mutex_;
    SeededRandom random_;
    int listening_ = -1;
    std::atomic<bool> stopping_{false}, trouble_{false};
    std::atomic<int> cuts_{0};
    std::vector<std::thread> carriers_;
    std::thread thread_;
};

/// Counts the events it is given, each once.
class Counter final : public Follower {
  public:
    explicit Counter(std::atomic<std::int64_t>& last) : last_(last) {}
    std::string_view name() const override { return "counter"; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>&) override {
        EXPECT_EQ(events.front().position, last_ + 1);
        last_ = events.back().position;
    }

  private:
    std::atomic<std::int64_t>& last_;
};

class Outage : public testing::Test {
  protected:
    void SetUp() override {
        if (db::test_database_kind() != "postgres") GTEST_SKIP() << "of PostgreSQL";
        static_cast<void>(db::test_cluster_url());
        cluster.emplace();
    }
    void TearDown() override {
        // Why a connection was closed, only the servers know.
        if (HasFailure() && cluster) std::cerr << cluster->log() << '\n';
    }

    /// Callers that each make item after item, sending a refused one again under its key, while `trouble` happens.
    void write_through(const std::string& url, const std::function<void()>& trouble,
                       const std::function<void()>& settle = {}) {
        {
            const auto direct = db::open_postgres(cluster->url());
            make_tables(*direct);
        }
        const auto database = db::open_postgres(url, {.connect_timeout = milliseconds{2000}});
        const auto committer = make_committer(*database);
        const auto runner = make_follower_runner(*database, *committer, {.retry_max = milliseconds{200}});
        std::atomic<std::int64_t> followed{0};
        runner->add(std::make_unique<Counter>(followed));
        runner->start();
        std::atomic<bool> stop{false};
        std::atomic<std::int64_t> acknowledged{0}, refused{0}, untrue{0};
        std::vector<std::thread> callers;
        for (std::int64_t caller = 0; caller < 8; ++caller)
            callers.emplace_back([&, caller] {
                for (std::int64_t i = 1; !stop; ++i) {
                    const std::int64_t id = caller * 1'000'000 + i;
                    for (bool done = false, told_unchanged = false; !done;) {
                        WriteSet set = add(id, {}, 1);
                        set.answer = IdempotentAnswer{std::to_string(id), "f", 201, ""};
                        const auto outcome = committer->commit(std::move(set));
                        done = outcome.has_value() || outcome.error().code == Errc::conflict;
                        if (outcome) ++acknowledged;
                        if (!outcome && done) {
                            // Its key is taken: the attempt that was answered "unavailable" took place after all.
                            EXPECT_TRUE(told_unchanged) << outcome.error().reason;
                            ++untrue;
                            ++acknowledged;
                        }
                        if (!done) {
                            told_unchanged = true;
                            ++refused;
                            std::this_thread::sleep_for(milliseconds{20});
                        }
                    }
                }
            });
        trouble();
        stop = true;
        for (auto& caller : callers) caller.join();
        if (settle) settle();
        EXPECT_TRUE(check_ledger(*database).empty());
        std::int64_t items = 0;
        static constexpr Statement count_items{"test.count_items", "SELECT count(*) FROM item WHERE total = 1"};
        database->reader()->each(count_items, {}, [&](const Row& row) { items = row.int64(0); });
        EXPECT_EQ(items, acknowledged) << "each acknowledged change is there, once";
        EXPECT_EQ(committer->last_position(), acknowledged);
        EXPECT_EQ(untrue, 0) << "who was told that nothing happened was told the truth";
        EXPECT_TRUE(test::soon([&] { return followed >= acknowledged; }));
        EXPECT_EQ(followed, acknowledged);
        EXPECT_GT(acknowledged, 100);
        RecordProperty("acknowledged", std::to_string(acknowledged));
        RecordProperty("refused", std::to_string(refused));
        runner->stop();
    }

    std::optional<Cluster> cluster;
};

TEST_F(Outage, ConnectionsAreCutAndSlow) {
    const std::uint64_t seed = SystemRandom{}.u64();
    RecordProperty("seed", std::to_string(seed));
    Proxy proxy(cluster->directory(), seed);
    // A program that starts while its database is away ends and is started again by its supervisor: not tested here.
    write_through(
        proxy.url(),
        [&] {
            proxy.make_trouble(true);
            std::this_thread::sleep_for(milliseconds{4000});
        },
        [&] { proxy.make_trouble(false); });
    EXPECT_GT(proxy.cuts(), 5);
}

TEST_F(Outage, TheServerCrashesAndComesBack) {
    write_through(cluster->url(), [&] {
        for (int round = 0; round < 4; ++round) {
            std::this_thread::sleep_for(milliseconds{300 + 130 * round});
            cluster->crash();
            std::this_thread::sleep_for(milliseconds{200});
            cluster->start_again();
        }
        std::this_thread::sleep_for(milliseconds{500});
    });
}

TEST_F(Outage, AStandbyTakesOver) {
    const std::string both = cluster->add_replica();
    write_through(both, [&] {
        std::this_thread::sleep_for(milliseconds{800});
        cluster->fail_over();
        std::this_thread::sleep_for(milliseconds{800});
    });
}

}  // namespace
}  // namespace motcua::ledger
