// A small province for the tests of dossiers: the shipped units and calendar, two invented procedures with a process of
// their own, a database, a clock to be moved by hand.
#pragma once

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "catalogue/catalogue.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "definitions/notices.hpp"
#include "dossier/process_work.hpp"
#include "identity/identity.hpp"
#include "organisation/units_file.hpp"
#include "resources/resources.hpp"

namespace motcua::dossier {

inline constexpr std::string_view test_password = "bốn con voi tím";
inline constexpr std::string_view test_form = "2.000575";  // ships

inline constexpr std::string_view test_process = R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:motcua="https://motcua.vn/bpmn/1.0" targetNamespace="t">
  <process id="three-steps" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="appraise"/>
    <userTask id="appraise" name="Thẩm định" motcua:role="processor" motcua:unit="competent" motcua:limitShare="60"/>
    <sequenceFlow id="f2" sourceRef="appraise" targetRef="approve"/>
    <userTask id="approve" name="Ký duyệt" motcua:role="approver" motcua:unit="competent" motcua:limitShare="30" motcua:mayReturnTo="appraise"/>
    <sequenceFlow id="f3" sourceRef="approve" targetRef="issue"/>
    <userTask id="issue" name="Vào sổ, phát hành" motcua:role="clerk" motcua:unit="competent" motcua:limitShare="10"/>
    <sequenceFlow id="f4" sourceRef="issue" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>)";

class TestWorld {
  public:
    explicit TestWorld(std::string_view now = "2023-02-23T10:15",
                       std::unique_ptr<db::Database> opened = db::open_test_database())
        : db_(std::move(opened)) {
        go_to(now);
        if (!db_->has_field_keys()) db::give_test_keys(*db_);
        CHECK(db::migrate(*db_, clock.now()), "migrations apply");
        committer_ = ledger::make_committer(*db_);
        load_units();
        load_procedures();
        auto imported = definitions::import_definitions(*committer_, ids, definitions::Kind::process,
                                                        {{"three-steps", std::string(test_process)}}, meta("system"));
        CHECK(imported && imported->imported == 1, "the test process is accepted");
        std::vector<definitions::Source> forms;
        for (auto& source : definitions::shipped(definitions::Kind::form))
            if (source.name == test_form) forms.push_back(std::move(source));
        auto read = definitions::import_definitions(*committer_, ids, definitions::Kind::form, forms, meta("system"));
        CHECK(read && read->imported == 1, "the form is accepted");
        start_service();
    }
    ~TestWorld() { committer_->stop(); }

    /// The program ends and starts again on what is on the disk; `open` is called once the database is closed.
    void restart(const std::function<std::unique_ptr<db::Database>()>& open) {
        committer_->stop();
        service.reset();
        identity_.reset();
        committer_.reset();
        db_.reset();
        db_ = open();
        if (!db_->has_field_keys()) db::give_test_keys(*db_);
        committer_ = ledger::make_committer(*db_);
        start_service();
    }

    /// Accounts; made at the first use. A session lasts as long as the clock is moved.
    identity::Identity& identity() {
        if (!identity_) {
            identity::Options options;
            options.passwords.operations = 1;
            options.passwords.memory_bytes = 8192;
            options.session_idle = std::chrono::hours{24 * 1000};
            options.session_absolute = std::chrono::hours{24 * 1000};
            identity_.emplace(*db_, *committer_, clock, ids, random, directory, std::move(options));
            CHECK(identity_->start());
        }
        return *identity_;
    }
    /// An account with these roles in the unit, from the beginning of time.
    OfficerId add_officer(const std::string& user_name, std::vector<std::string> roles, UnitId where) {
        identity::NewAccount account{.user_name = user_name, .display_name = "Cán bộ " + user_name};
        for (std::string& role : roles) account.posts.push_back({.unit = where, .role = std::move(role)});
        return OfficerId{add_account(std::move(account))};
    }
    OfficerId add_officer(const std::string& user_name, const char* role, UnitId where) {
        return add_officer(user_name, std::vector<std::string>{role}, where);
    }
    PersonId add_person(const std::string& user_name, std::string name, std::string citizen_id) {
        identity::NewAccount account{
            .kind = identity::AccountKind::person, .user_name = user_name, .display_name = std::move(name)};
        account.person.citizen_id = std::move(citizen_id);
        account.person.phone = "0912345678";
        return PersonId{add_account(std::move(account))};
    }

