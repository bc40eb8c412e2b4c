#include "app/database_place.hpp"

#include <cstdlib>
#include <fstream>

#include "app/config.hpp"
#include "db/postgres/postgres.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;

fs::path note_of(const fs::path& data) { return data / "database"; }

std::string read_note(const fs::path& data) {
    std::ifstream file(note_of(data));
    std::string url;
    std::getline(file, url);
    return url;
}

}  // namespace

Result<std::string> find_database_url(const fs::path& data, const std::string& configured) {
    std::string url = configured;
    const char* environment = std::getenv(environment_name("database.url").c_str());
    if (url.empty() && environment) url = environment;
    if (url.empty()) return read_note(data);
    if (fs::exists(data / "motcua.db"))
        return fail(Errc::conflict, "app.data_in_sqlite",
                    {{"path", data.string()}, {"url", db::without_password(url)}});
    return url;
}

void remember_database_url(const fs::path& data, const std::string& url) {
    // A password is left out, not starred: libpq would take the stars for one.
    std::string shown = db::without_password(url);
    for (const std::string_view stars : {":***", "password=***&", "&password=***", "password=***"})
        if (const std::size_t at = shown.find(stars); at != std::string::npos) shown.erase(at, stars.size());
    if (read_note(data) == shown) return;
    const fs::path unfinished = note_of(data).string() + ".new";
    std::ofstream(unfinished) << shown << '\n';
    fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(unfinished, note_of(data));
}

Result<void> check_rows_in_directory(const fs::path& data, std::string_view verb, const std::string& configured) {
    const std::string url = TRY(find_database_url(data, configured));
    if (url.empty()) return {};
    return fail(Errc::conflict, "app.not_for_postgres",
                {{"verb", std::string(verb)}, {"url", db::without_password(url)}});
}

}  // namespace motcua::app
