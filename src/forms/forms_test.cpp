#include <gtest/gtest.h>

#include "forms/definition.hpp"
#include "forms/validate.hpp"

namespace motcua::forms {
namespace {

constexpr const char* small = R"({"id":"demo","version":1,"title":{"vi":"Thử","en":"Trial"},"steps":[
 {"id":"a","l":{"vi":"Phần A","en":"Part A"},"fields":[
  {"n":"full_name","t":"person_name","l":{"vi":"Họ và tên","en":"Full name"},"req":1},
  {"n":"way","t":"radio","l":{"vi":"Cách nhận","en":"How"},"o":[["post",{"vi":"Bưu chính","en":"Post"}],["counter",{"vi":"Tại quầy","en":"Counter"}]],"req":1},
  {"n":"where","t":"text","l":{"vi":"Nơi nhận","en":"Where"},"req":1,"if":["way","post"]}]}]})";

Facts facts() { return {.today = std::chrono::local_days{std::chrono::year{2026} / 3 / 2}}; }

TEST(Definition, ReadsAndValidates) {
    auto definition = read_definition(small);
    ASSERT_TRUE(definition) << definition.error().fields.front().path << definition.error().fields.front().reason;
    auto empty = validate(**definition, {}, facts());
    ASSERT_EQ(empty.errors.size(), 2u);
    EXPECT_EQ(empty.errors[0], (FieldError{"full_name", "forms.required", {}}));
    auto post = validate(**definition, {{"full_name", " Lê  Thị Mơ "}, {"way", "post"}}, facts());
    ASSERT_EQ(post.errors.size(), 1u);
    EXPECT_EQ(post.errors[0].path, "where");
    auto counter = validate(**definition, {{"full_name", "Lê Thị Mơ"}, {"way", "counter"}, {"where", "x"}}, facts());
    EXPECT_TRUE(counter.errors.empty());
    EXPECT_EQ(counter.answers, (json::object{{"full_name", "Lê Thị Mơ"}, {"way", "counter"}}));
    EXPECT_EQ(json_schema(**definition)["type"], "object");
}

}  // namespace
}  // namespace motcua::forms
