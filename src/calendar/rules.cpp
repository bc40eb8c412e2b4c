// See rules.hpp.
#include "calendar/rules.hpp"

namespace motcua::calendar {
using namespace std::chrono;

std::string_view to_text(RuleSet rules) {
    switch (rules) {
        case RuleSet::nd61:
            return "nd61";
        case RuleSet::nd107:
            return "nd107";
        case RuleSet::nd118:
            return "nd118";
    }
    return "nd118";
}

std::optional<RuleSet> find_rule_set(std::string_view text) {
    for (auto rules : {RuleSet::nd61, RuleSet::nd107, RuleSet::nd118})
        if (to_text(rules) == text) return rules;
    return std::nullopt;
}

RuleSet rule_set_on(LocalDay reception) {
    if (reception >= LocalDay{year{2025} / July / 1}) return RuleSet::nd118;
    if (reception >= LocalDay{year{2021} / December / 6}) return RuleSet::nd107;
    return RuleSet::nd61;
}

Name article(RuleSet rules, Topic topic) {
    bool nd118 = rules == RuleSet::nd118, nd107 = rules == RuleSet::nd107;
    switch (topic) {
        case Topic::reception:
            if (nd118) return {"khoản 3 Điều 17 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 17(3)"};
            if (nd107)
                return {"Điều 17 Nghị định 61/2018/NĐ-CP, sửa đổi bởi Nghị định 107/2021/NĐ-CP",
                        "Decree 61/2018/NĐ-CP, art. 17, as amended by Decree 107/2021/NĐ-CP"};
            return {"Điều 17 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 17"};
        case Topic::online_answer:
            if (nd118) return {"khoản 2 Điều 17 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 17(2)"};
            return {"Điều 17 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 17"};
        case Topic::correction:
            if (nd118) return {"khoản 1 Điều 23 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 23(1)"};
            return {"Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP"};
        case Topic::supplement:
            if (nd118) return {"khoản 5 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(5)"};
            return {"khoản 4 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(4)"};
        case Topic::forwarding:
            if (nd118) return {"khoản 2 Điều 18 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 18(2)"};
            return {"Điều 18 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 18"};
        case Topic::extension:
            if (nd118) return {"khoản 6 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(6)"};
            return {"khoản 9 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(9)"};
        case Topic::same_day:
            return {"Điều 7 Nghị định 23/2015/NĐ-CP", "Decree 23/2015/NĐ-CP, art. 7"};
        case Topic::first_day:
            return {"khoản 2 Điều 147 Bộ luật Dân sự 2015", "Civil Code 2015, art. 147(2)"};
        case Topic::last_day:
            return {"khoản 2 Điều 148 Bộ luật Dân sự 2015", "Civil Code 2015, art. 148(2)"};
        case Topic::last_month:
            return {"khoản 3 Điều 148 Bộ luật Dân sự 2015", "Civil Code 2015, art. 148(3)"};
        case Topic::last_day_off:
            return {"khoản 5 Điều 148 Bộ luật Dân sự 2015", "Civil Code 2015, art. 148(5)"};
        case Topic::day_end:
            return {"khoản 6 Điều 148 Bộ luật Dân sự 2015", "Civil Code 2015, art. 148(6)"};
    }
    return {};
}

Name compensation_article(LocalDay day) {
    if (day >= LocalDay{year{2021} / January / 1})
        return {"khoản 3 Điều 111 Bộ luật Lao động 2019", "Labour Code 2019, art. 111(3)"};
    return {"khoản 3 Điều 115 Bộ luật Lao động 2012", "Labour Code 2012, art. 115(3)"};
}

}  // namespace motcua::calendar
