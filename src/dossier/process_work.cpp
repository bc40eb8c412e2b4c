#include "dossier/process_work.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace motcua::dossier {

namespace {

constexpr int batch = 200;
constexpr int passes_max = 1000;  // work that makes new work at once ends its turn here
const ActorFacts system_actor{.officer = {}, .person = {}, .system = true};

class ProcessWork {
  public:
    ProcessWork(db::Database& database, ledger::Committer& committer, Service& service, const Services& services,
                Instant now, const std::function<void(DossierId, const Error&)>& refused)
        : database_(database),
          committer_(committer),
          service_(service),
          services_(services),
          refused_(refused),
          meta_{.at = now, .actor = "system", .on_behalf_of = "", .request_id = "process"} {}

    Result<int> run() {
        for (int pass = 0; pass < passes_max; ++pass) {
            int before = moved_;
            TRY(deliver_signals());
            TRY(do_due());
            if (moved_ == before) break;
        }
        return moved_;
    }

  private:
    /// One command as one change; unavailable is passed on, any other refusal is told and left.
    Result<bool> change(DossierId id, const Command& command) {
        bool changed = false;
        auto committed = ledger::run_command(database_, committer_, [&](db::Session& s) -> Result<ledger::WriteSet> {
            Dossier dossier = TRY(get_dossier(s, id));
            auto change = TRY(service_.change(s, dossier, {command}, system_actor, meta_));
            changed = !change.write.events.empty();
            if (!changed) return ledger::WriteSet{};
            return std::move(change.write);
        });
        if (!committed) {
            if (committed.error().code == Errc::unavailable) return std::unexpected(committed.error());
            if (refused_) refused_(id, committed.error());
            return false;
        }
        moved_ += changed ? 1 : 0;
        return changed;
    }

    Result<void> deliver_signals() {
        for (;;) {
            std::vector<Signal> signals;
            {
                auto session = database_.reader();
                signals = list_signals(*session, batch);
            }
            for (const Signal& signal : signals) TRY(deliver(signal));
            if (signals.size() < batch) return {};
        }
    }
    Result<void> deliver(const Signal& signal) {
        std::set<std::int64_t> told;
        for (std::int64_t after = 0;;) {
            std::vector<PendingLine> lines;
            {
                auto session = database_.reader();
                lines = list_waiting(*session, PendingKind::signal, signal.name, after, batch);
            }
            for (const PendingLine& line : lines) {
                after = line.id;
                // Whoever began to wait later has not heard it; the one that raised it has.
                if (line.id >= signal.id || line.dossier == signal.from) continue;
                if (!told.insert(line.dossier.value).second) continue;
                TRY(change(line.dossier, DeliverSignal{signal.id, signal.name, signal.variables}));
            }
            if (lines.size() < batch) break;
        }
        ledger::WriteSet done;
        done.meta = meta_;
        done.rows.push_back(signal_done_row(signal.id));
        TRY(committer_.commit(std::move(done)));
        return {};
    }

    Result<void> do_due() {
        std::pair<std::int64_t, std::int64_t> after{INT64_MIN, 0};
        std::set<std::pair<std::int64_t, int>> seen;  // a dossier's timers fire together
        for (;;) {
            std::vector<PendingLine> lines;
            {
                auto session = database_.reader();
                lines = list_due_pending(*session, meta_.at, after, batch);
            }
            for (const PendingLine& line : lines) {
                after = {line.due, line.id};
                if (!seen.emplace(line.dossier.value, static_cast<int>(line.kind)).second) continue;
                if (line.kind == PendingKind::timer)
                    TRY(change(line.dossier, RunTimers{}));
                else
                    TRY(call(line.dossier));
            }
            if (lines.size() < batch) return {};
        }
    }

