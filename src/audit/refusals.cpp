#include "audit/refusals.hpp"

#include <utility>

namespace motcua::audit {

namespace {

/// A thing that is not there is no refusal, unless it was asked for by its id.
bool counts(const http::Exchange& exchange, const Error& error) {
    const auto kind = exchange.request.principal.kind;
    if (kind != http::PrincipalKind::person && kind != http::PrincipalKind::officer) return false;
    if (!exchange.route || error.code == Errc::unauthorized) return false;
    return error.code != Errc::not_found || !exchange.route->param_names.empty();
}

}  // namespace

void Refusals::note(const http::Exchange& exchange, const Error& error) {
    if (!counts(exchange, error)) return;
    const std::string actor = exchange.request.principal.actor();
    NewRecord record{.type = "access_refused"};
    {
        const std::lock_guard lock(mutex_);
        if (accounts_.size() >= accounts_max && !accounts_.contains(actor)) accounts_.erase(accounts_.begin());
        Counted& counted = accounts_[actor];
        ++counted.since_record;
        if (counted.recorded_at != Instant{} && exchange.now - counted.recorded_at < pause) return;
        record.count = std::exchange(counted.since_record, 0);
        counted.recorded_at = exchange.now;
    }
    record.data = {{"reason", error.reason},
                   {"route", std::string(to_string(exchange.route->method)) + " " + exchange.route->path}};
    // Lost when the queue is full: the next one comes with its count.
    committer_.submit(make_record(ids_, record, {exchange.now, actor, "", exchange.request.request_id}),
                      [](const Result<ledger::Committed>&) {});
}

}  // namespace motcua::audit
