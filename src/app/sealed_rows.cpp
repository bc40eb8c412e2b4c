#include "app/sealed_rows.hpp"

#include <memory>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "db/secure_delete.hpp"
#include "dossier/personal.hpp"
#include "dossier/rows.hpp"
#include "identity/account_rows.hpp"
#include "identity/seal_rows.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;

constexpr int rows_at_once = 500;

constexpr db::Statement select_last_person{
    "app.last_sealed_person", "SELECT account_id FROM person WHERE sealed = 1 ORDER BY account_id DESC LIMIT 1"};
constexpr db::Statement select_last_dossier{"app.last_dossier",
                                            "SELECT id, state FROM dossier ORDER BY id DESC LIMIT 1"};

struct Keys {
    explicit Keys(const fs::path& data) : keys(field_key_file(data), field_ring_file(data), random) {}
    SystemRandom random;
    FieldKeys keys;
};

/// Opens something that is sealed, if anything is. Keys of another directory are noticed before anything is sealed with
/// them, and lost ones before others are made.
void check_keys(db::Session& session, bool has_keys, const fs::path& data) {
    const auto person =
        session.find_one(select_last_person, {}, [](const db::Row& row) { return identity::AccountId{row.int64(0)}; });
    const auto dossier = session.find_one(select_last_dossier, {}, [](const db::Row& row) {
        return std::pair(DossierId{row.int64(0)}, row.text(1).find("\"sealed\":\"") != std::string_view::npos);
    });
    const bool sealed = person || (dossier && dossier->second);
    if (!has_keys && sealed)
        throw Fault("fields.key_unknown", "there are sealed rows, but no " + field_key_file(data).string());
    if (!has_keys) return;
    // One damaged row leaves the others to be served.
    if (person) unless_damaged([&] { return identity::find_person(session, *person); });
    if (dossier) static_cast<void>(dossier::get_dossier(session, dossier->first));
}

}  // namespace

void give_field_keys(db::Database& database, const fs::path& data, KeyFiles files) {
    const bool there = fs::exists(field_key_file(data)) || fs::exists(field_ring_file(data));
    if (!there) check_keys(*database.reader(), false, data);
    if (!there && files == KeyFiles::find) return;
    const auto owned = std::make_shared<Keys>(data);
    database.use_field_keys(std::shared_ptr<FieldKeys>(owned, &owned->keys));
    check_keys(*database.reader(), true, data);
}

std::int64_t seal_rows(db::Database& database) {
    // Looked at beside the writer: all but the first start find nothing.
    if (const auto session = database.reader();
        identity::count_plain_rows(*session) + dossier::count_plain_unclaimed(*session) == 0)
        return 0;
    std::int64_t sealed = 0;
    for (std::int64_t last = 1; last > 0; sealed += last) {
        database.begin();
        try {
            const db::SecureDelete secure(database.writer(), database.dialect());
            last = identity::seal_plain_rows(database.writer(), rows_at_once) +
                   dossier::seal_unclaimed_rows(database.writer(), rows_at_once);
        } catch (...) {
            database.rollback();
            throw;
        }
        database.commit();
    }
    if (sealed > 0) db::clear_log(database);
    return sealed;
}

}  // namespace motcua::app
