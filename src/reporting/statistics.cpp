#include "reporting/statistics.hpp"

#include "base/check.hpp"

namespace motcua::reporting {

using dossier::Channel;

namespace {

template <class Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
bool take(std::string_view& from, Number& number) {
    if (from.size() < sizeof number) return false;
    from.copy(reinterpret_cast<char*>(&number), sizeof number);
    from.remove_prefix(sizeof number);
    return true;
}

template <class Number>
void put_all(std::string& out, const std::vector<Number>& column) {
    out.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(Number));
}

template <class Number>
bool take_all(std::string_view& from, std::vector<Number>& column, std::uint64_t count) {
    if (count > from.size() / sizeof(Number)) return false;
    column.resize(count);
    from.remove_prefix(from.copy(reinterpret_cast<char*>(column.data()), count * sizeof(Number)));
    return true;
}

void put_texts(std::string& out, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        put(out, static_cast<std::uint32_t>(text.size()));
        out += text;
    }
}

bool take_texts(std::string_view& from, std::vector<std::string>& texts, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint32_t size = 0;
        if (!take(from, size) || size > from.size()) return false;
        texts.emplace_back(from.substr(0, size));
        from.remove_prefix(size);
    }
    return true;
}

}  // namespace

Minute to_minute(Instant t) {
    return static_cast<Minute>(std::chrono::floor<std::chrono::minutes>(t.time_since_epoch()).count());
}

std::size_t Statistics::Table::row_of(std::int64_t stream) {
    auto [at, is_new] = rows.try_emplace(stream, static_cast<std::uint32_t>(channel.size()));
    if (is_new) {
        channel.push_back(static_cast<std::int8_t>(Channel::online));
        procedure.push_back(0);
        receiving_unit.push_back(0);
        competent_unit.push_back(0);
        for (auto* column : {&received, &due, &finished, &returned, &closed, &stands}) column->push_back(never);
        code.emplace_back();
    }
    return at->second;
}

std::uint16_t Statistics::Table::procedure_of(const std::string& name) {
    auto [at, is_new] = procedure_index.try_emplace(name, static_cast<std::uint16_t>(procedures.size()));
    if (is_new) {
        CHECK(procedures.size() < UINT16_MAX, "more than 65534 procedures");
        procedures.push_back(name);
    }
    return at->second;
}

void Statistics::apply(const ledger::StoredEvent& event) {
    std::unique_lock lock(mutex_);
    Table& t = table_;
    if (event.position <= t.position) return;  // delivered again
    t.position = event.position;
    if (event.kind != ledger::StreamKind::dossier) return;
    std::size_t row = t.row_of(event.stream);
    Minute at = to_minute(event.meta.at);
    const json::object& data = event.data;
    if (event.type == "dossier_drafted") {
        t.channel[row] =
            static_cast<std::int8_t>(dossier::find_channel(string_or(data, "channel")).value_or(Channel::online));
        t.procedure[row] = t.procedure_of(string_or(data, "procedure"));
    } else if (event.type == "dossier_received") {
        t.received[row] = at;
        t.code[row] = string_or(data, "code");
        t.receiving_unit[row] = int_or(data, "receiving_unit", 0);
        t.competent_unit[row] = int_or(data, "competent_unit", 0);
    } else if (event.type == "dossier_finished") {
        t.finished[row] = at;
    } else if (event.type == "result_returned") {
        t.returned[row] = at;
    } else if (event.type == "dossier_refused" || event.type == "dossier_withdrawn" ||
               event.type == "dossier_stopped") {
        t.closed[row] = at;
    }
    if (const json::object* clock = find_object(data, "clock")) {
        t.due[row] = to_minute(Instant{std::chrono::milliseconds{int_or(*clock, "due", 0)}});
        auto since = dossier::standing_since(*clock);
        t.stands[row] = since ? to_minute(*since) : never;
    }
}

std::int64_t Statistics::position() const {
    std::shared_lock lock(mutex_);
    return table_.position;
}

std::size_t Statistics::size() const {
    std::shared_lock lock(mutex_);
    return table_.channel.size();
}

void Statistics::each(const std::function<void(const Facts&)>& visit) const {
    std::shared_lock lock(mutex_);
    const Table& t = table_;
    for (std::size_t i = 0; i < t.channel.size(); ++i) {
        if (t.received[i] == never) continue;
        visit({static_cast<Channel>(t.channel[i]), UnitId{t.receiving_unit[i]}, UnitId{t.competent_unit[i]},
               t.received[i], t.due[i], t.finished[i], t.returned[i], t.closed[i], t.stands[i], t.code[i],
               t.procedures[t.procedure[i]]});
    }
}

template <class AnyTable, class Visit>
void Statistics::each_column(AnyTable& table, const Visit& visit) {
    visit(table.channel);
    visit(table.procedure);
    visit(table.receiving_unit);
    visit(table.competent_unit);
    visit(table.received);
    visit(table.due);
    visit(table.finished);
    visit(table.returned);
    visit(table.closed);
    visit(table.stands);
}

Statistics::Dump Statistics::dump() const {
    std::shared_lock lock(mutex_);
    std::string out;
    put(out, table_.position);
    put(out, static_cast<std::uint64_t>(table_.channel.size()));
    put(out, static_cast<std::uint64_t>(table_.procedures.size()));
    std::vector<std::int64_t> streams(table_.channel.size());
    for (const auto& [stream, row] : table_.rows) streams[row] = stream;
    put_all(out, streams);
    each_column(table_, [&](const auto& column) { put_all(out, column); });
    put_texts(out, table_.code);
    put_texts(out, table_.procedures);
    return {table_.position, std::move(out)};
}

std::optional<std::int64_t> Statistics::position_of(std::string_view columns) {
    std::int64_t position = 0;
    return take(columns, position) ? std::optional(position) : std::nullopt;
}

bool Statistics::restore(std::string_view columns) {
    Table fresh;
    std::uint64_t rows = 0, procedures = 0;
    std::vector<std::int64_t> streams;
    bool good = take(columns, fresh.position) && take(columns, rows) && take(columns, procedures) &&
                take_all(columns, streams, rows);
    each_column(fresh, [&](auto& column) { good = good && take_all(columns, column, rows); });
    good = good && take_texts(columns, fresh.code, rows) && take_texts(columns, fresh.procedures, procedures);
    if (!good || !columns.empty()) return false;
    fresh.rows.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        if (fresh.procedure[row] >= procedures) return false;
        if (!fresh.rows.emplace(streams[row], static_cast<std::uint32_t>(row)).second) return false;
    }
    for (std::size_t index = 0; index < procedures; ++index)
        fresh.procedure_index.emplace(fresh.procedures[index], static_cast<std::uint16_t>(index));

    std::unique_lock lock(mutex_);
    CHECK(table_.position == 0, "statistics are restored before anything is counted");
    table_ = std::move(fresh);
    return true;
}

void StatisticsFollower::handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>&) {
    for (const auto& event : events) statistics_.apply(event);
}

}  // namespace motcua::reporting
