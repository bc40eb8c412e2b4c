#include "sending/sender.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace motcua::sending {
namespace {

class Spool : public testing::Test {
  protected:
    Spool() {
        std::string name = (std::filesystem::temp_directory_path() / "motcua-spool-XXXXXX").string();
        directory = mkdtemp(name.data());
    }
    ~Spool() override { std::filesystem::remove_all(directory); }
    std::filesystem::path directory;
    Message message{"0000000000001",
                    Channel::sms,
                    "0912345678",
                    "",
                    "Mã của ông/bà là 123456.",
                    "tracking_code",
                    parse_iso("2026-03-02T09:00:00+07:00").value()};
};

TEST_F(Spool, AMessageIsOneFile) {
    SpoolDirectory spool(directory / "outbox");
    ASSERT_TRUE(spool.send(message));
    ASSERT_TRUE(spool.send(message));
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "outbox")) {
        ++files;
        EXPECT_EQ(entry.path().filename(), "0000000000001.json");
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto read = message_from_json(parse_json(text).value().as_object());
        ASSERT_TRUE(read);
        EXPECT_EQ(read->to, message.to);
        EXPECT_EQ(read->text, message.text);
        EXPECT_EQ(read->expires_at, message.expires_at);
        EXPECT_EQ(string_or(parse_json(text).value().as_object(), "format"), "motcua-message/1");
    }
    EXPECT_EQ(files, 1);
}

TEST_F(Spool, ADirectoryThatCannotBeIsSaid) {
    std::ofstream(directory / "file") << "x";
    SpoolDirectory spool(directory / "file");
    EXPECT_EQ(spool.send(message).error().reason, "sending.failed");
}

TEST(Messages, WhatIsNoneIsNotRead) {
    EXPECT_FALSE(message_from_json({}));
    EXPECT_FALSE(message_from_json({{"id", "x"}, {"to", "y"}, {"expires_at", "soon"}}));
}

}  // namespace
}  // namespace motcua::sending
