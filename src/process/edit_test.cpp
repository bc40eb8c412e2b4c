// A changed model is written with everything else byte for byte as it was.
#include "process/edit.hpp"

#include <filesystem>

#include "base/testing.hpp"
#include "process/testing.hpp"

namespace motcua::process {
namespace {

namespace fs = std::filesystem;

const xml::Element* find_element(const Model& model, std::string_view id) {
    for (const auto& e : model.documents[0].elements)
        if (e.attribute("id") == id) return &e;
    return nullptr;
}
/// The diagram, as bytes.
std::string diagrams_of(const std::string& text) {
    auto begin = text.find("BPMNDiagram"), end = text.rfind("BPMNDiagram");
    return begin == std::string::npos ? std::string() : text.substr(begin, end - begin);
}

TEST(Edit, SetsReplacesAndRemoves) {
    const std::string source =
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n<!-- <userTask id='a'> -->\n"
        "<b:definitions xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:x='https://motcua.vn/bpmn/1.0'\n"
        "   targetNamespace='t'><b:process id='p' isExecutable='true'><b:documentation><![CDATA[<userTask "
        "id='a'>]]></b:documentation>\n"
        "<b:startEvent id='s'/><b:userTask\n\tid='a' name='1 > 0'  x:role = 'clerk' x:limit='1 day'/><b:endEvent "
        "id='e' />\n"
        "<b:sequenceFlow id='f' sourceRef='s' targetRef='a'/><b:sequenceFlow id='g' sourceRef='a' "
        "targetRef='e'/></b:process></b:definitions>";
    auto model = read_model(source);
    ASSERT_TRUE(model);
    const std::vector<AttributeEdit> edits{{"a", "role", "processor"},
                                           {"a", "limit", std::nullopt},
                                           {"a", "form", "tờ \"khai\" <1>"},
                                           {"e", "name", "Kết thúc", false},
                                           {"s", "unit", std::nullopt}};
    auto written = write_model(**model, edits);
    ASSERT_TRUE(written) << written.error().reason;
    auto again = read_model(*written);
    ASSERT_TRUE(again);
    const Node* task = (*again)->find_node((*again)->main_process()->index, "a");
    ASSERT_TRUE(task);
    EXPECT_EQ(task->work.role, "processor");
    EXPECT_EQ(task->work.form, "tờ \"khai\" <1>");
    EXPECT_FALSE(task->work.limit);
    EXPECT_EQ(find_element(**again, "e")->attribute("name"), "Kết thúc");
    // Everything outside the two tags is untouched.
    EXPECT_EQ(written->substr(0, written->find("x:role")), source.substr(0, source.find(" x:role")));
    EXPECT_EQ(written->substr(written->rfind("/>\n<b:sequenceFlow id='f'")),
              source.substr(source.rfind("/>\n<b:sequenceFlow id='f'")));
}

TEST(Edit, DeclaresTheNamespaceOnceAndRefusesWhatIsNone) {
    auto model = read_model(
        R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:motcua="urn:other" targetNamespace="t"><process id="p"><startEvent id="s"/><task id="a"/></process></definitions>)");
    ASSERT_TRUE(model);
    const std::vector<AttributeEdit> edits{{"a", "role", "clerk"}, {"s", "unit", "parent"}};
    auto written = write_model(**model, edits);
    ASSERT_TRUE(written) << written.error().reason;
    EXPECT_NE(written->find("xmlns:motcua1="), std::string::npos);
    EXPECT_EQ(written->find("xmlns:motcua2="), std::string::npos);
    EXPECT_NE(written->find(R"(<task id="a" motcua1:role="clerk"/>)"), std::string::npos) << *written;
    auto reason = [&](const AttributeEdit& edit) {
        auto answer = write_model(**model, std::span(&edit, 1));
        return answer ? "(accepted)" : answer.error().reason;
    };
    EXPECT_EQ(reason({"nowhere", "role", "clerk"}), "process.unknown_element");
    EXPECT_EQ(reason({"a", "ro le", "clerk"}), "process.edit_invalid");
    EXPECT_EQ(reason({"a", "id", "b", false}), "process.edit_invalid");
    EXPECT_EQ(reason({"a", "role", std::string("a\0b", 3)}), "process.edit_invalid");
    EXPECT_EQ(reason({"a", "role", "\xC3"}), "process.edit_invalid");
}

TEST(Edit, InterchangeModelsKeepTheirDiagramsByteForByte) {
    std::vector<fs::path> files;
    if (auto folder = test::find_conformance(MOTCUA_SOURCE_DIR, "bpmn/miwg"))
        for (const auto& entry : fs::recursive_directory_iterator(*folder))
            if (entry.path().extension() == ".bpmn") files.push_back(entry.path());
    for (const auto& entry : fs::directory_iterator(fs::path(MOTCUA_SOURCE_DIR) / "data/processes"))
        if (entry.path().extension() == ".bpmn") files.push_back(entry.path());
    for (const fs::path& path : files) {
        SCOPED_TRACE(path.filename().string());
        const std::string source = test::read_text(path);
        auto model = read_model(source);
        ASSERT_TRUE(model) << model.error().reason;
        EXPECT_EQ(write_model(**model), source);
        EXPECT_EQ(*write_model(**model, std::span<const AttributeEdit>()), source);
        std::vector<AttributeEdit> edits;
        for (const Node& n : (*model)->nodes)
            if (n.kind != Kind::process && !n.id.empty() && edits.size() < 40)
                edits.push_back({n.id, "role", "vai trò " + std::to_string(edits.size())});
        auto written = write_model(**model, edits);
        ASSERT_TRUE(written) << written.error().reason;
        EXPECT_EQ(diagrams_of(*written), diagrams_of(source));
        auto again = read_model(*written);
        ASSERT_TRUE(again);
        for (const AttributeEdit& edit : edits)
            EXPECT_EQ(find_element(**again, edit.element)->attribute(motcua_namespace, "role"), *edit.value);
        // Without the edits it is the model that it was.
        for (AttributeEdit& edit : edits) edit.value = std::nullopt;
        auto back = write_model(**again, edits);
        ASSERT_TRUE(back);
        auto restored = read_model(*back);
        ASSERT_TRUE(restored);
        ASSERT_EQ((*restored)->documents[0].elements.size(), (*model)->documents[0].elements.size());
        for (std::size_t i = 0; i < (*model)->documents[0].elements.size(); ++i) {
            const xml::Element &a = (*model)->documents[0].elements[i], &b = (*restored)->documents[0].elements[i];
            EXPECT_EQ(a.name, b.name);
            EXPECT_EQ(a.text, b.text);
            // Where the file names a role of its own, that is what the edit removed.
            std::size_t own = a.attribute(motcua_namespace, "role").empty() ? 0 : 1;
            EXPECT_LE(a.attributes.size() - b.attributes.size(), own) << a.name;
        }
    }
}

}  // namespace
}  // namespace motcua::process
