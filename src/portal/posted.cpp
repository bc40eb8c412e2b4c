#include "portal/posted.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"
#include "forms/entries.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

constexpr std::string_view new_file = "new:";

std::string field_of(const Request& request, std::string_view name) {
    return nfc(request.find_form(name).value_or(std::string_view{}));
}

std::string trimmed(const std::string& text) {
    std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string line_of(const Request& request, std::string_view name) { return trimmed(field_of(request, name)); }

int count_of(const std::string& text) {
    int count = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    return error == std::errc{} && end == text.data() + text.size() ? std::clamp(count, 0, 1000) : 0;
}

Beside read_beside(const Request& request) {
    Beside beside;
    dossier::Party& a = beside.applicant;
    a.kind = dossier::find_party_kind(line_of(request, "_applicant/kind")).value_or(dossier::PartyKind::person);
    a.name = line_of(request, "_applicant/name");
    a.id_number = line_of(request, "_applicant/id_number");
    a.phone = line_of(request, "_applicant/phone");
    a.email = line_of(request, "_applicant/email");
    a.address = line_of(request, "_applicant/address");
    a.place = line_of(request, "_applicant/place");
    dossier::Filer& f = beside.filer;
    f.kind = dossier::find_filer_kind(line_of(request, "_filer/kind")).value_or(dossier::FilerKind::person);
    if (f.kind != dossier::FilerKind::person) {
        f.name = line_of(request, "_filer/name");
        f.id_number = line_of(request, "_filer/id_number");
        f.mandate = line_of(request, "_filer/mandate");
    }
    beside.return_channel =
        dossier::find_return_channel(line_of(request, "_return_channel")).value_or(dossier::ReturnChannel::counter);
    beside.procedure_case = line_of(request, "_case");
    for (const http::NameValue& field : request.form) {
        for (std::string_view prefix : {"_originals/", "_copies/"}) {
            if (!field.name.starts_with(prefix)) continue;
            Beside::Count& count = beside.counts[field.name.substr(prefix.size())];
            (prefix == "_originals/" ? count.originals : count.copies) = trimmed(field.value);
        }
    }
    return beside;
}

}  // namespace

std::string_view component_tail(std::string_view code) {
    std::size_t dot = code.rfind('.');
    return dot == std::string_view::npos ? code : code.substr(dot + 1);
}

Posted read_posted(const Request& request, const catalogue::Procedure& procedure, const forms::Definition* definition) {
    Posted posted;
    posted.beside = read_beside(request);
    posted.draft = request.find_form("_action") == "draft";
    if (auto version = request.find_form("_version")) {
        std::int64_t number = 0;
        auto [end, error] = std::from_chars(version->data(), version->data() + version->size(), number);
        if (error == std::errc{} && end == version->data() + version->size()) posted.version = number;
    }
    for (const http::NameValue& field : request.form)
        if (field.name == "_remove")
            if (auto id = parse_id(field.value)) posted.removed.push_back(DocumentId{*id});

    std::vector<forms::Entry> entries;
    if (definition)
        for (const http::NameValue& field : request.form)
            if (field.name != "csrf") entries.push_back({field.name, field.value});
    std::vector<std::string> markers;
    markers.reserve(request.uploads.size());  // entries keep views
    constexpr std::string_view paper = "_file/";
    for (const http::Upload& upload : request.uploads) {
        if (upload.bytes.empty() && upload.file_name.empty()) continue;  // nothing was chosen
        Sent sent{.upload = &upload, .field = upload.field, .component = {}, .name = {}, .kind = {}};
        if (upload.field.starts_with(paper)) {
            sent.component = upload.field.substr(paper.size());
        } else {
            const forms::Field* field = definition ? definition->find(upload.field) : nullptr;
            if (!field || field->type != forms::Type::file) continue;  // no field of this page
            sent.component = field->component.empty() ? field->name : field->component;
            sent.name = field->label.vi;
            markers.push_back(fmt::format("{}{}", new_file, posted.files.size()));
            entries.push_back({upload.field, markers.back()});
        }
        for (const catalogue::Component& component : procedure.components)
            if (component_tail(component.code) == component_tail(sent.component)) {
                sent.component = component.code;
                sent.name = component.name;
            }
        posted.files.push_back(std::move(sent));
    }
    if (definition) posted.answers = forms::read_entries(*definition, entries);
    return posted;
}

