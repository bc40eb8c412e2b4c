#include "catalogue/portal_record.hpp"

#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "base/text.hpp"
#include "catalogue/portal_table.hpp"
#include "catalogue/trust.hpp"

namespace motcua::catalogue {
namespace {

std::string show(const TimeCell& cell) {
    switch (cell.kind) {
        case TimeCellKind::limit:
            return calendar::format_amount(cell.limit.amount_milli) + " " +
                   std::string(calendar::to_text(cell.limit.unit));
        case TimeCellKind::absent:
            return "absent";
        case TimeCellKind::no_unit:
            return "no unit " + cell.text;
        case TimeCellKind::unreadable:
            return "unreadable";
    }
    return "";
}
std::string show(const MethodRow& row) {
    std::string text = std::string(to_text(row.channel)) + " | " + show(row.time);
    for (const FeeCell& fee : row.fees) {
        text += fee.kind == FeeCell::Kind::free     ? " | free"
                : fee.kind == FeeCell::Kind::absent ? " | -"
                                                    : " | " + std::to_string(fee.amount) + fee.currency;
        if (!fee.note.empty()) text += "(" + fee.note + ")";
    }
    return text + (row.note.empty() ? "" : " | " + row.note);
}
std::vector<std::string> rows(std::string_view text) {
    MethodTable table = read_method_table("Hình thức nộpThời gianPhí, lệ phíMô tả" + std::string(text));
    std::vector<std::string> shown;
    for (const MethodRow& row : table.rows) shown.push_back(show(row));
    if (!table.unread.empty()) shown.push_back("unread: " + table.unread);
    return shown;
}
using Lines = std::vector<std::string>;

TEST(MethodTable, FindsTheCellsAgain) {
    EXPECT_EQ(rows("Trực tuyến2 Ngày làm việcMiễn phíDịch vụ bưu chính15 NgàyMiễn phí(Không quy định)Trực tiếp8 "
                   "GiờKhông có thông tinNộp tại xã"),
              (Lines{"online | 2 working_day | free", "post | 15 day | free(Không quy định)",
                     "counter | 8 working_hour | - | Nộp tại xã"}));
    EXPECT_EQ(
        rows("Trực tiếp3 Tháng5,700,000 Việt Nam Đồng(- a (b): 5.700.000 đồng/lần.)100,000 VNĐTrực tuyến: nộp qua mạng "
             "5 Ngày."),
        (Lines{
            "counter | 3 month | 5700000(- a (b): 5.700.000 đồng/lần.) | 100000 | Trực tuyến: nộp qua mạng 5 Ngày."}));
    EXPECT_EQ(rows("Trực tuyến0,5 Ngày làm việc10 USD(/lần)"), (Lines{"online | 0.5 working_day | 10USD(/lần)"}));
}

TEST(MethodTable, SplitsANumberWithoutUnitFromTheFee) {
    EXPECT_EQ(rows("Trực tiếp1250 VNĐ"), (Lines{"counter | no unit 1 | 250"}));
    EXPECT_EQ(rows("Trực tiếp120,000 VNĐTrực tuyến20Miễn phí"),
              (Lines{"counter | no unit 1 | 20000", "online | no unit 20 | free"}));
    EXPECT_EQ(rows("Trực tiếp1100 VNĐDịch vụ bưu chính125 VNĐ"),
              (Lines{"counter | no unit 1 | 100", "post | no unit 1 | 25"}));
}

TEST(MethodTable, KeepsWordsThatAreNoLimit) {
    EXPECT_EQ(
        rows("Trực tiếpHệ thống phản hồi tự động.Không có thông tinTại xãTrực tuyếnKhông phải trả kết quảMiễn phí"),
        (Lines{"counter | unreadable | - | Tại xã", "online | unreadable | free"}));
    EXPECT_EQ(rows("Trực tiếpKhông có thông tinKhông có thông tinkhông quy định"),
              (Lines{"counter | absent | - | không quy định"}));
    EXPECT_EQ(rows("gì đó"), (Lines{"unread: gì đó"}));
    EXPECT_EQ(rows(""), Lines{});
}

TEST(ComponentTable, FindsNamesQuantitiesAndTemplates) {
    auto components = read_component_table(
        "--Tên giấy tờMẫu đơn, tờ khaiSố lượngPhiếu khai báo tạm trú (mẫu NA17)101-Mau A17.doc1 bản chínhBản sao Quyết "
        "định số 05"
        "/QĐ-CP0 bản chính,2 bản saoẢnh màu cỡ 3x4 (kèm 01 bản chính, nếu có)12 bản saoGiấy tờ phải xuất trìnhTên giấy "
        "tờMẫu đơn, tờ khaiSố lượngHộ chiếu1 bản chính");
    ASSERT_EQ(components.size(), 4u);
    EXPECT_EQ(components[0].name, "Phiếu khai báo tạm trú (mẫu NA17)");
    EXPECT_EQ(components[0].template_name, "101-Mau A17.doc");
    EXPECT_EQ(components[0].kind, ComponentKind::form);
    EXPECT_EQ(components[1].name, "Bản sao Quyết định số 05/QĐ-CP");
    EXPECT_EQ(components[1].originals, 0);
    EXPECT_EQ(components[1].copies, 2);
    EXPECT_EQ(components[2].name, "Ảnh màu cỡ 3x4 (kèm 01 bản chính, nếu có)");
    EXPECT_EQ(components[2].copies, 12);
    EXPECT_EQ(components[3].kind, ComponentKind::shown);
    EXPECT_EQ(components[3].group, "Giấy tờ phải xuất trình");
    EXPECT_TRUE(read_component_table("Không có thông tin").empty());
}

TEST(LegalTable, FindsTitlesAndNumbers) {
    auto bases = read_legal_table(
        "Tên văn bản pháp lýMã văn bảnLuật Nhập cảnh của người nước ngoài tại Việt NamLuật 47/2014/QH13Thông tư số "
        "02/2017/TT-VPCP02/2017/TT-VPCP"
        "Nghị định136/2025/NĐ-CPLuật28/2023/QH15QUY ĐỊNH VỀ CẤP NƯỚC54/2024/NĐ-CPNGHỊ ĐỊNH VỀ NHÀ Ở261/2025/NĐ-CPLuật "
        "Nhà ở số 27/2023/QH1527/2023/QH15Quyết định09/2024/QĐ-TTgThông tư12/2025/TT-BTPLuật Quốc tịch");
    std::vector<std::string> shown;
    for (const Named& base : bases) shown.push_back(base.code + " = " + base.name);
    EXPECT_EQ(shown, (Lines{"47/2014/QH13 = Luật Nhập cảnh của người nước ngoài tại Việt Nam",
                            "02/2017/TT-VPCP = Thông tư số 02/2017/TT-VPCP", "136/2025/NĐ-CP = Nghị định",
                            "28/2023/QH15 = Luật", "54/2024/NĐ-CP = QUY ĐỊNH VỀ CẤP NƯỚC",
                            "261/2025/NĐ-CP = NGHỊ ĐỊNH VỀ NHÀ Ở", "27/2023/QH15 = Luật Nhà ở số 27/2023/QH15",
                            "09/2024/QĐ-TTg = Quyết định", "12/2025/TT-BTP = Thông tư", " = Luật Quốc tịch"}));
}

TEST(ResultTable, StopsWhereThePageGoesOn) {
    auto results = read_result_table(
        "Giấy đăng kýMã: KQ.G15.000168Thẻ tạm trúMã: KQ.G01.00091Từ khóaKhông có thông tinMô tảKhông có thông tinNộp "
        "hồ sơ");
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results[0], (Named{"KQ.G15.000168", "Giấy đăng ký"}));
    EXPECT_EQ(results[1], (Named{"KQ.G01.00091", "Thẻ tạm trú"}));
}

Result<Procedure> page(std::string_view methods) {
    return read_portal_record(json::object{
        {"ma_thu_tuc", "1.000001"},
        {"ten_thu_tuc", "Thủ tục\nthử"},
        {"cap_thuc_hien", "Cấp tỉnh, Cấp xã"},
        {"doi_tuong_thuc_hien", "Tổ chức (không bao gồm doanh nghiệp, HTX), Công dân Việt Nam, Doanh nghiệp"},
        {"cach_thuc_thuc_hien", methods}});
}
std::set<std::string> reasons(const Procedure& procedure) {
    std::set<std::string> all;
    for (const Flag& flag : procedure.flags) all.insert(flag.reason);
    return all;
}
using Set = std::set<std::string>;

TEST(PortalPage, PublishesWhatCanBeTrusted) {
    auto procedure = page("Trực tuyến5 Ngày làm việcMiễn phí(Không)Trực tiếp5 Ngày làm việcMiễn phí(Không)");
    ASSERT_TRUE(procedure);
    EXPECT_EQ(procedure->status, Status::published);
    EXPECT_EQ(procedure->name, "Thủ tục thử");
    EXPECT_EQ(procedure->levels, (std::vector{Level::province, Level::commune}));
    EXPECT_EQ(procedure->subjects, (std::vector{Subject::citizen, Subject::enterprise, Subject::organisation}));
    EXPECT_EQ(procedure->channels, (std::vector{Channel::counter, Channel::online}));
    ASSERT_EQ(procedure->limits.size(), 1u);  // the same for both channels
    EXPECT_EQ(find_limit(*procedure, Channel::online)->limit, (calendar::Limit{5000, calendar::TimeUnit::working_day}));
    ASSERT_EQ(procedure->fees.size(), 1u);
    EXPECT_EQ(procedure->fees[0].kind, FeeKind::free);
}

TEST(PortalPage, FlagsWhatCannot) {
    const std::pair<const char*, Set> cases[] = {
        {"Trực tiếpKhông có thông tinMiễn phí", {"catalogue.limit_missing"}},
        {"", {"catalogue.limit_missing"}},
        {"Trực tiếp1Miễn phí", {"catalogue.limit_unit_other"}},
        {"Trực tiếpTrả ngayMiễn phí", {"catalogue.limit_unreadable"}},
        {"Trực tiếp5 NgàyMiễn phíTrực tuyến5 Ngày làm việcMiễn phí", {"catalogue.limit_mixed_units"}},
        {"Trực tiếp5 NgàyMiễn phíTrực tuyếnKhông có thông tinMiễn phí", {"catalogue.limit_missing"}},
        {"Trực tiếp5 Ngày135 VNĐ(135.000 đồng)", {"catalogue.fee_too_small"}},
        {"Trực tiếp5 Ngày145 USD(145 USD/thẻ)", {"catalogue.fee_currency"}},
        {"Trực tiếp5 Ngày1,500,000 Việt Nam Đồng(150.000 đồng/1 giấy.)", {"catalogue.fee_contradicts_text"}},
        {"Trực tiếp1250 VNĐ", {"catalogue.limit_unit_other", "catalogue.fee_too_small"}},
    };
    for (const auto& [methods, expected] : cases) {
        auto procedure = page(methods);
        ASSERT_TRUE(procedure) << methods;
        EXPECT_EQ(reasons(*procedure), expected) << methods;
        EXPECT_EQ(procedure->status, Status::flagged) << methods;
    }
    // A reduced rate beside the rate is no slip.
    EXPECT_EQ(
        page("Trực tiếp5 Ngày1,000,000 Việt Nam Đồng(Áp dụng mức phí: 500.000 đồng đến hết ngày 31/12/2026)")->status,
        Status::published);
    EXPECT_EQ(page("Trực tiếp5 Ngày5,000,000 VNĐ(05 triệu đồng/Giấy chứng nhận)")->status, Status::published);
}

TEST(PortalPage, AFeeOfNothingIsNotAlwaysFree) {
    auto kind = [](std::string_view note) {
        return page("Trực tiếp5 NgàyMiễn phí(" + std::string(note) + ")")->fees.at(0).kind;
    };
    EXPECT_EQ(kind("Không quy định"), FeeKind::free);
    EXPECT_EQ(kind("Theo quy định của Hội đồng nhân dân cấp tỉnh"), FeeKind::council);
    EXPECT_EQ(kind("Cấp lại: 15.000.000 đồng/lần"), FeeKind::regulated);
    EXPECT_EQ(kind("Thông tư số 261/2016/TT-BTC"), FeeKind::regulated);
    EXPECT_EQ(kind("Không thu lệ phí đối với tổ hợp tác"), FeeKind::free);
}

TEST(PortalPage, RowsOfOneChannelAreCases) {
    auto procedure = page(
        "Trực tuyến10 Ngày làm việcMiễn phíTrường hợp mớiTrực tiếp10 Ngày làm việcMiễn phíTrường hợp mớiTrực tuyến5 "
        "Ngày làm việcMiễn phíCấp lạiTrực tiếp5 Ngày làm việcMiễn phíCấp lại");
    ASSERT_TRUE(procedure);
    ASSERT_EQ(procedure->cases.size(), 2u);
    EXPECT_EQ(procedure->cases[1].name, "Cấp lại");
    EXPECT_EQ(procedure->limits.size(), 2u);
    EXPECT_EQ(find_limit(*procedure, Channel::online, "2")->limit.amount_milli, 5000);
    EXPECT_EQ(find_limit(*procedure, Channel::online).error().reason, "catalogue.case_required");
    EXPECT_EQ(find_limit(*procedure, Channel::online, "3").error().reason, "catalogue.case_unknown");
}

TEST(PortalPage, RefusesWhatIsNoRecord) {
    auto reason = [](std::string_view text) { return read_portal_record(json::parse(text)).error().reason; };
    EXPECT_EQ(reason("[]"), "catalogue.record_unknown");
    EXPECT_EQ(reason("{}"), "catalogue.record_unknown");
    EXPECT_EQ(reason(R"({"ma_thu_tuc":"x","ten_thu_tuc":"a"})"), "catalogue.code_malformed");
    EXPECT_EQ(reason(R"({"ma_thu_tuc":7,"ten_thu_tuc":"a"})"), "catalogue.record_malformed");
    EXPECT_EQ(reason(R"({"ma_thu_tuc":"1.000001","ten_thu_tuc":" \n"})"), "catalogue.name_missing");
    EXPECT_EQ(reason(R"({"code":"1.000001"})"), "catalogue.name_missing");
    EXPECT_EQ(reason(R"({"code":"1.000001","name":"a","executionMethods":5})"), "catalogue.record_malformed");
    EXPECT_EQ(reason(R"({"code":"1.000001","name":"a","executionMethods":[{"submissionMethod":"FAX"}]})"),
              "catalogue.record_malformed");
}

TEST(PortalPage, HugeTablesAreBounded) {
    auto many = [](std::string_view part, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) text += part;
        return text;
    };
    EXPECT_EQ(read_method_table(many("Trực tiếp1Miễn phí(", 50'000)).rows.size(),
              method_rows_max);  // brackets that never close
    EXPECT_EQ(read_method_table(many("Trực tiếp5 NgàyMiễn phí", 50'000)).rows.size(), method_rows_max);
    EXPECT_EQ(read_method_table("Trực tiếp5 Ngày" + many("Miễn phí", 50'000)).rows.at(0).fees.size(), method_fees_max);
    EXPECT_EQ(read_component_table(many("Giấy1 bản chính", 50'000)).size(), parts_max + 1);
    auto refused = [&](const char* member, std::string text) {
        auto procedure = read_portal_record(
            json::object{{"ma_thu_tuc", "1.000001"}, {"ten_thu_tuc", "x"}, {member, std::move(text)}});
        return procedure ? "" : procedure.error().reason;
    };
    EXPECT_EQ(refused("thanh_phan_ho_so", many("Giấy1 bản chính", 50'000)), "catalogue.record_too_large");
    EXPECT_EQ(refused("can_cu_phap_ly", many("Luật12/2020/QH14", 50'000)), "catalogue.record_too_large");
    EXPECT_EQ(refused("ket_qua_xu_ly", many("GiấyMã: KQ.G01.000001", 50'000)), "catalogue.record_too_large");
    EXPECT_EQ(refused("doi_tuong_thuc_hien", many("cá nhân, ", 200'000)), "");
}

TEST(PortalInterface, ReadsTheRecordOf2026) {
    auto procedure = read_portal_record(json::parse(
        R"({"data":{"code":"1.004222","name":"Đăng ký thường trú","category":{"code":"G01-CA05","name":"Cư trú"},
        "unitGroupsExecuting":[{"name":"Công an cấp xã"}],"subjectTypesDetails":[{"name":"Công dân Việt Nam"}],
        "executionMethods":[{"submissionMethod":"ONLINE","processingTime":7,"processingTimeUnit":"WORKING_DAY","fees":[{"type":"FEE","value":10000,"description":"Lệ phí"}]},
                            {"submissionMethod":"DIRECT","processingTime":7,"processingTimeUnit":"WORKING_DAY","fees":[{"type":"FEE","value":20000,"description":"Lệ phí"}]}],
        "executionCases":[{"name":"Trường hợp 1","profileComponents":[{"name":"Tờ khai CT01","originalQty":1,"copyQty":0,"code":"G01-KQ003604","attachments":[{"name":"CT01.docx"}]}]}],
        "resultsDetails":[{"code":"G01-KQ1","name":"Thông báo"}],"legalBasisesDetails":[{"code":"68/2020/QH14","name":"Luật Cư trú"}]}})"));
    ASSERT_TRUE(procedure) << procedure.error().reason;
    EXPECT_EQ(procedure->status, Status::published);
    EXPECT_EQ(procedure->field.code, "G01-CA05");
    EXPECT_EQ(procedure->levels, (std::vector{Level::commune}));
    EXPECT_EQ(procedure->components.at(0).code, "G01-KQ003604");
    EXPECT_EQ(procedure->components.at(0).kind, ComponentKind::form);
    EXPECT_EQ(compute_fees(*procedure, {.channel = Channel::online})->total, (Dong{10000}));
    EXPECT_EQ(compute_fees(*procedure, {.channel = Channel::counter})->total, (Dong{20000}));
}

TEST(PortalInterface, UnitOtherReadsTheCasesButStaysFlagged) {
    auto procedure =
        read_portal_record(json::parse(R"({"code":"1.001193","name":"Đăng ký khai sinh","executionMethods":[
        {"submissionMethod":"DIRECT","processingTime":1,"processingTimeUnit":"OTHER","fees":[{"type":"FEE","value":"x"}]}],
        "cases":[{"code":"1.001193.01","processingDay":1},{"code":"1.001193.02","processingDay":5}]})"));
    ASSERT_TRUE(procedure);
    EXPECT_EQ(reasons(*procedure), (Set{"catalogue.limit_unit_other", "catalogue.fee_unreadable"}));
    EXPECT_EQ(find_limit(*procedure, Channel::counter, "1.001193.02")->limit.amount_milli, 5000);
}

TEST(Trust, ReadsSumsOfMoneyInWords) {
    EXPECT_EQ(
        amounts_in_text(
            "8.000 đồng/bản; 02 triệu đồng; 400000 Đồng; 50.000đ/tem; 20.000 vnđ; Thông tư 25/2021, Điều 5, 3 bản"),
        (std::vector<Dong>{{8000}, {2000000}, {400000}, {50000}, {20000}}));
    EXPECT_TRUE(amounts_in_text("").empty());
}

std::vector<json::value> national() {
    std::vector<json::value> records;
    if (auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "procedures/national.jsonl")) {
        std::istringstream lines(test::read_text(*path));
        for (std::string line; std::getline(lines, line);) records.push_back(*parse_json(line));
    }
    return records;
}

// The scraper's own reading of the limits (`_limits_parsed`) is a second opinion.
TEST(Conformance, LimitsOfTheNationalRecords) {
    auto records = national();
    if (records.empty()) GTEST_SKIP() << "conformance cases are absent";
    const std::map<std::string_view, std::string_view> unit_names{
        {"Ngày làm việc", "working_day"}, {"Ngày", "day"}, {"Giờ", "working_hour"}, {"Tháng", "month"}};
    const std::map<std::string_view, std::string_view> channel_names{
        {"Trực tiếp", "counter"}, {"Trực tuyến", "online"}, {"Dịch vụ bưu chính", "post"}};
    std::map<std::string, int> count;
    for (const json::value& record : records) {
        const json::object& object = record.get_object();
        std::string code = string_or(object, "ma_thu_tuc");
        MethodTable table = read_method_table(string_or(object, "cach_thuc_thuc_hien"));
        EXPECT_EQ(table.unread, "") << code;
        Lines mine;
        for (const MethodRow& row : table.rows)
            if (row.time.kind == TimeCellKind::limit)
                mine.push_back(std::string(to_text(row.channel)) + " " + show(row.time));
        Lines theirs;
        std::set<std::string> units;
        for (const json::value& limit : object.at("_limits_parsed").as_array()) {
            std::string unit(unit_names.at(std::string_view(limit.at("unit").as_string())));
            units.insert(unit);
            theirs.push_back(
                std::string(channel_names.at(std::string_view(limit.at("channel").as_string()))) + " " +
                calendar::format_amount(static_cast<std::int64_t>(limit.at("n").to_number<double>() * 1000)) + " " +
                unit);
        }
        EXPECT_EQ(mine, theirs) << code;

        auto procedure = read_portal_record(record);
        ASSERT_TRUE(procedure) << code << " " << procedure.error().reason;
        if (theirs.empty() || units.size() > 1) {
            EXPECT_EQ(procedure->status, Status::flagged) << code;
        }
        for (const std::string& reason : reasons(*procedure)) ++count[reason];
        ++count[std::string(to_text(procedure->status))];
        EXPECT_FALSE(procedure->levels.empty()) << code;
        EXPECT_FALSE(procedure->subjects.empty()) << code;
        // What is stored reads back the same.
        auto again = read_procedure(to_json(*procedure));
        ASSERT_TRUE(again) << code << " " << again.error().reason << " " << again.error().params[0].value;
        again->status = procedure->status;
        again->flags = procedure->flags;
        EXPECT_EQ(to_json(*again), to_json(*procedure)) << code;
    }
    for (const auto& [key, number] : count) RecordProperty(key, number);
    EXPECT_EQ(count["published"] + count["flagged"], static_cast<int>(records.size()));
}

}  // namespace
}  // namespace motcua::catalogue
