#include "forms/entries.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <vector>

#include "forms/values.hpp"

namespace motcua::forms {

namespace {

bool digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string two(std::string_view number) { return number.size() < 2 ? "0" + std::string(number) : std::string(number); }

class Reader {
  public:
    explicit Reader(std::span<const Entry> entries) {
        for (const Entry& entry : entries)
            if (!entry.name.starts_with('_')) values_[std::string(entry.name)].push_back(entry.value);
    }

    json::object run(const Definition& definition) {
        json::object out;
        scope(definition.scope, "", out);
        for (const auto& [name, values] : values_)
            if (!used_.contains(name)) out[name] = values.front();
        return out;
    }

  private:
    using Values = std::vector<std::string_view>;

    /// Everything sent under that name; marks it as known.
    const Values* take(const std::string& name) {
        auto found = values_.find(name);
        if (found == values_.end()) return nullptr;
        used_.insert(name);
        return &found->second;
    }

    void scope(const Scope& scope, const std::string& prefix, json::object& out) {
        for (const Field& field : scope.fields)
            if (json::value value = read(field, prefix + field.name); !value.is_null())
                out[field.name] = std::move(value);
    }

    /// null: nothing was sent for the field.
    json::value read(const Field& field, const std::string& path) {
        switch (field.type) {
            case Type::info:
            case Type::computed:
                return {};
            case Type::section:
                return section(field, path);
            case Type::group:
                return rows(field, path);
            case Type::address:
                return address(path);
            default:
                break;
        }
        const Values* sent = take(path);
        if (!sent) return {};
        switch (field.type) {
            case Type::consent:
                return sent->front() == "true";
            case Type::date:
                return json::value(read_date_entry(sent->front()));
            case Type::checkbox: {
                json::array ticked;
                for (std::string_view value : *sent) ticked.emplace_back(value);
                return ticked;
            }
            case Type::file: {
                json::array files;
                for (std::string_view id : *sent)
                    if (!id.empty()) files.push_back(json::object{{"id", id}});
                return files;
            }
            default:
                return json::value(sent->front());
        }
    }

    json::value section(const Field& field, const std::string& path) {
        json::object inner;
        scope(field.inner, path + "/", inner);
        return inner.empty() ? json::value() : json::value(std::move(inner));
    }

    json::value address(const std::string& path) {
        json::object out;
        for (std::string_view part : {"unit", "detail", "country"})
            if (const Values* sent = take(path + "/" + std::string(part)); sent && !sent->front().empty())
                out[part] = sent->front();
        return out.empty() ? json::value() : json::value(std::move(out));
    }

    json::value rows(const Field& field, const std::string& path) {
        json::array out;
        for (unsigned row : row_numbers(path)) {
            std::string prefix = path + "/" + std::to_string(row) + "/";
            json::object inner;
            scope(field.inner, prefix, inner);
            if (has_entry(prefix)) out.push_back(std::move(inner));
        }
        return out.empty() ? json::value() : json::value(std::move(out));
    }

    /// Whether anything but white space was typed below `prefix`.
    bool has_entry(const std::string& prefix) const {
        auto typed = [](std::string_view value) { return !clean_line(value).empty(); };
        for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
            if (std::ranges::any_of(at->second, typed)) return true;
        return false;
    }

    /// The numbers used after `path`/, ascending; more than any form may have are left to be reported as unknown names.
    std::set<unsigned> row_numbers(const std::string& path) const {
        std::set<unsigned> found;
        const std::string prefix = path + "/";
        for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at) {
            std::string_view rest = std::string_view(at->first).substr(prefix.size());
            std::string_view number = rest.substr(0, rest.find('/'));
            unsigned row = 0;
            bool canonical = digits(number) && number.size() <= 4 && (number == "0" || number.front() != '0');
            if (canonical && std::from_chars(number.data(), number.data() + number.size(), row).ec == std::errc{} &&
                found.size() <= rows_max)
                found.insert(row);
        }
        return found;
    }

    std::map<std::string, Values> values_;
    std::set<std::string> used_;
};

}  // namespace

json::object read_entries(const Definition& definition, std::span<const Entry> entries) {
    return Reader(entries).run(definition);
}

std::string read_date_entry(std::string_view text) {
    std::string clean = clean_line(text);
    std::vector<std::string_view> parts;
    for (std::string_view rest = clean;;) {
        size_t end = rest.find_first_of("/.- ");
        parts.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    auto part = [&](size_t i, size_t least, size_t most) {
        return digits(parts[i]) && parts[i].size() >= least && parts[i].size() <= most;
    };
    if (parts.size() == 1 && part(0, 8, 8))
        return clean.substr(4) + "-" + clean.substr(2, 2) + "-" + clean.substr(0, 2);
    if (parts.size() == 3 && part(0, 1, 2) && part(1, 1, 2) && part(2, 4, 4))
        return std::string(parts[2]) + "-" + two(parts[1]) + "-" + two(parts[0]);
    if (parts.size() == 2 && part(0, 1, 2) && part(1, 4, 4)) return std::string(parts[1]) + "-" + two(parts[0]);
    return clean;
}

std::string show_date_entry(std::string_view iso) {
    auto shape = [&](std::string_view pattern) {
        return iso.size() == pattern.size() && std::ranges::equal(iso, pattern, [](char c, char p) {
                   return p == '0' ? c >= '0' && c <= '9' : c == p;
               });
    };
    if (shape("0000-00-00"))
        return std::string(iso.substr(8)) + "/" + std::string(iso.substr(5, 2)) + "/" + std::string(iso.substr(0, 4));
    if (shape("0000-00")) return std::string(iso.substr(5)) + "/" + std::string(iso.substr(0, 4));
    return std::string(iso);
}

}  // namespace motcua::forms
