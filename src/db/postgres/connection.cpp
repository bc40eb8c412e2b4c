#include "db/postgres/connection.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "db/postgres/postgres.hpp"
#include "db/postgres/set_statement.hpp"

namespace motcua::db::postgres {

namespace {

// A server that has just come back, or taken over, may close a connection that it has just accepted.
constexpr int read_attempts_max = 3;
constexpr std::size_t statements_max = 1000;
/// Fewer rows are sent as statements of their own in the same round trip: the form over arrays costs a plan more.
constexpr std::size_t set_rows_min = 3;

/// A number in network order, as binary results and arrays have it.
template <class Number>
Number read_number(const char* bytes) {
    Number number{};
    std::memcpy(&number, bytes, sizeof number);
    if constexpr (sizeof number == 8)
        return std::bit_cast<Number>(__builtin_bswap64(std::bit_cast<std::uint64_t>(number)));
    if constexpr (sizeof number == 4)
        return std::bit_cast<Number>(__builtin_bswap32(std::bit_cast<std::uint32_t>(number)));
    if constexpr (sizeof number == 2)
        return std::bit_cast<Number>(__builtin_bswap16(std::bit_cast<std::uint16_t>(number)));
}

class ResultRow final : public Row {
  public:
    explicit ResultRow(const PGresult* result) : result_(result), columns_(PQnfields(result)) {}
    void move_to(int row) { row_ = row; }

    bool is_null(int column) const override { return PQgetisnull(result_, row_, at(column)) != 0; }
    std::int64_t int64(int column) const override {
        if (is_null(column)) return 0;
        const char* bytes = PQgetvalue(result_, row_, column);
        switch (PQftype(result_, column)) {
            case type_int8:
                return read_number<std::int64_t>(bytes);
            case type_int4:
                return read_number<std::int32_t>(bytes);
            case type_int2:
                return read_number<std::int16_t>(bytes);
            case type_bool:
                return *bytes;
            default:
                check_failed(__FILE__, __LINE__, "a whole number", fmt::format("column {}", column));
        }
    }
    double real(int column) const override {
        if (is_null(column)) return 0;
        const char* bytes = PQgetvalue(result_, row_, column);
        switch (PQftype(result_, column)) {
            case type_float8:
                return read_number<double>(bytes);
            case type_float4:
                return static_cast<double>(read_number<float>(bytes));
            default:
                return static_cast<double>(int64(column));
        }
    }
    std::string_view text(int column) const override {
        if (is_null(column)) return {};
        return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
    }

  private:
    int at(int column) const {
        CHECK(column >= 0 && column < columns_, "column {} of {}", column, columns_);
        return column;
    }

