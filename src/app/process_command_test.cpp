#include "app/process_command.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace motcua::app {
namespace {

constexpr std::string_view model = R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
  <process id="p" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
    <userTask id="a" name="Thẩm định"/><sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
    <scriptTask id="b"><script>SCRIPT_task1</script></scriptTask><sequenceFlow id="f3" sourceRef="b" targetRef="e"/>
    <endEvent id="e"/>
  </process>
</definitions>)";

class ProcessCommand : public testing::Test {
  protected:
    std::filesystem::path dir =
        std::filesystem::temp_directory_path() / ("motcua_process_" + std::to_string(::getpid()));
    std::ostringstream out, err;

    void SetUp() override { std::filesystem::create_directories(dir); }
    void TearDown() override { std::filesystem::remove_all(dir); }
    std::string write(std::string_view name, std::string_view text) {
        auto path = dir / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    int run(std::vector<std::string> args) {
        std::vector<std::string_view> views(args.begin(), args.end());
        std::istringstream in;
        out.str({}), err.str({});
        return run_process(views, in, out, err);
    }
};

TEST_F(ProcessCommand, ChecksAModel) {
    auto file = write("p.bpmn", model);
    EXPECT_EQ(run({"check", file}), 0) << out.str();
    EXPECT_EQ(out.str(), "accepted\n");
    std::string broken(model);
    broken.replace(broken.find("targetRef=\"e\""), 13, "targetRef=\"x\"");
    EXPECT_EQ(run({"check", write("broken.bpmn", broken)}), 1);
    EXPECT_NE(out.str().find("error\tf3\tprocess.reference_unknown\t"), std::string::npos) << out.str();
    EXPECT_EQ(out.str().find("accepted"), std::string::npos);
}

TEST_F(ProcessCommand, RunsStepsAndTraces) {
    auto file = write("p.bpmn", model);
    auto steps =
        write("steps.json", R"({"steps":[{"op":"start","key":"p"},{"op":"query","id":1,"kind":"single","filter":{},
        "expect_count":1,"expect_items":{"0":{"name":"Thẩm định"}}},{"op":"complete","task":1},{"op":"expect_ended"}]})");
    EXPECT_EQ(run({"run", file, "--steps", steps}), 0) << out.str();
    auto second = parse_json(std::string(out.str()).substr(
        out.str().find('\n') + 1, out.str().find('\n', out.str().find('\n') + 1) - out.str().find('\n') - 1));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->at("tasks").as_array(), (json::array{{{"key", "a"}, {"name", "Thẩm định"}}}));
    auto wrong = write("wrong.json", R"({"steps":[{"op":"start","key":"p"},{"op":"expect_ended"}]})");
    EXPECT_EQ(run({"run", file, "--steps", wrong}), 1);
    EXPECT_EQ(run({"run", file, "--trace", "--set", "test=ab"}), 0);
    EXPECT_EQ(out.str(), "{\"ended\":true,\"trace\":[\"task1\"]}\n");
}

TEST_F(ProcessCommand, RehearsesAndMigrates) {
    auto data = (dir / "data").string();
    EXPECT_EQ(run({"migrate", "one-stop-standard", "--data", data, "--to", "2"}), 1);
    EXPECT_NE(err.str().find("app.no_data"), std::string::npos) << err.str();
    EXPECT_EQ(run({"migrate", "one-stop-standard", "--data", data, "--to", "9", "--reason", "x", "--execute"}), 1);
    EXPECT_NE(err.str().find("dossier.process_version_unknown"), std::string::npos) << err.str();
}

TEST_F(ProcessCommand, RefusesAWrongCommandLine) {
    auto file = write("p.bpmn", model);
    for (const auto& args : {std::vector<std::string>{},
                             {"check"},
                             {"run", file},
                             {"run", file, "--trace", "--steps", "x"},
                             {"check", file, "--fast"},
                             {"walk", file},
                             {"migrate", "one-stop-standard"},
                             {"migrate", "one-stop-standard", "--data", dir.string(), "--to", "x"},
                             {"migrate", "one-stop-standard", "--data", dir.string(), "--to", "2", "--map", "a"},
                             {"migrate", "one-stop-standard", "--data", dir.string(), "--to", "2", "--execute"},
                             {"run", file, "--trace", "--set", "novalue"}})
        EXPECT_EQ(run(args), 2);
    EXPECT_EQ(run({"check", "/nowhere/p.bpmn"}), 1);
    EXPECT_NE(err.str().find("process_command.unreadable"), std::string::npos) << err.str();
    EXPECT_EQ(run({"check", write("d.bpmn", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><definitions/>")}),
              1);
    EXPECT_NE(err.str().find("process.xml_doctype"), std::string::npos) << err.str();
    EXPECT_EQ(run({"run", file, "--steps", write("bad.json", "{}")}), 1);
    EXPECT_NE(err.str().find("process_command.steps"), std::string::npos) << err.str();
}

}  // namespace
}  // namespace motcua::app
