#include "simulation/answers.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace motcua::simulation {

namespace {

constexpr int rounds_max = 80;
constexpr std::string_view province_gso = "91";  // Kiên Giang, and An Giang after it

constexpr std::string_view family_names[] = {"Nguyễn", "Trần", "Lê",   "Phạm", "Huỳnh",
                                             "Danh",   "Võ",   "Đặng", "Bùi",  "Thị"};
constexpr std::string_view middle_names[] = {"Văn", "Thị", "Minh", "Ngọc", "Hữu", "Thanh", "Kim", "Quốc"};
constexpr std::string_view given_names[] = {"An",  "Bình", "Cường", "Dung",  "Giang", "Hạnh", "Khánh",
                                            "Lan", "Nam",  "Phúc",  "Quyên", "Sơn",   "Tâm",  "Yến"};

std::size_t below(Random& random, std::size_t n) { return static_cast<std::size_t>(random.u64() % n); }
template <std::size_t N>
std::string_view any(Random& random, const std::string_view (&list)[N]) {
    return list[below(random, N)];
}

/// Ten digits with the check digit of Circular 105/2020/TT-BTC.
std::string tax_code(Random& random) {
    constexpr int weights[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    for (;;) {
        std::string digits = "17";
        for (int i = 0; i < 7; ++i) digits += static_cast<char>('0' + below(random, 10));
        int sum = 0;
        for (std::size_t i = 0; i < 9; ++i) sum += weights[i] * (digits[i] - '0');
        int check = 10 - sum % 11;
        if (check >= 0 && check < 10) return digits + static_cast<char>('0' + check);
    }
}

/// The value at a path of objects and arrays; made on the way.
json::value& at_path(json::object& root, std::string_view path) {
    json::value* here = nullptr;
    json::object* object = &root;
    for (;;) {
        std::size_t slash = path.find('/');
        std::string_view part = path.substr(0, slash);
        if (object) {
            here = &(*object)[part];
        } else {
            json::array& rows = here->is_array() ? here->get_array() : here->emplace_array();
            auto index = static_cast<std::size_t>(std::atoi(std::string(part).c_str()));
            while (rows.size() <= index) rows.emplace_back(json::object());
            here = &rows[index];
        }
        if (slash == std::string_view::npos) return *here;
        path.remove_prefix(slash + 1);
        bool row_next = !path.empty() && path[0] >= '0' && path[0] <= '9';
        if (row_next) {
            object = nullptr;
        } else {
            if (!here->is_object()) here->emplace_object();
            object = &here->get_object();
        }
    }
}

const json::value* sibling(const json::object& root, std::string_view path, const std::string& name) {
    std::string full(path.substr(0, path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
    full += name;
    const json::value* here = nullptr;
    const json::object* object = &root;
    std::string_view rest = full;
    while (object) {
        std::size_t slash = rest.find('/');
        here = object->if_contains(rest.substr(0, slash));
        if (!here || slash == std::string_view::npos) return here;
        rest.remove_prefix(slash + 1);
        if (const json::array* rows = here->if_array()) {
            slash = rest.find('/');
            auto index = static_cast<std::size_t>(std::atoi(std::string(rest.substr(0, slash)).c_str()));
            if (slash == std::string_view::npos || index >= rows->size()) return nullptr;
            rest.remove_prefix(slash + 1);
            here = &(*rows)[index];
        }
        object = here->if_object();
    }
    return nullptr;
}

class Filler {
  public:
    Filler(const forms::Definition& form, const forms::Facts& facts, std::string_view commune, Random& random)
        : form_(form), facts_(facts), commune_(commune), random_(random) {}

    /// A value for the field at `path`; the more often it was wrong, the further from the obvious.
    json::value value(const forms::Field& field, std::string_view path, const json::object& answers, int tries) {
        using forms::Type;
        switch (field.type) {
            case Type::text: {
                constexpr std::string_view texts[] = {"Nội dung khai báo", "012345678", "AB123456", "12", "1987",
                                                      "B1234567",          "A"};
                return json::value(tries == 0 && !field.pattern
                                       ? texts[0]
                                       : texts[static_cast<std::size_t>(tries) % std::size(texts)]);
            }
            case Type::area:
                return json::value("Trình bày rõ nội dung đề nghị giải quyết.");
            case Type::number:
            case Type::money:
                return static_cast<std::int64_t>(field.min.value_or(1)) +
                       (tries > 0 ? static_cast<std::int64_t>(below(random_, 50)) : 0);
            case Type::date:
                return date(tries);
            case Type::radio:
            case Type::select:
                return json::value(field.options.empty()
                                       ? std::string()
                                       : field.options[static_cast<std::size_t>(tries) % field.options.size()].value);
            case Type::checkbox:
                return json::array{json::value(field.options.empty() ? std::string() : field.options.front().value)};
            case Type::consent:
                return true;
            case Type::citizen_id:
                return citizen_id(field, path, answers);
            case Type::old_id:
                return json::value("370123456");
            case Type::tax_code:
                return json::value(tax_code(random_));
            case Type::phone:
                return json::value(fmt::format("09{:08}", below(random_, 100'000'000)));
            case Type::email:
                return json::value("nguoidan@example.vn");
            case Type::person_name:
                return json::value(make_name(random_));
            case Type::address: {
                json::object address{{"unit", field.level == forms::UnitLevel::province ? province_gso : commune_}};
                if (field.detail != forms::Detail::none)
                    address.emplace("detail", fmt::format("Số {}, ấp Đông Quý", 1 + below(random_, 300)));
                return address;
            }
            case Type::file: {
                std::string kind = field.kinds.empty() ? "pdf" : field.kinds.front();
                return json::array{
                    json::object{{"id", "tep-1"}, {"name", "giay-to." + kind}, {"kind", kind}, {"bytes", 1000}}};
            }
            case Type::group:
                return json::array{json::object()};
            case Type::section:
                return json::object();
            case Type::computed:
            case Type::info:
                return nullptr;
        }
        return nullptr;
    }

  private:
    json::value date(int tries) {
        using std::chrono::days;
        constexpr int ages[] = {365 * 35, 10,       365 * 2, -20,      365 * 20, 365 * 60,
                                0,        365 * 10, -200,    365 * 82, 365 * 5,  365 * 13};
        return json::value(format_day(facts_.today - days{ages[static_cast<std::size_t>(tries) % std::size(ages)]}));
    }
    json::value citizen_id(const forms::Field& field, std::string_view path, const json::object& answers) {
        bool female = true;
        int year = 1987;
        if (const json::value* sex = field.sex_field.empty() ? nullptr : sibling(answers, path, field.sex_field);
            sex && sex->is_string())
            female = std::string_view(sex->get_string()) == "female";
        if (const json::value* born = field.born_field.empty() ? nullptr : sibling(answers, path, field.born_field);
            born && born->is_string() && born->get_string().size() >= 4)
            year = std::atoi(std::string(std::string_view(born->get_string()).substr(0, 4)).c_str());
        return json::value(make_citizen_id(random_, female, year));
    }

    const forms::Definition& form_;
    const forms::Facts& facts_;
    std::string_view commune_;
    Random& random_;
};

}  // namespace

std::string make_name(Random& random) {
    return fmt::format("{} {} {}", any(random, family_names), any(random, middle_names), any(random, given_names));
}

std::string make_citizen_id(Random& random, bool female, int birth_year) {
    int century_sex = (birth_year / 100 - 19) * 2 + (female ? 1 : 0);
    return fmt::format("091{}{:02}{:06}", century_sex, birth_year % 100, below(random, 1'000'000));
}

std::optional<json::object> make_answers(const forms::Definition& form, const forms::Facts& facts,
                                         std::string_view commune, Random& random) {
    json::object answers;
    std::map<std::string, int> tries;
    Filler filler(form, facts, commune, random);
    for (int round = 0; round < rounds_max; ++round) {
        auto judged = forms::validate(form, answers, facts);
        if (judged.errors.empty()) return std::move(judged.answers);
        for (const FieldError& error : judged.errors) {
            std::string path = error.path;
            const forms::Field* field = form.find(path);
            while (!field && path.find('/') != std::string::npos) {  // "home/unit": the address is the field
                path.resize(path.rfind('/'));
                field = form.find(path);
            }
            if (!field) continue;
            bool grouped = field->type == forms::Type::group && tries[path] > 0;
            if (grouped && judged.errors.size() > 1) continue;  // its rows first: they are not thrown away
            at_path(answers, path) = filler.value(*field, path, answers, tries[path]++);
        }
    }
    return std::nullopt;
}

}  // namespace motcua::simulation
