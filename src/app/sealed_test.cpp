// Whoever takes the files of a data directory, or an export of the tables, but not the key file, reads no number of an
// applicant: the program itself, on real sockets, on SQLite and on PostgreSQL. Keys are rotated meanwhile, killed and
// taken away.
#include <fstream>
#include <iterator>

#include "app/test_program.hpp"
#include "base/field_keys.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view number = "079203004561", phone = "0987111222", address = "Ngõ Rất Lạ";

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Names of the files below the directory that have the text in them.
std::string files_with(const fs::path& directory, std::string_view text) {
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && read_file(entry.path()).find(text) != std::string::npos)
            found += entry.path().filename().string() + " ";
    return found;
}

void expect_nothing_personal(const fs::path& directory) {
    for (const std::string_view personal : {number, phone, address})
        EXPECT_EQ(files_with(directory, personal), "") << personal;
}

std::string run_verb(std::vector<std::string> arguments, int status = 0) {
    Program verb(std::move(arguments));
    std::string said = verb.read_until("");
    const int ended = verb.wait();
    EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == status) << said;
    return said;
}

class Desk {
  public:
    Desk(Server& server, const json::object& session)
        : connection_(server.port),
          headers_("Authorization: Bearer " + string_or(session, "token") + "\r\n"),
          unit_(string_or(session.at("units").as_array().at(0).as_object(), "code")) {}
    /// The code of a dossier that was received now.
    std::string file(std::string_view key) {
        const json::object input{
            {"procedure", "2.000908"},
            {"channel", "counter"},
            {"receive_at", unit_},
            {"applicant", {{"name", "Người nộp thử"}, {"id_number", number}, {"phone", phone}, {"address", address}}}};
        const auto answer = connection_.send("POST", "/api/v1/dossiers", json::serialize(input),
                                             headers_ + "Idempotency-Key: " + std::string(key) + "\r\n");
        EXPECT_TRUE(answer && answer->status == 201) << (answer ? answer->body : "no answer");
        return answer ? string_or(answer->object(), "code") : "";
    }
    void expect_shown(const std::string& code) {
        const auto answer = connection_.send("GET", "/api/v1/dossiers/" + code, "", headers_);
        ASSERT_TRUE(answer && answer->status == 200) << (answer ? answer->body : "no answer");
        const json::object applicant = answer->object().at("applicant").as_object();
        EXPECT_EQ(string_or(applicant, "id_number"), number);
        EXPECT_EQ(string_or(applicant, "address"), address);
    }

  private:
    Connection connection_;
    std::string headers_, unit_;
};

TEST(Sealed, WithoutTheKeyFileNoFileTellsTheNumber) {
    const TestDirectory directory;
    const fs::path data = directory.path() / "data";
    const Rows rows;
    const std::string password = prepare_province(data);
    std::optional<Server> server(std::in_place, data);
    const json::object session = sign_in(*server, password);
    const std::string before = Desk(*server, session).file("before");
    expect_nothing_personal(data);
    const bool on_sqlite = db::test_database_kind() != "postgres";
    EXPECT_EQ(files_with(data, before).empty(), !on_sqlite) << "what is filed is in those files";

    // New keys under the running server; then it is killed.
    EXPECT_NE(run_verb({"keys", "rotate", "--data", data}).find("personal values "), std::string::npos);
    const std::string after = Desk(*server, session).file("after");
    EXPECT_TRUE(WIFSIGNALED(server->program.end(SIGKILL)));
    expect_nothing_personal(data);
    run_verb({"keys", "forget", "--data", data});
    server.emplace(data);
    Desk(*server, session).expect_shown(before);
    Desk(*server, session).expect_shown(after);
    EXPECT_EQ(Desk(*server, session).file("before"), before) << "an answer that was kept under the old key";
    EXPECT_EQ(server->program.end(SIGTERM), 0);
    EXPECT_NE(run_verb({"doctor", "--data", data}).find("sound"), std::string::npos);

    // Every table, as another database would get it.
    run_verb({"export", directory.path() / "all", "--data", data});
    expect_nothing_personal(directory.path() / "all");
    EXPECT_NE(files_with(directory.path() / "all", before), "");
    EXPECT_TRUE(fs::exists(field_key_file(directory.path() / "all")));
    if (on_sqlite) {
        run_verb({"backup", directory.path() / "backup", "--data", data});
        expect_nothing_personal(directory.path() / "backup");
        run_verb({"restore", directory.path() / "backup", "--data", directory.path() / "restored"});
        EXPECT_NE(run_verb({"doctor", "--data", directory.path() / "restored"}).find("sound"), std::string::npos);
    }

    // Lost keys are not replaced by new ones.
    fs::rename(field_key_file(data), directory.path() / "key");
    run_verb({"doctor", "--data", data}, 1);
    fs::rename(field_ring_file(data), directory.path() / "ring");
    run_verb({"serve", "--data", data, "--listen", "127.0.0.1:0"}, 1);
    EXPECT_FALSE(fs::exists(field_key_file(data)));
    fs::create_symlink(directory.path() / "key", field_key_file(data));
    fs::rename(directory.path() / "ring", field_ring_file(data));
    run_verb({"doctor", "--data", data});
    if (!on_sqlite) return;

    // One damaged value stops nobody but its own dossier.
    db::open_sqlite((data / "motcua.db").string())
        ->writer()
        .script(
            "UPDATE dossier SET state = (SELECT state FROM dossier ORDER BY id LIMIT 1) "
            "WHERE id = (SELECT max(id) FROM dossier)");
    server.emplace(data);
    Desk(*server, session).expect_shown(before);
    EXPECT_EQ(server->program.end(SIGTERM), 0);
    EXPECT_NE(run_verb({"doctor", "--data", data}, 1).find("dossier.applicant"), std::string::npos);
}

}  // namespace
}  // namespace motcua::app
