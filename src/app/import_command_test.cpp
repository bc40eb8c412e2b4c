// `motcua import` and `motcua search` as a user calls them.
#include "app/import_command.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "app/search_command.hpp"
#include "base/json.hpp"
#include "base/testing.hpp"
#include "base/text.hpp"
#include "db/data_directory.hpp"

namespace motcua::app {
namespace {

class ImportCommandTest : public ::testing::Test {
  protected:
    ImportCommandTest() {
        char name[] = "/tmp/motcua-import-XXXXXX";
        folder_ = ::mkdtemp(name);
        data_ = (folder_ / "data").string();
    }
    ~ImportCommandTest() override { std::filesystem::remove_all(folder_); }

    struct Answer {
        int status;
        std::string out, err;
    };
    Answer run(int (*verb)(std::span<const std::string_view>, std::istream&, std::ostream&, std::ostream&),
               std::vector<std::string> args, std::string input = "") {
        std::vector<std::string_view> views(args.begin(), args.end());
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        int status = verb(views, in, out, err);
        return {status, out.str(), err.str()};
    }
    Answer import(std::vector<std::string> args, std::string input = "") {
        args.insert(args.end(), {"--data", data_});
        return run(run_import, args, input);
    }
    Answer search(std::vector<std::string> args) {
        args.insert(args.end(), {"--data", data_});
        return run(run_search, args);
    }

    std::filesystem::path folder_;
    std::string data_;
};

const std::string two =
    R"({"ma_thu_tuc":"1.000001","ten_thu_tuc":"Đăng ký\nkhai sinh","cap_thuc_hien":"Cấp xã","cach_thuc_thuc_hien":"Trực tiếp1 Ngày làm việcMiễn phí"}
{"ma_thu_tuc":"1.000002","ten_thu_tuc":"Đăng ký kết hôn","cap_thuc_hien":"Cấp xã","cach_thuc_thuc_hien":"Trực tiếp1Miễn phí"}
{"ma_thu_tuc":"1.00000)";

TEST_F(ImportCommandTest, ProceduresInBothForms) {
    auto first = import({"procedures", "-", "--format", "dvcqg", "--json"}, two);
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_EQ(
        first.out,
        R"({"read":3,"imported":2,"updated":0,"unchanged":0,"flagged":[{"code":"1.000002","reason":"catalogue.limit_unit_other","detail":"counter: 1"}],"rejected":[{"line":3,"reason":"json.malformed","detail":"position: 22"}]})"
        "\n");
    auto second = import({"procedures", "-", "--format=dvcqg"}, two);
    EXPECT_NE(second.out.find("read 3, imported 0, updated 0, unchanged 2, flagged 1, rejected 1"), std::string::npos)
        << second.out;
    EXPECT_NE(second.out.find("[catalogue.limit_unit_other]"), std::string::npos);
    EXPECT_NE(second.out.find("rejected 3: "), std::string::npos);
    std::string own = std::string(MOTCUA_SOURCE_DIR) + "/data/catalogue/demo.json";
    auto shipped = import({"procedures", own, "--json"});
    EXPECT_EQ(shipped.status, 0) << shipped.err;
    EXPECT_NE(shipped.out.find(R"("rejected":[])"), std::string::npos);
    auto units = import({"units", std::string(MOTCUA_SOURCE_DIR) + "/data/units/kien-giang.json"});
    EXPECT_EQ(units.status, 0) << units.err;
    EXPECT_NE(units.out.find("unchanged 0, flagged 0, rejected 0"), std::string::npos) << units.out;
    EXPECT_EQ(units.out.find("imported 0"), std::string::npos) << units.out;
}

TEST_F(ImportCommandTest, SearchPrintsCodeAndName) {
    ASSERT_EQ(import({"procedures", "-", "--format", "dvcqg"}, two).status, 0);
    EXPECT_EQ(search({"dang ky", "khai sinh", "--limit", "1"}).out, "1.000001\tĐăng ký khai sinh\n");
    EXPECT_EQ(search({"1.000002.000.00.00.H33"}).out, "1.000002\tĐăng ký kết hôn\n");  // also what is not published
    auto nothing = search({"xyz"});
    EXPECT_EQ(nothing.status, 0);
    EXPECT_EQ(nothing.out, "");
    auto server = db::DataDirectory::open(data_);
    ASSERT_TRUE(server);
    EXPECT_EQ(search({"kết hôn"}).out, "1.000002\tĐăng ký kết hôn\n");
    EXPECT_NE(import({"procedures", "-"}, "{}").err.find("[db.directory_locked]"), std::string::npos);
}

TEST_F(ImportCommandTest, WrongCommandLinesChangeNothing) {
    for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{{},
                                                                                      {"units"},
                                                                                      {"villages", "-"},
                                                                                      {"units", "-", "x"},
                                                                                      {"units", "-", "--fast"},
                                                                                      {"procedures", "-", "--format"}})
        EXPECT_EQ(import(args).status, 2);
    EXPECT_EQ(run(run_import, {"units", "-"}).status, 2);
    EXPECT_FALSE(std::filesystem::exists(data_));
    EXPECT_NE(import({"units", (folder_ / "none").string()}).err.find("[app.file_unreadable]"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(data_));
    EXPECT_NE(import({"procedures", "-", "--format", "xml"}, "x").err.find("[app.format_unknown]"), std::string::npos);
    EXPECT_NE(import({"units", "-"}, "{").err.find("[json.malformed]"), std::string::npos);
    EXPECT_EQ(search({}).status, 2);
    EXPECT_EQ(search({"x", "--limit", "0"}).status, 2);
    EXPECT_EQ(search({"x", "--limit", "many"}).status, 2);
    data_ = (folder_ / "missing").string();
    auto missing = search({"x"});
    EXPECT_EQ(missing.status, 1);
    EXPECT_NE(missing.err.find("[app.no_data]"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(data_));
}

}  // namespace
}  // namespace motcua::app