    /// The calls of one dossier that are due.
    Result<void> call(DossierId id) {
        std::optional<Dossier> found;
        {
            auto session = database_.reader();
            auto dossier = get_dossier(*session, id);
            if (!dossier) return {};
            found = std::move(*dossier);
        }
        auto instance = process::instance_from_json(found->instance);
        if (!instance) return {};
        for (const Pending& pending : found->pending) {
            if (pending.kind != PendingKind::service || !pending.due || *pending.due > meta_.at) continue;
            AnswerService answer = ask(*found, *instance, pending);
            answer.key = pending.key;
            TRY(change(id, std::move(answer)));
        }
        return {};
    }
    AnswerService ask(const Dossier& dossier, const process::Instance& instance, const Pending& pending) const {
        AnswerService failed;
        failed.kind = AnswerService::Kind::failed;
        const ServiceFunction* service = services_.find(pending.name);
        if (!service) {
            failed.code = "dossier.service_unknown";
            failed.final = true;
            return failed;
        }
        process::Key key = static_cast<process::Key>(std::stoul(pending.key));
        const process::Item* item = instance.find_item(key);
        ServiceCall call{.key = fmt::format("{}/{}", to_string(dossier.id), pending.key),
                         .dossier = dossier,
                         .inputs = item ? item->variables : json::object(),
                         .variables = process::visible_variables(instance, key),
                         .now = meta_.at};
        try {
            return (*service)(call);
        } catch (const std::exception& error) {
            failed.code = error.what();
            return failed;
        }
    }

    db::Database& database_;
    ledger::Committer& committer_;
    Service& service_;
    const Services& services_;
    const std::function<void(DossierId, const Error&)>& refused_;
    ledger::Meta meta_;
    int moved_ = 0;
};

}  // namespace

Result<int> run_process_work(db::Database& database, ledger::Committer& committer, Service& service,
                             const Services& services, Instant now,
                             const std::function<void(DossierId, const Error&)>& refused) {
    return ProcessWork(database, committer, service, services, now, refused).run();
}

Result<std::vector<MigrationLine>> migrate_processes(db::Database& database, ledger::Committer& committer,
                                                     Service& service, const MigrationOrder& order,
                                                     const ledger::Meta& meta) {
    constexpr int ids_at_once = 500;
    if (order.to_version < 1 || !service.snapshots().definitions()->find_process(order.process, order.to_version))
        return fail(Errc::not_found, "dossier.process_version_unknown",
                    {{"process", order.process}, {"version", std::to_string(order.to_version)}});
    MigrateProcess command{order.to_version, order.mapping, order.reason};
    std::vector<MigrationLine> lines;
    for (DossierId last;;) {
        std::vector<DossierId> ids;
        {
            auto session = database.reader();
            ids = list_ids(*session, last, ids_at_once);
        }
        for (DossierId id : ids) {
            last = id;
            std::optional<MigrationLine> line;
            auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
                line.reset();
                Dossier dossier = TRY(get_dossier(session, id));
                bool wanted = dossier.process == order.process && dossier.process_version != order.to_version &&
                              (!order.from_version || *order.from_version == dossier.process_version);
                if (!wanted || dossier.instance.empty()) return ledger::WriteSet{};
                line = MigrationLine{id, dossier.code, dossier.process_version, {}, false};
                auto change = service.change(session, dossier, {command}, system_actor, meta);
                if (!change) line->refusal = change.error();
                if (!change) return ledger::WriteSet{};
                return std::move(change->write);
            };
            if (order.rehearse) {
                auto session = database.reader();
                TRY(prepare(*session));
                if (line) lines.push_back(std::move(*line));
                continue;
            }
            auto committed = ledger::run_command(database, committer, prepare);
            if (!committed && committed.error().code == Errc::unavailable) return std::unexpected(committed.error());
            if (!line) continue;
            if (!committed) line->refusal = committed.error();
            line->moved = !line->refusal;
            lines.push_back(std::move(*line));
        }
        if (ids.size() < ids_at_once) return lines;
    }
}

}  // namespace motcua::dossier
