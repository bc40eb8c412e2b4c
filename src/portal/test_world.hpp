// Help for tests only: the portal on the units, two procedures, forms and processes that ship, with accounts of a
// commune, and a browser without scripts that keeps its cookie and sends the forms it was shown.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "catalogue/store.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "db/test_directory.hpp"
#include "definitions/definitions.hpp"
#include "dossier/service.hpp"
#include "http/parse.hpp"
#include "http/testing.hpp"
#include "organisation/organisation.hpp"
#include "portal/portal.hpp"
#include "resources/resources.hpp"

namespace motcua::portal {

inline constexpr std::string_view test_password = "bốn con voi tím";
inline constexpr std::string_view commune = "Xã An Biên";

class PortalWorld {
  public:
    PortalWorld() {
        CHECK(db::migrate(*database, clock.now()));
        committer = ledger::make_committer(*database);
        organisation.emplace(*database, *committer, ids);
        CHECK(organisation->import_units(*resources::find_resource("units/kien-giang.json"), meta()));
        procedures.emplace(*database, *committer, ids);
        CHECK(procedures->import_procedures(*resources::find_resource("catalogue/demo.json"), meta()));
        import(definitions::Kind::process, {"one-stop-same-day", "one-stop-standard"});
        import(definitions::Kind::form, {"1.001193"});
        auto session = database->reader();
        definitions = definitions::load_definitions(*session);
        service.emplace(dossier::Snapshots{[this] { return organisation->directory(); },
                                           [this] { return procedures->catalogue(); }, [this] { return definitions; }},
                        ids);
        identity::Options options;
        options.passwords.operations = 1;
        options.passwords.memory_bytes = 8192;
        identity.emplace(*database, *committer, clock, ids, random, organisation->directory(), std::move(options));
        CHECK(identity->start());
        blobs = documents::open_blob_directory(directory.path() / "blobs");
        dossiers.emplace(dossier::ApiParts{*service, *identity, *blobs});
        dossier::claim_at_sign_in(*dossiers);
        parts.emplace(PortalParts{*dossiers, *identity});
        register_routes(router, *parts);
        for (std::string_view role : {"receiver", "processor", "approver", "clerk", "returner", "head_of_division"})
            add_officer(std::string(role), role);
        add_officer("stranger", "receiver", "Phường Rạch Giá");
        add_officer("settler", "catalogue_manager", "*");
        add_person("lan", "Trần Thị <b>Lan</b>", "091187549925");
        add_person("other", "Người Khác", "091080689844");
    }
    ~PortalWorld() { committer->stop(); }

    ledger::Meta meta() const { return {clock.now(), "system", "", "test"}; }
    const organisation::Unit& unit(std::string_view name) const {
        for (const auto& one : organisation->directory()->units())
            if (one.name == name && one.validity.covers(local_day(clock.now()))) return one;
        throw CheckFailure("no unit " + std::string(name));
    }
    void add_officer(const std::string& user_name, std::string_view role, std::string_view where = commune) {
        add_officer(user_name, std::vector<std::string_view>{role}, where);
    }
    void add_officer(const std::string& user_name, const std::vector<std::string_view>& roles,
                     std::string_view where = commune) {
        identity::NewAccount account{.user_name = user_name, .display_name = "Cán bộ " + user_name};
        for (const std::string_view role : roles) {
            identity::Post post;
            post.role = role;
            post.unit = where == "*" ? identity::everywhere : unit(where).id;
            account.posts.push_back(std::move(post));
        }
        create(std::move(account));
    }
    void add_person(std::string user_name, std::string name, std::string citizen_id) {
        identity::NewAccount account{
            .kind = identity::AccountKind::person, .user_name = std::move(user_name), .display_name = std::move(name)};
        account.person.citizen_id = std::move(citizen_id);
        account.person.phone = "0912345678";
        create(std::move(account));
    }

    ManualClock clock{parse_iso("2026-03-02T08:30:00+07:00").value()};
    SeededRandom random{20260302};
    IdMaker ids{clock, random};
    TestDirectory directory;
    std::unique_ptr<db::Database> database = db::open_test_database();
    std::unique_ptr<ledger::Committer> committer;
    std::optional<organisation::Organisation> organisation;
    std::optional<catalogue::CatalogueStore> procedures;
    definitions::DefinitionsPtr definitions;
    std::optional<dossier::Service> service;
    std::optional<identity::Identity> identity;
    std::unique_ptr<documents::BlobStore> blobs;
    std::optional<dossier::ApiParts> dossiers;
    std::optional<PortalParts> parts;
    http::Router router;

  private:
    void import(definitions::Kind kind, std::initializer_list<std::string_view> names) {
        std::vector<definitions::Source> chosen;
        for (auto& source : definitions::shipped(kind))
            if (std::ranges::find(names, source.name) != names.end()) chosen.push_back(std::move(source));
        auto report = definitions::import_definitions(*committer, ids, kind, chosen, meta());
        CHECK(report && report->rejected.empty() && chosen.size() == names.size(), "definitions are accepted");
    }
    void create(identity::NewAccount account) {
        auto made =
            identity->create_account(std::move(account), identity->passwords().hash(test_password).value(), meta());
        CHECK(made, "{}", made ? "" : made.error().reason);
    }
};

using Field = http::NameValue;
struct File {
    std::string name, file_name, type, bytes;
};

/// A browser without scripts.
class Browser {
  public:
    explicit Browser(PortalWorld& world)
        : client_(world.router, *world.identity, world.clock, world.ids, world.random, *world.database,
                  *world.committer) {}