    /// Has just signed in.
    static ActorFacts officer(std::int64_t id = 1) { return {.officer = OfficerId{id}, .person = {}, .proven = true}; }
    void go_to(std::string_view local) { clock.set(to_instant(*parse_local(local))); }
    ledger::Meta meta(std::string actor) const {
        return {.at = clock.now(), .actor = std::move(actor), .on_behalf_of = "", .request_id = "test"};
    }
    UnitId unit(std::string_view code) const {
        const organisation::Unit* found = directory->find_code(code);
        CHECK(found, "unit {}", code);
        return found->id;
    }
    /// The unit keeps these hours.
    void set_hours(UnitId unit, const std::vector<organisation::CalendarChoice>& choices) {
        std::vector<organisation::Unit> units(directory->units().begin(), directory->units().end());
        for (auto& each : units)
            if (each.id == unit) each.calendars = choices;
        auto built = organisation::Directory::build(std::move(units));
        CHECK(built, "units fit together");
        directory = *built;
    }
    /// Announces the notice on the standard calendar; what is open is not yet counted again.
    definitions::LateNotice announce(std::string_view notice) {
        auto announced =
            definitions::announce_notice(*db_->reader(), ids, definitions::standard_calendar, notice, meta("system"));
        CHECK(announced && announced->write, "the notice is accepted");
        CHECK(committer_->commit(std::move(*announced->write)), "the notice is stored");
        definitions_ = definitions::load_definitions(*db_->reader());
        return *definitions::find_notice(*db_->reader(), announced->notice.id);
    }
    UnitId unit_named(std::string_view name) const {
        for (const auto& found : directory->units())
            if (found.name == name && found.validity.covers(local_day(clock.now()))) return found.id;
        throw CheckFailure("no such unit: " + std::string(name));
    }

    /// A citizen's details that pass every check.
    static Content content() {
        Content content;
        content.applicant =
            Party{PartyKind::person, "Trần Thị Bé Ba", "091187000123", "0912345678", "", "Ấp Mười Huỳnh", "31009"};
        content.filer = Filer{};
        content.components = std::vector<Component>{{"KQ000001", "Tờ khai", 1, 0, {DocumentId{7}}}};
        return content;
    }

