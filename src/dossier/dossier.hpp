// The dossier (hồ sơ): its state, and the fold of its events into that state.
// Owns the life cycle of reference: Decree 61/2018 (as amended by 107/2021) and Decree 118/2025; states as the national
// portal codes them. `apply` decides nothing and cannot fail; the rules are in decide.hpp. Leaves out storage
// (rows.hpp), use cases (service.hpp) and HTTP (api.cpp).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "calendar/deadline.hpp"
#include "ledger/ledger.hpp"

namespace motcua::dossier {

/// State (trạng thái hồ sơ); the number is the national portal's TrangThaiHoSo, 0 is ours.
enum class Status : std::int8_t {
    draft = 0,                // nháp
    registered = 1,           // mới đăng ký: filed, reception has not answered yet
    received = 2,             // được tiếp nhận
    refused = 3,              // không được tiếp nhận
    processing = 4,           // đang xử lý
    awaiting_supplement = 5,  // yêu cầu bổ sung giấy tờ
    awaiting_payment = 6,     // yêu cầu thực hiện nghĩa vụ tài chính
    withdrawn = 7,            // công dân yêu cầu rút hồ sơ
    stopped = 8,              // dừng xử lý
    finished = 9,             // đã xử lý xong
    returned = 10,            // đã trả kết quả
};
std::string_view to_text(Status status);
std::optional<Status> find_status(std::string_view text);
/// Refused, withdrawn, stopped or returned: nothing legal is owed any more.
bool is_closed(Status status);
/// Filed and not yet decided, with no supplement wanted: that is handed in another way.
inline constexpr std::initializer_list<Status> amendable{Status::registered, Status::received, Status::processing,
                                                         Status::awaiting_payment};

/// How the dossier came (kênh thực hiện; the national portal's KenhThucHien).
enum class Channel : std::int8_t { counter = 1, online = 2, post = 3 };
std::string_view to_text(Channel channel);
std::optional<Channel> find_channel(std::string_view text);

/// Who files: the person, a representative (người đại diện, người được ủy quyền) or a helper (người nộp hộ).
enum class FilerKind : std::int8_t { person, representative, helper };
std::string_view to_text(FilerKind kind);
std::optional<FilerKind> find_filer_kind(std::string_view text);

/// Chủ hồ sơ; the number is the national portal's LoaiDoiTuong.
enum class PartyKind : std::int8_t { person = 1, business = 2, agency = 3, organisation = 4 };
std::string_view to_text(PartyKind kind);
std::optional<PartyKind> find_party_kind(std::string_view text);

struct Party {
    PartyKind kind = PartyKind::person;
    std::string name;
    std::string id_number;  // citizen id, tax code or registration number
    std::string phone;
    std::string email;
    std::string address;
    std::string place;  // unit code of the commune that decides competence; may be empty
    // At rest number, phone, mail and address are these two (personal.hpp): sealed, and what the number is found by.
    // Folded from events, a party has no more; neither is set when it was filed before there were keys.
    std::string sealed = {};
    std::string number_key = {};
    /// What is sealed was changed and cannot be opened: number, phone, mail and address are empty. Not at rest.
    bool unreadable = false;
    /// The same at rest.
    bool operator==(const Party& other) const;
};

struct Filer {
    FilerKind kind = FilerKind::person;
    std::string name;  // of the representative or helper
    std::string id_number;
    std::string mandate;      // paper that gives the right, for a representative
    std::string sealed = {};  // as of Party
    bool unreadable = false;  // as of Party
    bool operator==(const Filer& other) const;
};

/// A paper handed in (thành phần hồ sơ).
struct Component {
    std::string code;  // mã giấy tờ (KQ…)
    std::string name;
    int originals = 0;
    int copies = 0;
    std::vector<DocumentId> documents;
    bool operator==(const Component&) const = default;
};

/// Uploads of the agency's own result document carry this instead of a component code.
inline constexpr std::string_view result_component = "result";

struct FeeItem {
    std::string name;
    Dong amount;
    bool paid = false;
    std::string method;  // "cash", "online", "transfer" once paid
    std::string receipt_no;
    bool operator==(const FeeItem&) const = default;
};

/// What somebody owes the dossier now: a line of a worklist. Every open dossier has at least one.
enum class TaskKind : std::int8_t {
    intake = 1,      // answer a filed dossier: receive, refuse or ask for a supplement
    step = 2,        // a step of the internal process
    opinion = 3,     // another agency's opinion (lấy ý kiến)
    supplement = 4,  // the citizen completes; reception closes it after the term
    payment = 5,     // the citizen pays
    hand_over = 6,   // return the result
    correction = 7,  // replace a wrong result
    complete_draft = 8,
    incident = 9,  // the process cannot go on by itself: retry, skip or put right
    awaited = 10,  // something from outside is awaited: somebody sees to it that it comes
};
std::string_view to_text(TaskKind kind);
std::optional<TaskKind> find_task_kind(std::string_view text);

struct Task {
    std::int64_t id = 0;
    TaskKind kind = TaskKind::step;
    std::string key;      // of the process engine for a step
    std::string element;  // BPMN element id for a step
    std::string name;     // Vietnamese, as in the process; empty for the fixed kinds
    std::string role;
    UnitId unit;
    OfficerId officer;  // assigned to, none = anyone of the role in the unit
    Instant opened;
    Instant due;
    bool operator==(const Task&) const = default;
};

/// What the process waits for without anybody's work; a row each. Owed work beside it is a task: incidents and awaited
/// messages have both.
enum class PendingKind : std::int8_t {
    timer = 1,     // due at an instant
    message = 2,   // also the answer to a receive task
    signal = 3,    // to everybody
    service = 4,   // a call to be made; due = next attempt
    incident = 5,  // name = reason
};
std::string_view to_text(PendingKind kind);
std::optional<PendingKind> find_pending_kind(std::string_view text);

struct Pending {
    std::int64_t id = 0;  // counts up with time: what came before it is known by it
    PendingKind kind = PendingKind::timer;
    std::string key = {};      // of the process engine
    std::string element = {};  // BPMN element id
    std::string name = {};     // of message, signal or service; reason of an incident
    std::string correlation = {};
    std::optional<Instant> due = {};
    std::optional<Instant> since = {};  // a timer's working time is counted from here
    int attempts = 0;                   // of a service, failed so far
    std::vector<Param> params = {};
    bool operator==(const Pending&) const = default;
};

/// The legal clock of a dossier: the deadline's life, and what it last came to.
struct LegalClock {
    calendar::Deadline count;
    std::string calendar;  // id of the calendar it was counted on
    Instant original;      // as printed on the first receipt
    Instant due;           // now; while the clock stands still, as it stood before
    bool operator==(const LegalClock&) const = default;
};

enum class Stage : std::int8_t { intake, appraisal };

/// The open or answered request to complete the dossier (Form 02).
struct Supplement {
    Stage stage = Stage::intake;
    Instant requested;
    std::optional<Instant> closes;  // after this reception may close the dossier
    std::vector<std::string> items;
    std::string reason;
    std::optional<Instant> submitted;
    bool operator==(const Supplement&) const = default;
};

struct Opinion {
    std::int64_t task = 0;
    UnitId agency;
    std::string content;
    Instant asked;
    Instant due;
    calendar::Limit limit = {};  // in the agency's hours; `due` comes from it
    bool pauses_clock = false;
    std::optional<Instant> answered = {};
    std::string answer = {};
    bool operator==(const Opinion&) const = default;
};

enum class Outcome : std::int8_t { granted, refused };

struct ResultDocument {
    Outcome outcome = Outcome::granted;
    std::string kind;    // result kind code of the procedure (mã kết quả)
    std::string number;  // số, ký hiệu
    std::string summary;
    std::vector<DocumentId> documents;
    Instant at;
    bool operator==(const ResultDocument&) const = default;
};

/// How the result goes back (the national portal's HinhThuc has counter = 0, post = 1; online is ours).
enum class ReturnChannel : std::int8_t { counter = 0, post = 1, online = 2 };
std::string_view to_text(ReturnChannel channel);
std::optional<ReturnChannel> find_return_channel(std::string_view text);

struct Correction {
    Instant reported;
    Instant due;
    std::string reason;
    std::optional<Instant> corrected;
    std::optional<Instant> returned = {};  // the right result, when the wrong one had been returned
    bool operator==(const Correction&) const = default;
};

/// A reason that the message catalogue turns into a sentence: one ground of why this unit is competent.
struct Because {
    std::string reason;
    std::vector<Param> params;
    bool operator==(const Because&) const = default;
};

struct Dossier {
    DossierId id;
    ledger::Head head;
    Status status = Status::draft;
    std::string code;  // agency-yymmdd-serial, from reception on