    http::testing::Client& client() { return client_; }
    const http::testing::Answer& page() const { return page_; }
    bool shows(std::string_view text) const { return page_.body.find(text) != std::string::npos; }

    int get(std::string_view path) {
        page_ = client_.get(path, cookies());
        return settle();
    }
    /// Without following a redirect.
    void get_raw(std::string_view path) {
        page_ = client_.get(path, cookies());
        keep_cookies();
    }
    /// Sends the form of the page that goes to `action`: its hidden fields, then `fields`; follows a redirect.
    int submit(std::string_view action, std::vector<Field> fields, const std::vector<File>& files = {},
               std::string_view with_task = {}) {
        std::string form = form_of(action, with_task);
        for (std::string_view hidden : {"csrf", "_key", "_version", "task", "tiep"})
            if (auto value = hidden_in(form, hidden)) fields.push_back({std::string(hidden), *value});
        return send(action, fields, files);
    }
    int send(std::string_view action, const std::vector<Field>& fields, const std::vector<File>& files = {}) {
        std::string boundary = "----voi-tim", body;
        for (const Field& field : fields)
            body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + field.name + "\"\r\n\r\n" +
                    field.value + "\r\n";
        for (const File& file : files)
            body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + file.name + "\"; filename=\"" +
                    file.file_name + "\"\r\nContent-Type: " + file.type + "\r\n\r\n" + file.bytes + "\r\n";
        body += "--" + boundary + "--\r\n";
        auto headers = cookies();
        headers.push_back({"Content-Type", "multipart/form-data; boundary=" + boundary});
        page_ = client_.post(action, body, headers);
        return settle();
    }
    void sign_in(std::string_view user) {
        cookie_.clear();
        get("/dang-nhap");
        ASSERT_EQ(submit("/dang-nhap", {{"user_name", std::string(user)}, {"password", std::string(test_password)}}),
                  200)
            << page_.body;
        ASSERT_FALSE(cookie_.empty());
    }
    /// Where the last redirect led to.
    const std::string& location() const { return location_; }

    std::optional<std::string> hidden(std::string_view action, std::string_view name) const {
        return hidden_in(form_of(action, {}), name);
    }

  private:
    std::vector<Field> cookies() const {
        std::string all = cookie_;
        for (const auto& [name, value] : other_cookies_) all += (all.empty() ? "" : "; ") + name + "=" + value;
        return all.empty() ? std::vector<Field>{} : std::vector<Field>{{"Cookie", all}};
    }
    void keep_cookies() {
        for (const Field& header : page_.headers.all()) {
            if (!http::equal_no_case(header.name, "set-cookie")) continue;
            const std::string pair = header.value.substr(0, header.value.find(';'));
            const std::string name = pair.substr(0, pair.find('=')), value = pair.substr(name.size() + 1);
            if (name == "motcua_session")
                cookie_ = value.empty() ? "" : pair;
            else if (value.empty())
                other_cookies_.erase(name);
            else
                other_cookies_[name] = value;
        }
    }
    int settle() {
        keep_cookies();
        EXPECT_EQ(page_.body.find("⟦"), std::string::npos) << "a sentence is missing: " << page_.body;
        if (page_.status != 303) return page_.status;
        location_ = std::string(page_.headers.get("location"));
        page_ = client_.get(location_, cookies());
        EXPECT_EQ(page_.body.find("⟦"), std::string::npos) << "a sentence is missing: " << page_.body;
        return page_.status;
    }
    std::string form_of(std::string_view action, std::string_view task) const {
        std::string mark = "action=\"" + std::string(action) + "\"";
        for (std::size_t at = page_.body.find(mark); at != std::string::npos; at = page_.body.find(mark, at + 1)) {
            std::string form = page_.body.substr(at, page_.body.find("</form>", at) - at);
            if (task.empty() || form.find("name=\"task\" value=\"" + std::string(task) + "\"") != std::string::npos)
                return form;
        }
        ADD_FAILURE() << "no form goes to " << action << "\n" << page_.body;
        return {};
    }
    static std::optional<std::string> hidden_in(const std::string& form, std::string_view name) {
        std::string mark = "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"";
        std::size_t at = form.find(mark);
        if (at == std::string::npos) return std::nullopt;
        at += mark.size();
        return form.substr(at, form.find('"', at) - at);
    }

    http::testing::Client client_;
    http::testing::Answer page_;
    std::string cookie_, location_;
    std::map<std::string, std::string> other_cookies_;
};

/// The accepted example of a form as the fields that a browser would send.
inline void add_entries(const json::value& value, const std::string& path, std::vector<Field>& fields) {
    if (const json::object* object = value.if_object()) {
        for (const auto& [name, inner] : *object)
            add_entries(inner, path.empty() ? std::string(name) : path + "/" + std::string(name), fields);
    } else if (value.is_string()) {
        fields.push_back({path, std::string(value.get_string())});
    } else if (value.is_bool() && value.get_bool()) {
        fields.push_back({path, "true"});
    } else if (value.is_number()) {
        fields.push_back({path, json::serialize(value)});
    }
}
inline std::vector<Field> example_entries(std::string_view form) {
    std::ifstream file(std::string(MOTCUA_SOURCE_DIR) + "/tests/vectors/examples/" + std::string(form) + ".json");
    std::stringstream text;
    text << file.rdbuf();
    std::vector<Field> fields;
    add_entries(parse_json(text.str()).value(), "", fields);
    return fields;
}

inline File pdf(std::string name, std::string file_name = "giay.pdf") {
    return {std::move(name), std::move(file_name), "application/pdf",
            "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 "
            "R/Size 1>>\nstartxref\n45\n%%EOF\n"};
}

}  // namespace motcua::portal