void check_files(Lang lang, const documents::Limits& limits, std::vector<Sent>& files, std::vector<Wrong>& wrong) {
    auto refuse = [&](const Sent& sent, const Error& error) {
        wrong.push_back({sent.field, resources::message(lang, error)});
    };
    for (Sent& sent : files) {
        auto name = documents::clean_file_name(sent.upload->file_name);
        if (!name) {
            refuse(sent, name.error());
            continue;
        }
        if (std::ssize(sent.upload->bytes) > limits.file_bytes_max) {
            wrong.push_back(
                {sent.field,
                 resources::message(
                     lang, "document.too_large",
                     std::vector<Param>{{"name", *name}, {"limit", std::to_string(limits.file_bytes_max >> 20)}})});
            continue;
        }
        auto kind = documents::detect_kind(*name, sent.upload->bytes);
        if (!kind) {
            refuse(sent, kind.error());
            continue;
        }
        auto agreed = documents::agree_on_kind(*name, sent.upload->content_type, *kind);
        if (!agreed) {
            refuse(sent, agreed.error());
            continue;
        }
        sent.kind = documents::info_of(*kind).extensions.front();
        sent.document.name = *agreed;
        sent.document.bytes = std::ssize(sent.upload->bytes);
    }
}

void complete_files(json::value& answers, const std::vector<Sent>& files,
                    const std::vector<documents::Document>& stored) {
    if (json::array* list = answers.if_array()) {
        for (json::value& one : *list) complete_files(one, files, stored);
        return;
    }
    json::object* object = answers.if_object();
    if (!object) return;
    auto id = object->size() == 1 ? find_string(*object, "id") : std::nullopt;
    if (!id) {
        for (auto& [name, value] : *object) complete_files(value, files, stored);
        return;
    }
    auto put = [&](const std::string& key, const std::string& name, std::string_view kind, std::int64_t bytes) {
        *object = {{"id", key}, {"name", name}, {"kind", kind}, {"bytes", bytes}};
    };
    if (id->starts_with(new_file)) {
        std::size_t i = 0;
        std::string_view number = id->substr(new_file.size());
        std::from_chars(number.data(), number.data() + number.size(), i);
        if (i >= files.size()) return;
        const Sent& sent = files[i];
        put(sent.document.id ? to_string(sent.document.id) : std::string(*id), sent.document.name, sent.kind,
            sent.document.bytes);
        return;
    }
    for (const documents::Document& document : stored)
        if (to_string(document.id) == *id) {
            std::string ending = lower(std::string_view(document.name).substr(document.name.rfind('.') + 1));
            put(to_string(document.id), document.name, ending == "jpeg" ? "jpg" : ending, document.bytes);
            return;
        }
}

std::vector<dossier::Component> components_of(const catalogue::Procedure& procedure,
                                              const std::vector<dossier::Component>& before, const Posted& posted) {
    std::vector<dossier::Component> components = before;
    for (dossier::Component& component : components)
        std::erase_if(component.documents,
                      [&](DocumentId id) { return std::ranges::find(posted.removed, id) != posted.removed.end(); });
    auto of = [&](const std::string& code, const std::string& name) -> dossier::Component& {
        auto found = std::ranges::find(components, code, &dossier::Component::code);
        if (found != components.end()) return *found;
        components.push_back({code, name, 0, 0, {}});
        return components.back();
    };
    for (const Sent& sent : posted.files) {
        dossier::Component& component = of(sent.component, sent.name);
        if (component.name.empty()) component.name = sent.name;
        component.documents.push_back(sent.document.id);
    }
    for (const catalogue::Component& wanted : procedure.components) {
        auto count = posted.beside.counts.find(wanted.code);
        if (count == posted.beside.counts.end()) continue;
        int originals = count_of(count->second.originals), copies = count_of(count->second.copies);
        auto there = std::ranges::find(components, wanted.code, &dossier::Component::code);
        if (originals + copies == 0 && there == components.end()) continue;
        dossier::Component& component = of(wanted.code, wanted.name);
        component.originals = originals;
        component.copies = copies;
    }
    std::erase_if(components,
                  [](const dossier::Component& c) { return c.originals + c.copies == 0 && c.documents.empty(); });
    return components;
}

}  // namespace motcua::portal