    /// A new version of the process that dossiers received from now on run on. `body` is what the process contains,
    /// `outside` other processes beside it.
    void use_process(std::string_view body, std::string_view outside = "") {
        std::string xml =
            R"(<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL")"
            R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:motcua="https://motcua.vn/bpmn/1.0")"
            R"( targetNamespace="t"><message id="paper" name="paper"/><message id="other" name="other"/>)"
            R"(<signal id="storm" name="storm"/><escalation id="slow" name="slow" escalationCode="slow"/>)"
            R"(<error id="no_rule" name="no_rule" errorCode="no_rule"/><interface id="i" name="i">)"
            R"(<operation id="op" name="op"><inMessageRef>paper</inMessageRef></operation></interface>)";
        xml += R"(<process id="three-steps" isExecutable="true">)";
        xml += body;
        xml += "</process>";
        xml += outside;
        xml += "</definitions>";
        use_definition("three-steps", xml);
    }
    void use_definition(std::string name, std::string xml) {
        auto imported = definitions::import_definitions(*committer_, ids, definitions::Kind::process,
                                                        {{std::move(name), std::move(xml)}}, meta("system"));
        CHECK(imported, "definitions are stored");
        if (!imported->rejected.empty())
            throw CheckFailure("process refused: " + imported->rejected.front().error.reason + " " +
                               imported->rejected.front().error.params.front().value);
        auto session = db_->reader();
        definitions_ = definitions::load_definitions(*session);
    }
    /// What processes do by themselves at the present time; answers how many dossiers moved.
    int work() { return work(services); }
    int work(const Services& with) {
        auto moved = run_process_work(*db_, *committer_, *service, with, clock.now());
        CHECK(moved, "work is written");
        return *moved;
    }
    Dossier stored(DossierId id) {
        auto session = db_->reader();
        return *get_dossier(*session, id);
    }

    Result<Dossier> open(std::string_view procedure, const std::vector<Command>& commands) {
        return open(procedure, commands, officer());
    }
    Result<Dossier> open(std::string_view procedure, std::vector<Command> commands, const ActorFacts& actor) {
        commands.insert(commands.begin() + 1, AttachDocument{DocumentId{7}, "KQ000001", {}});
        auto session = db_->reader();
        auto change = TRY(service->open(*session, procedure, commands, actor, meta("officer:1")));
        return commit(std::move(change));
    }
    /// Filed and received at the counter of a commune.
    Result<Dossier> receive_at_counter(std::string_view commune = "Xã Đông Yên",
                                       std::string_view procedure = "1.000001") {
        return open(procedure,
                    {OpenDraft{Channel::counter, {}, {}}, Submit{content()}, Receive{unit_named(commune), {}, {}}});
    }
    Result<Dossier> run(const Dossier& dossier, const Command& command) { return run(dossier, command, officer()); }
    Result<Dossier> run(const Dossier& dossier, const Command& command, const ActorFacts& actor) {
        auto session = db_->reader();
        auto change = TRY(service->change(*session, dossier, {command}, actor, meta("officer:1")));
        return commit(std::move(change));
    }
    /// Completes the open steps until the process ends; the last one issues the result.
    Result<Dossier> finish(Dossier dossier) {
        while (dossier.status == Status::received || dossier.status == Status::processing) {
            CompleteStep step{dossier.tasks.front().id, {}, "", std::nullopt};
            if (dossier.tasks.front().element == "issue")
                step.result = ResultDocument{Outcome::granted, "", "12/QĐ-UBND", "", {}, {}};
            dossier = TRY(run(dossier, step));
        }
        return dossier;
    }
    Result<Dossier> commit(Change change) {
        if (change.write.events.empty()) return change.after;
        auto committed = TRY(committer_->commit(std::move(change.write)));
        auto session = db_->reader();
        (void)committed;
        return get_dossier(*session, change.after.id);
    }
    std::vector<std::string> wrong_rows(DossierId id) {
        auto session = db_->reader();
        return check_rows(*session, id);
    }

    db::Database& database() { return *db_; }
    ledger::Committer& committer() { return *committer_; }

    ManualClock clock{Instant{}};
    SeededRandom random{20230223};
    IdMaker ids{clock, random};
    std::shared_ptr<const organisation::Directory> directory;
    std::optional<Service> service;
    Services services = Services::built_in();

  private:
    void start_service() {
        definitions_ = definitions::load_definitions(*db_->reader());
        service.emplace(
            Snapshots{[this] { return directory; }, [this] { return catalogue_; }, [this] { return definitions_; }},
            ids);
    }
    std::int64_t add_account(identity::NewAccount account) {
        auto made = identity().create_account(std::move(account), identity().passwords().hash(test_password).value(),
                                              meta("system"));
        CHECK(made, "{}", made ? "" : made.error().reason);
        return made->value;
    }
    void load_units() {
        auto text = resources::find_resource("units/kien-giang.json");
        CHECK(text, "units ship");
        auto file = organisation::read_units_file(*text);
        CHECK(file && file->rejected.empty(), "shipped units read");
        for (auto& unit : file->units) unit.id = ids.make<UnitId>();
        auto built = organisation::Directory::build(std::move(file->units));
        CHECK(built, "shipped units fit together");
        directory = *built;
    }
    void load_procedures() {
        auto make = [&](std::string code, std::string name, calendar::Limit limit, bool same_day) {
            catalogue::Procedure p;
            p.id = ids.make<ProcedureId>();
            p.version = 1;
            p.status = catalogue::Status::published;
            p.code = std::move(code);
            p.name = std::move(name);
            p.field = {"G15-TP07", "Hộ tịch"};
            p.levels = {catalogue::Level::commune};
            p.limits = {{{}, limit, same_day, ""}};
            catalogue::Component form;
            form.code = "KQ000001";
            form.name = "Tờ khai";
            form.originals = 1;
            p.components = {form};
            p.process = "three-steps";
            return p;
        };
        std::vector<catalogue::Procedure> procedures = {
            make("1.000001", "Thủ tục thử nghiệm ba ngày", {3000, calendar::TimeUnit::working_day}, false),
            make("1.000002", "Thủ tục thử nghiệm trong ngày", {1000, calendar::TimeUnit::working_day}, true)};
        catalogue::FeeRule fee;
        fee.kind = catalogue::FeeKind::fixed;
        fee.amount = Dong{8000};
        fee.name = "Phí bản sao";
        procedures[1].fees = {fee};
        // With a form, a paper, a fee; not by post.
        catalogue::Procedure& whole = procedures.emplace_back(
            make("1.000003", "Thủ tục thử nghiệm có tờ khai", {3000, calendar::TimeUnit::working_day}, false));
        whole.form = test_form;
        whole.channels = {catalogue::Channel::counter, catalogue::Channel::online};
        whole.components[0].code = "KQ000009";
        whole.components[0].name = "Giấy chứng sinh";
        fee.amount = Dong{15000};
        fee.name = "Lệ phí";
        whole.fees = {fee};
        catalogue_ = std::make_shared<catalogue::Catalogue>(std::move(procedures), catalogue::Synonyms{});
    }

    std::unique_ptr<db::Database> db_;
    std::unique_ptr<ledger::Committer> committer_;
    std::shared_ptr<const catalogue::Catalogue> catalogue_;
    definitions::DefinitionsPtr definitions_;
    std::optional<identity::Identity> identity_;  // from the first account on
};

}  // namespace motcua::dossier
