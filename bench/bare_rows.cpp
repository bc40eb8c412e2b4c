// A bare loop that writes again the rows that commands have written: same tables, columns and sizes, same group of
// commands in a transaction, same file, nothing around it. The upper bound for the server that wrote them. Owns reading
// the commands back from a stopped data directory and the loop; the caller (filing.mjs) measures the server and sets
// the group. usage: bare_rows --database FILE --since POSITION --until POSITION --group N [--seconds 2]
#include <cstdio>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "base/check.hpp"
#include "db/sqlite/sqlite.hpp"
#include "measure.hpp"

namespace motcua::bench {
namespace {

using db::Row;
using db::Statement;
using db::Values;

constexpr Statement select_events{"bare.events", R"(
    SELECT position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data
    FROM event WHERE position > $1 AND position <= $2 ORDER BY position)"};
constexpr Statement insert_event{"bare.insert_event", R"(
    INSERT INTO event (position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))"};
constexpr Statement select_dossier{"bare.dossier", R"(
    SELECT id, version, last_event, status, code, procedure, channel, receiving_unit, competent_unit, owner, submitted_at,
           received_at, due_at, finished_at, returned_at, next_at, state
    FROM dossier WHERE id = $1)"};
constexpr Statement insert_dossier{"bare.insert_dossier", R"(
    INSERT INTO dossier (id, version, last_event, status, code, procedure, channel, receiving_unit, competent_unit, owner,
                         submitted_at, received_at, due_at, finished_at, returned_at, next_at, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17))"};
constexpr Statement update_dossier{"bare.update_dossier", R"(
    UPDATE dossier SET version = $2, last_event = $3, status = $4, due_at = $5, next_at = $6, state = $7 WHERE id = $1)"};
constexpr Statement select_task{"bare.task", R"(
    SELECT id, dossier_id, kind, name, role, unit_id, officer_id, opened_at, due_at FROM task ORDER BY id DESC LIMIT $1)"};
constexpr Statement insert_task{"bare.insert_task", R"(
    INSERT INTO task (id, dossier_id, kind, name, role, unit_id, officer_id, opened_at, due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};
constexpr Statement delete_task{"bare.delete_task", "DELETE FROM task WHERE id = $1"};
constexpr Statement select_answers{"bare.answers", R"(
    SELECT hash, at, key, fingerprint, status, body FROM idempotency_answer ORDER BY id DESC LIMIT $1)"};
constexpr Statement insert_answer{"bare.insert_answer", R"(
    INSERT INTO idempotency_answer (id, hash, at, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Statement insert_key{"bare.insert_key", "INSERT INTO idempotency (hash, answer) VALUES ($1, $2)"};
constexpr Statement last_event{"bare.last_event", "SELECT coalesce(max(position), 0) FROM event"};
constexpr Statement last_answer{"bare.last_answer", "SELECT coalesce(max(id), 0) FROM idempotency_answer"};
constexpr Statement last_dossier{"bare.last_dossier", "SELECT coalesce(max(id), 0) FROM dossier"};
constexpr Statement last_task{"bare.last_task", "SELECT coalesce(max(id), 0) FROM task"};

constexpr std::size_t commands_max = 20'000;
constexpr std::size_t code_slot = 4;

/// One command: its events, and whether it made the dossier or changed it.
struct Written {
    std::vector<Values> events;
    std::int64_t dossier = 0;
    bool made = false;
};

Values values_of(const Row& row, std::string_view kinds) {
    Values values;
    for (int i = 0; i < static_cast<int>(kinds.size()); ++i) {
        if (row.is_null(i))
            values.emplace_back();
        else if (kinds[static_cast<std::size_t>(i)] == 't')
            values.emplace_back(std::string(row.text(i)));
        else
            values.emplace_back(row.int64(i));
    }
    return values;
}

class Loop {
  public:
    Loop(db::Database& database, std::int64_t since, std::int64_t until) : database_(database) {
        const db::Lease session = database.reader();
        std::map<std::string, std::size_t> by_request;
        session->each(select_events, Values{since, until}, [&](const Row& row) {
            const std::string request(row.text(10));
            auto [found, fresh] = by_request.try_emplace(request, commands_.size());
            if (fresh) {
                if (commands_.size() == commands_max) {
                    by_request.erase(found);
                    return;
                }
                commands_.push_back({{}, row.int64(2), row.int64(3) == 1});
            }
            commands_[found->second].events.push_back(values_of(row, "iiiiitiitttt"));
        });
        if (commands_.empty()) throw std::runtime_error("no events in that range");
        for (const Written& command : commands_)
            session->each(select_dossier, Values{command.dossier},
                          [&](const Row& row) { dossiers_[command.dossier] = values_of(row, "iiiititiiiiiiiiit"); });
        const auto limit = static_cast<std::int64_t>(commands_.size());
        tasks_ = session->list(select_task, Values{limit}, [](const Row& row) { return values_of(row, "iiittiiii"); });
        answers_ =
            session->list(select_answers, Values{limit}, [](const Row& row) { return values_of(row, "iittit"); });
        if (tasks_.empty() || answers_.empty()) throw std::runtime_error("no tasks or answers to write again");
        auto number = [&](const Statement& statement) {
            return session->find_one(statement, {}, [](const Row& row) { return row.int64(0); }).value_or(0);
        };
        position_ = number(last_event);
        answer_ = number(last_answer);
        dossier_ = number(last_dossier);
        task_ = number(last_task);
    }

    Sample run(std::int64_t group, std::chrono::milliseconds length) {
        Sample sample;
        const Stopwatch watch;
        const auto end = Clock::now() + length;
        while (Clock::now() < end) {
            database_.begin();
            for (std::int64_t i = 0; i < group; ++i) write(static_cast<std::size_t>(sample.operations++));
            database_.commit();
        }
        watch.finish(sample);
        return sample;
    }

  private:
    void write(std::size_t n) {
        db::WriteSession& session = database_.writer();
        const Written& command = commands_[n % commands_.size()];
        Values dossier = dossiers_.at(command.dossier);
        if (command.made) {
            dossier[0] = ++dossier_;
            dossier[code_slot] = fmt::format("Z{}", dossier_);
        }
        for (Values event : command.events) {
            event[0] = ++position_;
            event[2] = dossier[0];
            session.execute(insert_event, event);
        }
        if (command.made) {
            session.execute(insert_dossier, dossier);
        } else {
            Values changed{dossier[0], dossier[1], position_, dossier[3], dossier[12], dossier[15], dossier[16]};
            CHECK(session.execute(update_dossier, changed) == 1, "dossier {}", command.dossier);
            session.execute(delete_task, Values{tasks_[n % tasks_.size()][0]});
        }
        Values& task = tasks_[n % tasks_.size()];
        task[0] = ++task_;
        session.execute(insert_task, task);
        Values answer = answers_[n % answers_.size()];
        // Spread over the key space, as the hashes of real keys are.
        const auto hash = static_cast<std::int64_t>(static_cast<std::uint64_t>(++answer_) * 0x9e3779b97f4a7c15u);
        answer[0] = hash;
        answer.insert(answer.begin(), db::Value(answer_));
        session.execute(insert_answer, answer);
        session.execute(insert_key, Values{hash, answer_});
    }

    db::Database& database_;
    std::vector<Written> commands_;
    std::map<std::int64_t, Values> dossiers_;
    std::vector<Values> tasks_, answers_;
    std::int64_t position_ = 0, answer_ = 0, dossier_ = 0, task_ = 0;
};

}  // namespace
}  // namespace motcua::bench

int main(int argc, char** argv) try {
    using namespace motcua::bench;
    const std::string file = text_option(argc, argv, "--database", "");
    if (file.empty())
        throw std::invalid_argument("--database FILE --since POSITION --until POSITION --group N [--seconds 2]");
    motcua::db::SqliteOptions options;
    options.log_bytes_ahead = 64 * 1024 * 1024;
    const auto database = motcua::db::open_sqlite(file, options);
    Loop loop(*database, number_option(argc, argv, "--since", 0), number_option(argc, argv, "--until", 0));
    const std::int64_t group = number_option(argc, argv, "--group", 1);
    const Sample sample = loop.run(group, std::chrono::seconds(number_option(argc, argv, "--seconds", 2)));
    fmt::print("{{\"group\":{},\"per_second\":{:.0f},\"cpu_us\":{:.1f},\"written_bytes\":{:.0f}}}\n", group,
               sample.rate(), sample.cpu_us_each(), sample.written_each());
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bare_rows: %s\n", failure.what());
    return 1;
}