    std::string procedure;  // code
    int procedure_version = 0;
    std::string procedure_name;
    std::string procedure_case;  // mã trường hợp, may be empty
    std::string form;            // id and version it was filled with
    int form_version = 0;
    std::int64_t answers_version = 0;  // stream version of the event that holds the form's answers

    Channel channel = Channel::online;
    ReturnChannel return_channel = ReturnChannel::counter;
    Party applicant;
    Filer filer;
    PersonId owner;     // account that follows it online, if any
    OfficerId drafter;  // officer or helper who began it on somebody else's behalf
    std::vector<Component> components;
    std::vector<FeeItem> fees;

    Instant created;
    std::optional<Instant> submitted;
    std::optional<Instant> received;
    std::optional<Instant> amended;  // by the citizen after reception, the last time
    std::optional<Instant> finished;
    std::optional<Instant> returned;

    UnitId receiving_unit;
    UnitId competent_unit;
    std::vector<Because> grounds;            // why the competent unit is the one, in the order of the reasoning
    std::optional<calendar::RuleSet> rules;  // pinned by the day of reception
    std::optional<LegalClock> clock;

    std::string process;  // id and version it runs on
    int process_version = 0;
    json::object instance;         // of the process engine
    std::vector<Task> tasks;       // open ones
    std::vector<Pending> pending;  // what the process waits for

