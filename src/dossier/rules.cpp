#include "dossier/rules.hpp"

namespace motcua::dossier {

namespace {

struct Place {
    Rule rule;
    Article nd61, nd118;
};

// Decree 107/2021 amends art. 11, 15-19 in wording but keeps their numbers.
constexpr Place places[] = {
    {Rule::filing,
     {"Điều 16 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 16"},
     {"Điều 15 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 15"}},
    {Rule::reception,
     {"Điều 17 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 17"},
     {"khoản 3 Điều 17 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 17(3)"}},
    {Rule::intake_refusal,
     {"Điều 17 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 17"},
     {"điểm c khoản 1 Điều 17 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 17(1)(c)"}},
    {Rule::intake_supplement,
     {"điểm c khoản 2 Điều 11 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 11(2)(c)"},
     {"điểm c khoản 2 Điều 11 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 11(2)(c)"}},
    {Rule::appraisal_supplement,
     {"khoản 4 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(4)"},
     {"khoản 5 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(5)"}},
    {Rule::supplement_closing,
     {"khoản 4 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(4)"},
     {"khoản 5 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(5)"}},
    {Rule::online_answer,
     {"Điều 17 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 17"},
     {"khoản 2 Điều 17 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 17(2)"}},
    {Rule::settlement,
     {"Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19"},
     {"Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19"}},
    {Rule::opinion,
     {"khoản 5 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(5)"},
     {"khoản 4 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(4)"}},
    {Rule::extension,
     {"khoản 9 Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19(9)"},
     {"khoản 6 Điều 19 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 19(6)"}},
    {Rule::withdrawal,
     {"Điều 19 Nghị định 61/2018/NĐ-CP và pháp luật chuyên ngành", "Decree 61/2018/NĐ-CP, art. 19, and sector law"},
     {"Điều 21 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 21"}},
    {Rule::stopping,
     {"Điều 19 Nghị định 61/2018/NĐ-CP và pháp luật chuyên ngành", "Decree 61/2018/NĐ-CP, art. 19, and sector law"},
     {"Điều 21 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 21"}},
    {Rule::financial_duty,
     {"Điều 19 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 19"},
     {"Điều 24 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 24"}},
    {Rule::returning,
     {"Điều 20 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 20"},
     {"Điều 22 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 22"}},
    {Rule::wrong_result,
     {"Điều 21 Nghị định 61/2018/NĐ-CP", "Decree 61/2018/NĐ-CP, art. 21"},
     {"khoản 1 Điều 23 Nghị định 118/2025/NĐ-CP", "Decree 118/2025/NĐ-CP, art. 23(1)"}},
};

}  // namespace

Article article(RuleSet rules, Rule rule) {
    for (const Place& place : places)
        if (place.rule == rule) return rules == RuleSet::nd118 ? place.nd118 : place.nd61;
    return {};
}

Terms terms(RuleSet rules) {
    Terms terms;
    if (rules == RuleSet::nd118) {
        terms.supplement_close_days = 15;
        terms.amend_until_result = true;
    }
    return terms;
}

}  // namespace motcua::dossier
