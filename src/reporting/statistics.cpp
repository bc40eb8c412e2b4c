#include "reporting/statistics.hpp"

#include "base/check.hpp"

namespace motcua::reporting {

using dossier::Channel;

Minute to_minute(Instant t) {
    return static_cast<Minute>(std::chrono::floor<std::chrono::minutes>(t.time_since_epoch()).count());
}

std::size_t Statistics::row_of(std::int64_t stream) {
    auto [at, is_new] = rows_.try_emplace(stream, static_cast<std::uint32_t>(channel_.size()));
    if (is_new) {
        channel_.push_back(static_cast<std::int8_t>(Channel::online));
        procedure_.push_back(0);
        receiving_unit_.push_back(0);
        competent_unit_.push_back(0);
        for (auto* column : {&received_, &due_, &finished_, &returned_, &closed_, &stands_}) column->push_back(never);
        code_.emplace_back();
    }
    return at->second;
}

std::uint16_t Statistics::index_of(std::vector<std::string>& names,
                                   std::unordered_map<std::string, std::uint16_t>& known, const std::string& name) {
    auto [at, is_new] = known.try_emplace(name, static_cast<std::uint16_t>(names.size()));
    if (is_new) {
        CHECK(names.size() < UINT16_MAX, "more than 65534 procedures");
        names.push_back(name);
    }
    return at->second;
}

void Statistics::apply(const ledger::StoredEvent& event) {
    std::unique_lock lock(mutex_);
    if (event.position <= position_) return;  // delivered again
    position_ = event.position;
    if (event.kind != ledger::StreamKind::dossier) return;
    std::size_t row = row_of(event.stream);
    Minute at = to_minute(event.meta.at);
    const json::object& data = event.data;
    if (event.type == "dossier_drafted") {
        channel_[row] =
            static_cast<std::int8_t>(dossier::find_channel(string_or(data, "channel")).value_or(Channel::online));
        procedure_[row] = index_of(procedures_, procedure_index_, string_or(data, "procedure"));
    } else if (event.type == "dossier_received") {
        received_[row] = at;
        code_[row] = string_or(data, "code");
        receiving_unit_[row] = int_or(data, "receiving_unit", 0);
        competent_unit_[row] = int_or(data, "competent_unit", 0);
    } else if (event.type == "dossier_finished") {
        finished_[row] = at;
    } else if (event.type == "result_returned") {
        returned_[row] = at;
    } else if (event.type == "dossier_refused" || event.type == "dossier_withdrawn" ||
               event.type == "dossier_stopped") {
        closed_[row] = at;
    }
    if (const json::object* clock = find_object(data, "clock")) {
        due_[row] = to_minute(Instant{std::chrono::milliseconds{int_or(*clock, "due", 0)}});
        auto since = dossier::standing_since(*clock);
        stands_[row] = since ? to_minute(*since) : never;
    }
}

std::int64_t Statistics::position() const {
    std::shared_lock lock(mutex_);
    return position_;
}

std::size_t Statistics::size() const {
    std::shared_lock lock(mutex_);
    return channel_.size();
}

void Statistics::each(const std::function<void(const Facts&)>& visit) const {
    std::shared_lock lock(mutex_);
    for (std::size_t i = 0; i < channel_.size(); ++i) {
        if (received_[i] == never) continue;
        visit({static_cast<Channel>(channel_[i]), UnitId{receiving_unit_[i]}, UnitId{competent_unit_[i]}, received_[i],
               due_[i], finished_[i], returned_[i], closed_[i], stands_[i], code_[i], procedures_[procedure_[i]]});
    }
}

void StatisticsFollower::handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>&) {
    for (const auto& event : events) statistics_.apply(event);
}

}  // namespace motcua::reporting