    const PGresult* result_;
    int row_ = 0;
    int columns_;
};

template <class Sink>
void visit(const PGresult* result, const Sink& sink) {
    ResultRow row(result);
    for (int i = 0; i < PQntuples(result); ++i) {
        row.move_to(i);
        sink(row);
    }
}

Oid type_of(const Value& value) {
    struct Visitor {
        Oid operator()(std::monostate) const { return 0; }
        Oid operator()(std::int64_t) const { return type_int8; }
        Oid operator()(double) const { return type_float8; }
        Oid operator()(const std::string&) const { return type_text; }
        Oid operator()(const Blob&) const { return type_bytea; }
    };
    return std::visit(Visitor{}, value);
}

std::int64_t touched_rows(PGresult* result) {
    const std::string_view count = PQcmdTuples(result);
    std::int64_t rows = 0;
    std::from_chars(count.data(), count.data() + count.size(), rows);
    return rows;
}

std::string trimmed(const char* message) {
    std::string text = message ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

}  // namespace

void raise_postgres(std::string_view sqlstate, const std::string& text) {
    const std::string_view kind = sqlstate.substr(0, 2);
    // 21000: two rows of one statement meet the same row; 22021: bytes that are no text; 42501: a right that the user
    // has not, as on the ledger.
    if (kind == "23" || sqlstate == "21000" || sqlstate == "22021" || sqlstate == "42501")
        throw ConstraintViolation(text);
    if (sqlstate == "40001" || sqlstate == "40P01") throw Fault("db.serialization", text);
    if (sqlstate == "55P03") throw Fault("db.lock_timeout", text);
    if (sqlstate == guard_failed) throw Fault("db.guard", text);
    if (sqlstate == "57014") throw Fault("db.read_timeout", text);
    if (sqlstate == "53100") throw Fault("db.disk_full", text);
    if (sqlstate == "XX001" || sqlstate == "XX002") throw Fault("db.corrupt", text);
    // No SQLSTATE: libpq itself, the connection is gone. 25006, 25P03: a standby, a transaction left idle. 28: who we
    // are. 3D: no such database.
    if (sqlstate.empty() || kind == "08" || kind == "53" || kind == "57" || kind == "58" || kind == "28" ||
        kind == "3D" || sqlstate == "25006" || sqlstate == "25P03")
        throw Fault("db.unavailable", text);
    check_failed("postgres", 0, "statement is right", fmt::format("{} [{}]", text, sqlstate));
}

Parameters::Parameters(std::span<const Value> values) {
    texts_.reserve(values.size());
    pointers_.reserve(values.size());
    lengths_.reserve(values.size());
    formats_.reserve(values.size());
    for (const Value& value : values) {
        const char* bytes = nullptr;
        std::size_t size = 0;
        int format = 1;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            // As text, so that it fits whatever whole type the server has chosen.
            texts_.push_back(std::to_string(*number));
            bytes = texts_.back().c_str();
            format = 0;
        } else if (const auto* real = std::get_if<double>(&value)) {
            texts_.push_back(fmt::format("{}", *real));
            bytes = texts_.back().c_str();
            format = 0;
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            bytes = text->data();
            size = text->size();
            if (text->find('\0') != std::string::npos) {
                texts_.push_back(without_nul(*text));
                bytes = texts_.back().data();
                size = texts_.back().size();
            }
        } else if (const auto* blob = std::get_if<Blob>(&value)) {
            bytes = blob->bytes.data();
            size = blob->bytes.size();
        }
        pointers_.push_back(bytes);
        lengths_.push_back(static_cast<int>(size));
        formats_.push_back(format);
    }
}

Connection::Connection(ConnectionSettings settings, Access access) : settings_(std::move(settings)), access_(access) {
    open();
}

Connection::~Connection() { close(); }

void Connection::close() {
    if (handle_) PQfinish(handle_);
    handle_ = nullptr;
    prepared_.clear();
}

void Connection::reopen() {
    close();
    open();
}

void Connection::open() {
    const std::string connect_seconds =
        std::to_string(std::max<std::int64_t>(2, settings_.connect_timeout.count() / 1000));
    // A dead network is noticed in seconds, not in the kernel's two hours.
    const char* const keywords[] = {"dbname",
                                    "connect_timeout",
                                    "client_encoding",
                                    "fallback_application_name",
                                    "keepalives_idle",
                                    "keepalives_interval",
                                    "keepalives_count",
                                    "tcp_user_timeout",
                                    nullptr};
    const char* const values[] = {
        settings_.url.c_str(), connect_seconds.c_str(), "UTF8", "motcua", "5", "2", "3", "10000", nullptr};
    lost_ = false;
    handle_ = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(handle_) != CONNECTION_OK) {
        const std::string text = trimmed(PQerrorMessage(handle_));
        close();
        throw Fault("db.unavailable", fmt::format("{}: {}", without_password(settings_.url), text));
    }
    backend_ = PQbackendPID(handle_);
    PQsetNoticeProcessor(
        handle_, [](void*, const char*) {}, nullptr);
    try {
        script(
            fmt::format("SET statement_timeout = {}; SET lock_timeout = {};"
                        "SET idle_in_transaction_session_timeout = {}",
                        settings_.statement_timeout.count(), settings_.lock_timeout.count(),
                        std::max(settings_.statement_timeout, std::chrono::milliseconds{10'000}).count()));
        if (access_ == Access::read) {
            script("SET default_transaction_read_only = on");
        } else {
            // Statements over arrays look rows up by key, whatever the statistics of a young table say.
            script(
                "SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;"
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = "
                "'off'");
        }
    } catch (...) {
        close();
        throw;
    }
}

bool Connection::in_transaction() const {
    if (is_broken()) return false;
    const PGTransactionStatusType status = PQtransactionStatus(handle_);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

void Connection::check(PGresult* result, std::string_view doing) {
    if (!result) lose(doing);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC) return;
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    CHECK(status != PGRES_EMPTY_QUERY, "{} is empty", doing);
    // Steps behind the one that failed have no SQLSTATE either; their connection is as good as before.
    if (!sqlstate && status != PGRES_PIPELINE_ABORTED) lost_ = true;
    raise_postgres(sqlstate ? sqlstate : "", fmt::format("{}: {}", doing, trimmed(PQresultErrorMessage(result))));
}

/// libpq could not even send or read.
void Connection::lose(std::string_view doing) {
    lost_ = true;
    raise_postgres("", fmt::format("{}: {}", doing, trimmed(PQerrorMessage(handle_))));
}

Connection::Prepared& Connection::cached(const Statement& statement, std::span<const Value> values) {
    const auto fits = [&](const Prepared& prepared) {
        if (prepared.sql != statement.sql) return false;
        for (std::size_t i = 0; i < values.size() && i < prepared.types.size(); ++i) {
            const Oid type = type_of(values[i]);
            if (type != 0 && type != prepared.types[i] &&
                (type == type_bytea || prepared.types[i] == type_bytea || type == type_text ||
                 prepared.types[i] == type_text))
                return false;
        }
        return true;
    };
    const auto found = prepared_.find(statement.sql.data());
    if (found != prepared_.end()) {
        CHECK(found->second.sql != statement.sql || values.size() == found->second.values_needed,
              "{} takes {} values and got {}", statement.name, found->second.values_needed, values.size());
        // Comparing the text guards against a statement built at run time whose memory was used again.
        if (fits(found->second)) return found->second;
        prepared_.erase(found);
    }
    if (prepared_.size() >= statements_max) {
        prepared_.clear();
        script("DEALLOCATE ALL");
    }
    Prepared prepared;
    prepared.sql = statement.sql;
    prepared.values_needed = count_parameters(prepared.sql);
    CHECK(values.size() == prepared.values_needed, "{} takes {} values and got {}", statement.name,
          prepared.values_needed, values.size());
    prepared.name = fmt::format("s{}", ++names_);
    std::vector<Oid> wanted;
    for (const Value& value : values) wanted.push_back(type_of(value));
    check(ResultPtr(PQprepare(handle_, prepared.name.c_str(), prepared.sql.c_str(), static_cast<int>(wanted.size()),
                              wanted.data()))
              .get(),
          statement.name);
    const ResultPtr described(PQdescribePrepared(handle_, prepared.name.c_str()));
    check(described.get(), statement.name);
    for (int i = 0; i < PQnparams(described.get()); ++i) prepared.types.push_back(PQparamtype(described.get(), i));
    return prepared_.emplace(statement.sql.data(), std::move(prepared)).first->second;
}

ResultPtr Connection::run_once(const Statement& statement, std::span<const Value> values) {
    const Prepared& prepared = cached(statement, values);
    const Parameters parameters(values);
    ResultPtr result(PQexecPrepared(handle_, prepared.name.c_str(), parameters.count(), parameters.pointers(),
                                    parameters.lengths(), parameters.formats(), 1));
    check(result.get(), statement.name);
    return result;
}

ResultPtr Connection::run_prepared(const Statement& statement, std::span<const Value> values) {
    // The writer is opened again by Database::begin only: what came before in its transaction would be lost.
    const bool may_retry = access_ == Access::read && !in_snapshot_;
    for (int attempt = 1;; ++attempt) {
        if (may_retry && is_broken()) reopen();
        if (!handle_) throw Fault("db.unavailable", fmt::format("{}: no connection", statement.name));
        try {
            return run_once(statement, values);
        } catch (const Fault&) {
            if (!may_retry || !is_broken() || attempt == read_attempts_max) throw;
        }
    }
}

void Connection::check_snapshot_age(const Statement& statement) const {
    if (in_snapshot_ && std::chrono::steady_clock::now() > snapshot_deadline_)
        throw Fault("db.read_timeout", fmt::format("{}: the snapshot is too old", statement.name));
}

void Connection::each(const Statement& statement, std::span<const Value> values, const RowSink& sink) {
    check_snapshot_age(statement);
    visit(run_prepared(statement, values).get(), sink);
}

void Connection::each_of(const Statement& statement, std::span<const Values> sets, const PlacedRowSink& sink) {
    if (sets.size() < 2) return Session::each_of(statement, sets, sink);
    check_snapshot_age(statement);
    bool delivered = false;
    BatchStep step{.statement = &statement, .may_join = true, .sink = [&](std::size_t place, const Row& row) {
                       delivered = true;
                       sink(place, row);
                   }};
    for (const Values& set : sets) step.rows.emplace_back(set);
    const bool may_retry = access_ == Access::read && !in_snapshot_;
    for (int attempt = 1;; ++attempt) {
        if (may_retry && is_broken()) reopen();
        try {
            return run({&step, 1});
        } catch (const Fault&) {
            if (!may_retry || !is_broken() || delivered || attempt == read_attempts_max) throw;
        }
    }
}

void Connection::begin_snapshot() {
    if (access_ == Access::write) return;
    CHECK(!in_snapshot_, "snapshots are not nested");
    if (is_broken()) reopen();
    // BEGIN alone takes no snapshot yet; the first read does.
    const auto take = [&] { script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"); };
    try {
        take();
    } catch (const Fault&) {
        if (!is_broken()) throw;
        reopen();
        take();
    }
    in_snapshot_ = true;
    snapshot_deadline_ = std::chrono::steady_clock::now() + settings_.statement_timeout;
}

void Connection::end_snapshot() {
    if (access_ == Access::write) return;
    in_snapshot_ = false;
    // Runs in a destructor: what cannot be ended is closed, and opened again at the next use.
    if (!is_broken()) ResultPtr(PQexec(handle_, "ROLLBACK"));
    if (in_transaction()) close();
}

std::int64_t Connection::execute(const Statement& statement, std::span<const Value> values) {
    return touched_rows(run_prepared(statement, values).get());
}

void Connection::script(std::string_view sql) {
    if (!handle_) throw Fault("db.unavailable", "no connection");
    check(ResultPtr(PQexec(handle_, std::string(sql).c_str())).get(), "script");
}

ResultPtr Connection::exec(const char* sql) {
    if (!handle_) throw Fault("db.unavailable", "no connection");
    ResultPtr result(PQexec(handle_, sql));
    check(result.get(), sql);
    return result;
}

void Connection::prepare_set(Prepared& prepared, const Statement& statement) {
    prepared.set_tried = true;
    const SetStatement set = make_set_statement(prepared.sql, prepared.types);
    if (set.sql.empty()) return;
    const std::string name = prepared.name + "s";
    check(ResultPtr(PQprepare(handle_, name.c_str(), set.sql.c_str(), 0, nullptr)).get(), statement.name);
    prepared.set_name = name;
    prepared.returns_place = set.returns_place;
}

void Connection::prepare_step(const BatchStep& step) {
    CHECK(!step.rows.empty(), "{} has no rows", step.statement->name);
    for (const auto row : step.rows) {
        Prepared& prepared = cached(*step.statement, row);
        if (step.may_join && step.rows.size() >= set_rows_min && !prepared.set_tried)
            prepare_set(prepared, *step.statement);
    }
}

void Connection::run(std::span<BatchStep> first, std::span<BatchStep> then) {
    if (!handle_) throw Fault("db.unavailable", "no connection");
    // Preparing needs answers, so all of it comes before the pipeline.
    const auto all = {first, then};
    for (const auto steps : all) {
        for (BatchStep& step : steps) {
            step.touched.clear();
            prepare_step(step);
        }
    }
    CHECK(PQenterPipelineMode(handle_) == 1, "{}", trimmed(PQerrorMessage(handle_)));
    std::exception_ptr failure;
    try {
        for (const auto steps : all)
            for (const BatchStep& step : steps) send_step(step);
        if (PQpipelineSync(handle_) != 1) lose("pipeline");
        for (const auto steps : all)
            for (BatchStep& step : steps) read_step(step);
    } catch (...) {
        failure = std::current_exception();
    }
    leave_pipeline();
    if (failure) std::rethrow_exception(failure);
}

bool Connection::is_joined(const BatchStep& step) const {
    if (!step.may_join || step.rows.size() < set_rows_min) return false;
    const auto found = prepared_.find(step.statement->sql.data());
    return found != prepared_.end() && !found->second.set_name.empty();
}

void Connection::send_step(const BatchStep& step) {
    const Prepared& prepared = prepared_.at(step.statement->sql.data());
    const auto sent = [&](int code) {
        if (code != 1) lose(step.statement->name);
    };
    if (is_joined(step)) {
        std::vector<std::string> arrays;
        std::vector<const char*> pointers;
        std::vector<int> lengths;
        for (std::size_t column = 0; column < prepared.values_needed; ++column)
            arrays.push_back(make_array(step.rows, column, prepared.types[column]));
        for (const std::string& array : arrays) {
            pointers.push_back(array.data());
            lengths.push_back(static_cast<int>(array.size()));
        }
        const std::vector<int> formats(arrays.size(), 1);
        sent(PQsendQueryPrepared(handle_, prepared.set_name.c_str(), static_cast<int>(arrays.size()), pointers.data(),
                                 lengths.data(), formats.data(), 1));
        return;
    }
    for (const auto row : step.rows) {
        const Parameters parameters(row);
        sent(PQsendQueryPrepared(handle_, prepared.name.c_str(), parameters.count(), parameters.pointers(),
                                 parameters.lengths(), parameters.formats(), 1));
    }
}

ResultPtr Connection::next_result(std::string_view doing) {
    ResultPtr result(PQgetResult(handle_));
    check(result.get(), doing);
    ResultPtr end(PQgetResult(handle_));
    CHECK(!end, "{}: one result is expected", doing);
    return result;
}

void Connection::read_step(BatchStep& step) {
    if (!is_joined(step)) {
        for (std::size_t place = 0; place < step.rows.size(); ++place) {
            const ResultPtr result = next_result(step.statement->name);
            step.touched.push_back(touched_rows(result.get()));
            if (step.sink) visit(result.get(), [&](const Row& row) { step.sink(place, row); });
        }
        return;
    }
    const ResultPtr result = next_result(step.statement->name);
    if (!prepared_.at(step.statement->sql.data()).returns_place) {
        step.touched.assign(step.rows.size(), 1);  // an INSERT puts in all of its rows or fails
        return;
    }
    step.touched.assign(step.rows.size(), 0);
    const int place_column = PQnfields(result.get()) - 1;
    visit(result.get(), [&](const Row& row) {
        const auto place = static_cast<std::size_t>(row.int64(place_column) - 1);
        ++step.touched.at(place);
        if (step.sink) step.sink(place, row);
    });
}

void Connection::leave_pipeline() {
    // What is left unread after an error: results up to the end mark of the pipeline, an empty one after each.
    bool empty = false;
    while (!is_broken() && PQpipelineStatus(handle_) != PQ_PIPELINE_OFF) {
        if (PQexitPipelineMode(handle_) == 1) return;
        const ResultPtr result(PQgetResult(handle_));
        // Two in a row: the mark was never sent, so nothing will come any more.
        if (!result && std::exchange(empty, true)) return close();
        if (result) empty = false;
    }
}

}  // namespace motcua::db::postgres
