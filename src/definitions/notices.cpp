#include "definitions/notices.hpp"

#include <map>

#include <fmt/format.h>

#include "base/check.hpp"
#include "definitions/calendar_texts.hpp"

namespace motcua::definitions {

namespace {

using db::Row;
using db::Statement;

constexpr std::string_view event_announced = "calendar_notice_announced";
constexpr std::string_view event_applied = "calendar_notice_applied";

constexpr Statement insert_notice{
    "calendar_notice.insert",
    "INSERT INTO calendar_notice (id, version, last_event, calendar, number, announced_at, announced_in, body)"
    " VALUES ($1, 1, $2, $3, $4, $5, $2, $6)"};
constexpr Statement insert_calendar{"calendar_notice.calendar",
                                    "INSERT INTO definition (id, kind, name, version, last_event, imported_at, body) "
                                    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement update_applied{
    "calendar_notice.applied",
    "UPDATE calendar_notice SET version = version + 1, last_event = $2, applied_at = $3, moved = $4"
    " WHERE id = $1 AND version = $5"};
constexpr Statement select_newest{
    "calendar_notice.newest",
    "SELECT id, version, last_event, calendar, announced_at, announced_in, applied_at, moved, body FROM calendar_notice"
    " ORDER BY id DESC LIMIT $1"};
constexpr Statement select_open{
    "calendar_notice.open",
    "SELECT id, version, last_event, calendar, announced_at, announced_in, applied_at, moved, body FROM calendar_notice"
    " WHERE applied_at IS NULL ORDER BY id LIMIT $1"};
constexpr Statement select_one{
    "calendar_notice.by_id",
    "SELECT id, version, last_event, calendar, announced_at, announced_in, applied_at, moved, body FROM calendar_notice"
    " WHERE id = $1"};
constexpr Statement select_calendar_rows{
    "calendar_notice.definitions", "SELECT name, version, body FROM definition WHERE kind = $1 ORDER BY name, version"};

Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }

LateNotice map_notice(const Row& row) {
    LateNotice found;
    found.id = row.int64(0);
    found.head = {row.int64(1), row.int64(2)};
    found.calendar = row.text(3);
    found.announced = instant(row.int64(4));
    found.position = row.int64(5);
    if (auto applied = row.find_int64(6)) found.applied = instant(*applied);
    found.moved = row.find_int64(7).value_or(0);
    auto body = parse_json(row.text(8));
    if (!body || !body->is_object()) throw Fault("ledger.corrupt", fmt::format("calendar notice {}", found.id));
    found.body = body->get_object();
    // Names of holidays are not wanted here, and the calendar that knows them was checked when it was announced.
    if (const json::object* document = find_object(found.body, "document")) {
        found.notice.document.number = string_or(*document, "number");
        found.notice.document.issuer = string_or(*document, "issuer");
        if (auto date = find_string(*document, "date"))
            if (auto day = parse_day(*date)) found.notice.document.date = *day;
    }
    return found;
}

}  // namespace

std::string document_text(const calendar::Document& document) {
    if (!document.date) return document.number;
    return fmt::format("{}, {}", document.number, format_day_vi(*document.date));
}

Result<Announcement> announce_notice(db::Session& session, IdMaker& ids, std::string_view calendar,
                                     std::string_view notice_text, const ledger::Meta& meta) {
    json::value given = TRY(parse_json(notice_text));
    NewestCalendars newest = newest_calendars(session);
    std::string name(calendar);
    auto present = newest.find(name);
    if (present == newest.end()) return fail(Errc::not_found, "calendar.unknown", {{"id", name}});
    std::vector<DefinitionText> texts;
    for (const auto& [each, text] : newest) texts.push_back(text);
    session.each(select_calendar_rows, db::Values{static_cast<std::int64_t>(Kind::calendar)}, [&](const Row& row) {
        texts.push_back({std::string(row.text(0)), static_cast<int>(row.int64(1)), std::string(row.text(2))});
    });
    auto built = TRY(build_calendar(present->second.text, texts));

    Announcement answer;
    LateNotice& late = answer.notice;
    late.calendar = name;
    late.notice = TRY(calendar::read_notice(notice_text, &built->data()));
    auto invalid = [](std::string_view reason, std::string_view at) {
        return fail(Errc::invalid, reason, {}, {{std::string(at), std::string(reason)}});
    };
    if (late.notice.document.number.empty()) return invalid("definitions.notice_number_missing", "document/number");
    if (!late.notice.document.date) return invalid("definitions.notice_date_missing", "document/date");
    if (late.notice.days.empty()) return invalid("definitions.notice_empty", "days_off");
    late.body = given.get_object();

    std::vector<DefinitionText> made = TRY(announce_on(newest, name, late.body));
    if (made.empty()) {
        for (LateNotice& known : list_notices(session))
            if (known.calendar == name && known.body == late.body) {
                late = std::move(known);
                return answer;
            }
        throw Fault("ledger.corrupt", "calendar " + name + " has a notice that was never announced");
    }
    late.id = ids.next();
    late.head = {1, 0};
    late.announced = meta.at;

    ledger::WriteSet write;
    write.kind = ledger::StreamKind::calendar;
    write.stream = late.id;
    write.meta = meta;
    write.rows.push_back({&insert_notice,
                          {late.id, std::int64_t{0}, name, late.notice.document.number,
                           meta.at.time_since_epoch().count(), json::serialize(late.body)},
                          {1},
                          1});
    json::array versions;
    for (const DefinitionText& text : made) {
        texts.push_back(text);
        answer.made.push_back({text.name, text.version, text.id(), TRY(build_calendar(text.text, texts)), text.text});
        versions.push_back(json::object{{"name", text.name}, {"version", text.version}, {"body", text.text}});
        write.rows.push_back(
            {&insert_calendar,
             {ids.next(), static_cast<std::int64_t>(Kind::calendar), text.name, std::int64_t{text.version},
              std::int64_t{0}, meta.at.time_since_epoch().count(), text.text},
             {4},
             1});
    }
    write.events.push_back(
        {event_announced, 1, {{"calendar", name}, {"notice", late.body}, {"versions", std::move(versions)}}});
    answer.write = std::move(write);
    return answer;
}

ledger::WriteSet applied_write_set(const LateNotice& notice, std::int64_t moved, const ledger::Meta& meta) {
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::calendar;
    write.stream = notice.id;
    write.head = notice.head;
    write.meta = meta;
    write.events.push_back({event_applied, 1, {{"moved", moved}}});
    write.rows.push_back({&update_applied,
                          {notice.id, std::int64_t{0}, meta.at.time_since_epoch().count(), moved, notice.head.version},
                          {1},
                          1});
    return write;
}

std::vector<LateNotice> list_notices(db::Session& session, int limit) {
    return session.list(select_newest, {std::int64_t{limit}}, map_notice);
}

std::vector<LateNotice> list_open_notices(db::Session& session) {
    return session.list(select_open, {std::int64_t{notices_max}}, map_notice);
}

std::optional<LateNotice> find_notice(db::Session& session, std::int64_t id) {
    return session.find_one(select_one, {id}, map_notice);
}

std::vector<std::string> check_notices(db::Database& database) {
    struct Folded {
        ledger::Head head;
        std::string calendar;
        json::object body;
        std::optional<std::int64_t> moved;
    };
    std::map<std::int64_t, Folded> notices;
    std::map<std::string, std::string> versions;  // "vietnam@3" -> text
    auto keep_version = [&](const json::object& o) {
        versions[DefinitionText{string_or(o, "name"), static_cast<int>(int_or(o, "version", 0)), ""}.id()] =
            string_or(o, "body");
    };
    ledger::visit_events(database, 0, [&](const ledger::StoredEvent& event) {
        if (event.kind != ledger::StreamKind::calendar) return;
        if (event.type == "definition_imported") return keep_version(event.data);
        Folded& folded = notices[event.stream];
        folded.head = {event.version, event.position};
        if (event.type == event_applied) folded.moved = int_or(event.data, "moved", 0);
        if (event.type != event_announced) return;
        folded.calendar = string_or(event.data, "calendar");
        if (const json::object* body = find_object(event.data, "notice")) folded.body = *body;
        if (const json::array* made = find_array(event.data, "versions"))
            for (const json::value& version : *made) keep_version(version.as_object());
    });
    std::vector<std::string> problems;
    auto session = database.reader();
    for (const LateNotice& row : list_notices(*session)) {
        auto found = notices.find(row.id);
        bool same = found != notices.end() && found->second.head == row.head &&
                    found->second.calendar == row.calendar && found->second.body == row.body &&
                    found->second.moved.has_value() == row.applied.has_value() &&
                    found->second.moved.value_or(0) == row.moved;
        if (!same) problems.push_back(fmt::format("notice {} is not what its events say", format_id(row.id)));
    }
    session->each(select_calendar_rows, db::Values{static_cast<std::int64_t>(Kind::calendar)}, [&](const Row& row) {
        std::string id = fmt::format("{}@{}", row.text(0), row.int64(1));
        auto found = versions.find(id);
        if (found == versions.end() || found->second != row.text(2))
            problems.push_back("calendar " + id + " is not what its events say");
        versions.erase(id);
    });
    for (const auto& [id, text] : versions) problems.push_back("calendar " + id + " has an event and no row");
    return problems;
}

}  // namespace motcua::definitions