    std::vector<Supplement> supplements;  // at most one of each stage
    std::vector<Opinion> opinions;
    std::optional<ResultDocument> result;
    std::optional<Correction> correction;
    std::optional<Instant> apology_at;  // letter of apology (Form 04) after the date had passed, or with the extension
    std::string closing_reason;         // of a refusal, withdrawal or stop

    const Task* find_task(std::int64_t id) const;
    const Pending* find_pending(PendingKind kind, std::string_view key) const;
    /// Somebody owes it something, or an instant is known at which it goes on by itself.
    bool is_owned() const;
    /// The request for a supplement that has no answer yet.
    const Supplement* open_supplement() const;
    /// Whether its citizen may still change it online: filed online, received under 118 or not at all, no result yet
    /// (118 art. 21). What of it may no longer change then, deciding says.
    bool is_amendable() const;
    /// Late: finished after, or still open past, the due time; time for which the clock stands still does not count.
    bool is_late(Instant now) const;
    bool operator==(const Dossier&) const = default;
};

/// Folds one event. Total: unknown members are ignored, absent ones leave the state as it is.
void apply(Dossier& dossier, const ledger::StoredEvent& event);

/// The state as stored in the dossier's row, deterministic and without personal answers of the form. Here and below the
/// JSON lives in `storage`.
json::object to_json(const Dossier& dossier, const json::storage_ptr& storage = {});
/// Reads what to_json wrote; anything else throws Fault "ledger.corrupt".
Dossier dossier_from_json(const json::object& object);

// Parts that events carry.
json::object to_json(const Party& party, const json::storage_ptr& storage = {});
Party party_from_json(const json::object& object);
json::object to_json(const Filer& filer, const json::storage_ptr& storage = {});
Filer filer_from_json(const json::object& object);
json::object to_json(const Component& component, const json::storage_ptr& storage = {});
Component component_from_json(const json::object& object);
json::object to_json(const FeeItem& item, const json::storage_ptr& storage = {});
FeeItem fee_from_json(const json::object& object);
json::object to_json(const Task& task, const json::storage_ptr& storage = {});
Task task_from_json(const json::object& object);
json::object to_json(const Pending& pending, const json::storage_ptr& storage = {});
json::array to_json(const std::vector<Pending>& list, const json::storage_ptr& storage = {});
Pending pending_from_json(const json::object& object);
json::object to_json(const calendar::Limit& limit, const json::storage_ptr& storage = {});
calendar::Limit limit_from_json(const json::object& object);
json::object to_json(const LegalClock& clock, const json::storage_ptr& storage = {});
LegalClock clock_from_json(const json::object& object);
/// Since when a clock as stored stands still; nullopt while it runs. Reads no more than that: reports ask it of every
/// event.
std::optional<Instant> standing_since(const json::object& clock);
json::object to_json(const ResultDocument& result, const json::storage_ptr& storage = {});
ResultDocument result_from_json(const json::object& object);
json::object to_json(const Because& ground, const json::storage_ptr& storage = {});
Because because_from_json(const json::object& object);
json::object to_json(const Supplement& supplement, const json::storage_ptr& storage = {});
Supplement supplement_from_json(const json::object& object);

}  // namespace motcua::dossier
