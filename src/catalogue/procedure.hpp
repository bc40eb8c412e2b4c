// An administrative procedure (thủ tục hành chính) as one version of it was published: its parts after Decree 63/2010
// art. 8 (name, steps, channels, dossier, limit, subjects, authority, fees, conditions, results, legal bases).
// Owns: the parts, which limit and which fee hold for a dossier, the JSON form. Leaves out: where procedures come from
// (portal_record.hpp, import.hpp), finding them (catalogue.hpp), when a due time falls (calendar).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "base/validity.hpp"
#include "calendar/due.hpp"
#include "organisation/unit.hpp"

namespace motcua::catalogue {

using organisation::Level;

inline constexpr std::size_t parts_max = 2000;              // of each list of a procedure
inline constexpr std::int64_t sheets_max = 1000;            // originals or copies of one paper
inline constexpr std::int64_t fee_max = 1'000'000'000'000;  // đồng; no fee comes near

/// How a dossier comes in (Decree 118/2025, art. 15): at a counter, online, by post.
enum class Channel : std::uint8_t { counter, online, post };
/// Decree 42/2022: information only, partly online, fully online.
enum class ServiceLevel : std::uint8_t { information, partial, full };
enum class Subject : std::uint8_t {
    citizen,
    overseas_vietnamese,
    foreigner,
    enterprise,
    foreign_enterprise,
    cooperative,
    organisation,
    foreign_organisation,
    officer,
    other,
};
enum class Status : std::uint8_t {
    draft,      // complete, not yet shown to citizens
    published,  // dossiers can be filed
    flagged,    // something in it cannot be trusted; see Procedure::flags
};

std::string_view to_text(Channel channel);
std::string_view to_text(ServiceLevel level);
std::string_view to_text(Subject subject);
std::string_view to_text(Status status);
std::optional<Channel> find_channel(std::string_view text);
std::optional<ServiceLevel> find_service_level(std::string_view text);
std::optional<Subject> find_subject(std::string_view text);
std::optional<Status> find_status(std::string_view text);

/// A case inside a procedure ("1.001193.01"): has a limit, fee or papers of its own.
struct Case {
    std::string code;
    std::string name;
    bool operator==(const Case&) const = default;
};

/// Where a limit or fee holds: one channel or every one, one case or every one.
struct Scope {
    std::optional<Channel> channel = {};
    std::string case_code = {};
    bool operator==(const Scope&) const = default;
};

struct TimeLimit {
    Scope scope;
    calendar::Limit limit;
    bool same_day = false;  // "trong ngày": one working day, counted by calendar::DueRules::same_day
    std::string note;
    bool operator==(const TimeLimit&) const = default;
};

enum class FeeKind : std::uint8_t {
    free,
    fixed,      // `amount` for each `basis`
    stepped,    // `steps` by page, `max` for a copy
    council,    // set by the province's People's Council; `amount` once the province has set it
    regulated,  // by a circular's table that the record does not spell out; an officer enters the amount
    unstated,   // the source says nothing
};
/// Phí pays for a service, lệ phí is a levy; each gets a receipt of its own. `service` = a service price (giá dịch vụ).
enum class FeeType : std::uint8_t { fee, levy, service };
enum class FeeBasis : std::uint8_t { dossier, copy, page };
std::string_view to_text(FeeKind kind);
std::string_view to_text(FeeType type);
std::string_view to_text(FeeBasis basis);
std::optional<FeeKind> find_fee_kind(std::string_view text);
std::optional<FeeType> find_fee_type(std::string_view text);
std::optional<FeeBasis> find_fee_basis(std::string_view text);

struct FeeStep {
    int from_page = 1;
    Dong price;
    bool operator==(const FeeStep&) const = default;
};

struct FeeRule {
    Scope scope;
    FeeKind kind = FeeKind::unstated;
    FeeType type = FeeType::levy;
    FeeBasis basis = FeeBasis::dossier;
    std::optional<Dong> amount = {};
    std::string currency = {};  // other than đồng, as the source writes it; then `amount` counts that currency
    std::vector<FeeStep> steps = {};
    std::optional<Dong> max = {};  // for one copy
    std::string name = {};
    std::string note = {};
    bool operator==(const FeeRule&) const = default;
};

enum class ComponentKind : std::uint8_t { form, paper, shown };  // to fill in; to hand in; to show only (xuất trình)
std::string_view to_text(ComponentKind kind);
std::optional<ComponentKind> find_component_kind(std::string_view text);

/// One paper of the dossier (thành phần hồ sơ).
struct Component {
    std::string code;  // KQ code, the same list as results: what makes a stored document reusable
    std::string name;
    ComponentKind kind = ComponentKind::paper;
    int originals = 0;
    int copies = 0;
    bool optional = false;  // only in some situations ("nếu có"); the others must be there at reception
    std::string group;      // of the source: a case or "papers to show"
    std::string template_name;
    bool operator==(const Component&) const = default;
};

struct Named {
    std::string code;
    std::string name;
    bool operator==(const Named&) const = default;
};

/// Why a version is not published; `reason` has a sentence in data/messages/catalogue.json, `detail` is the text of the
/// source that raised it.
struct Flag {
    std::string reason;
    std::string detail;
    bool operator==(const Flag&) const = default;
};

struct Procedure {
    // What this version is
    ProcedureId id;
    int version = 0;  // from 1; a dossier pins it
    Validity validity;
    Status status = Status::draft;
    std::vector<Flag> flags;

    // What was published
    std::string code;  // national: "1.001193"
    std::string name;
    Named field;  // "G15-TP07", "Hộ tịch"; the code is empty when the source gives none
    std::vector<Level> levels;
    ServiceLevel service_level = ServiceLevel::information;
    int old_service_level = 0;   // 1-4 until 08/2022, 0 = unknown
    std::string partial_reason;  // why it is not fully online (Decree 224/2026, art. 14)
    std::vector<Subject> subjects;
    std::vector<Channel> channels;
    std::vector<Case> cases;
    std::vector<TimeLimit> limits;
    std::vector<FeeRule> fees;
    std::vector<Component> components;
    std::vector<Named> results;
    std::vector<Named> legal_bases;
    std::string decision;     // number of the decision that published it
    std::string authorities;  // who settles it, in the source's words
    std::string steps;
    std::string conditions;
    std::string process;  // template in data/processes, empty when none is assigned
    std::string form;     // id in data/forms
    std::string source;   // address of the record it was read from

    bool is_published_on(LocalDay day) const { return status == Status::published && validity.covers(day); }
};

/// "1.001193" and what follows it: "1.008377.000.00.00.H13" (local copy) and "2.000815.000.00.00.H55.02" (online
/// service) have no case, "1.001193.01" has the case of that code. Letters in either case; spaces around are ignored.
struct CodeParts {
    std::string code;
    std::string case_code;
};
std::optional<CodeParts> parse_procedure_code(std::string_view text);

/// The limit of a dossier: the one whose scope fits closest. Reasons: "catalogue.limit_missing" {code},
/// "catalogue.case_required" {cases} when the limits differ by case and none was named, "catalogue.case_unknown"
/// {case}.
Result<TimeLimit> find_limit(const Procedure& procedure, Channel channel, std::string_view case_code = {});

struct FeeInput {
    Channel channel = Channel::counter;
    std::string case_code = {};
    int copies = 1;
    int pages = 0;  // of the paper that is copied
};
struct FeeLine {
    std::size_t rule = 0;  // index into Procedure::fees
    std::string name;
    FeeType type = FeeType::levy;
    std::optional<Dong> amount;  // nullopt: set by an officer (FeeKind::council without amount, regulated)
};
struct FeeQuote {
    std::vector<FeeLine> lines;
    Dong total;            // of the lines with an amount
    bool complete = true;  // every line has an amount
};
inline constexpr int fee_count_max = 10'000;  // copies and pages

/// What a dossier costs. Reasons: "catalogue.case_unknown" {case}, "catalogue.pages_required" for a fee by page without
/// pages, "catalogue.count_out_of_bounds" {max}.
Result<FeeQuote> compute_fees(const Procedure& procedure, const FeeInput& input);

/// How an administrator settles a flagged version: new limits or fees, or flags confirmed to be right as they are.
struct Settlement {
    std::optional<std::vector<TimeLimit>> limits = {};
    std::optional<std::vector<FeeRule>> fees = {};
    std::vector<std::string> confirmed = {};  // reasons of flags
    std::string note = {};                    // why; kept in the ledger
};
/// {"limits":[…],"fees":[…],"confirmed":[…],"note":"…"}, limits and fees as in a procedure. Reason
/// "catalogue.procedure_malformed" {field}.
Result<Settlement> read_settlement(const json::object& object);

/// Everything a reader needs, names of enumerators as texts, absent parts left out.
json::object to_json(const Procedure& procedure);
/// Reads what to_json writes, without id, version, status and flags. Reasons: "catalogue.procedure_malformed" {field},
/// "catalogue.code_malformed" {code}, "catalogue.name_missing", those of parse_validity.
Result<Procedure> read_procedure(const json::object& object);

}  // namespace motcua::catalogue
