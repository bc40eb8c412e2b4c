#include "base/field_keys.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace motcua {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view number = "091187549925";

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string fault_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Fault& fault) {
        return fault.reason();
    }
    return "";
}

class FieldKeysTest : public testing::Test {
  public:
    FieldKeysTest() { fs::create_directories(place); }
    ~FieldKeysTest() override { fs::remove_all(place); }

  protected:
    FieldKeys open() { return FieldKeys(field_key_file(place), field_ring_file(place), random); }

    const fs::path place = fs::temp_directory_path() / ("motcua_field_keys_" + std::to_string(::getpid()));
    SystemRandom random;
};

TEST_F(FieldKeysTest, ASealedValueTellsNothingAndOpensForItsPlaceAlone) {
    FieldKeys keys = open();
    const std::string sealed = keys.seal(number, "person.citizen_id:1");
    EXPECT_TRUE(FieldKeys::is_sealed(sealed)) << sealed;
    EXPECT_EQ(sealed.find(number), std::string::npos);
    EXPECT_EQ(sealed.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
              std::string::npos)
        << "it goes into JSON and SQL as it is: " << sealed;
    EXPECT_EQ(keys.open(sealed, "person.citizen_id:1"), number);
    EXPECT_EQ(fault_of([&] { keys.open(sealed, "person.citizen_id:2"); }), "fields.damaged") << "another person's";
    EXPECT_NE(keys.seal(number, "person.citizen_id:1"), sealed) << "equal numbers do not look equal";

    std::string changed = sealed;
    changed.back() = changed.back() == 'A' ? 'Q' : 'A';
    EXPECT_EQ(fault_of([&] { keys.open(changed, "person.citizen_id:1"); }), "fields.damaged");
    EXPECT_EQ(fault_of([&] { keys.open(sealed.substr(0, 20), "person.citizen_id:1"); }), "fields.damaged");
    std::string unknown = sealed;
    unknown.replace(5, 8, "00000000");
    EXPECT_EQ(fault_of([&] { keys.open(unknown, "person.citizen_id:1"); }), "fields.key_unknown");
}

TEST_F(FieldKeysTest, WhatWasStoredBeforeComesBackAsItIs) {
    FieldKeys keys = open();
    EXPECT_EQ(keys.open(number, "x"), number);
    EXPECT_EQ(keys.open("", "x"), "");
    EXPECT_EQ(keys.seal("", "x"), "");
    EXPECT_EQ(keys.look_up_key("", "x"), "");
    // What looks sealed when it comes in is text like any other.
    EXPECT_EQ(keys.open(keys.seal("mcf1.00000000.AAAA", "x"), "x"), "mcf1.00000000.AAAA");
}

TEST_F(FieldKeysTest, EqualValuesAreFoundAndOthersAreNot) {
    FieldKeys keys = open();
    const std::string key = keys.look_up_key(number, "citizen_id");
    EXPECT_TRUE(FieldKeys::is_look_up_key(key));
    EXPECT_EQ(keys.look_up_key(number, "citizen_id"), key);
    EXPECT_NE(keys.look_up_key("091187549926", "citizen_id"), key);
    EXPECT_NE(keys.look_up_key(number, "tax_code"), key);
    FieldKeys other(random);
    EXPECT_NE(other.look_up_key(number, "citizen_id"), key) << "without the key nobody can try all numbers";
    keys.rotate();
    EXPECT_EQ(keys.look_up_key(number, "citizen_id"), key) << "rows stay findable";
}

TEST_F(FieldKeysTest, ARotationStopsNobodyAndRewritesNothing) {
    FieldKeys running = open(), verb = open();
    const std::string before = running.seal(number, "x");
    const std::string name = verb.rotate();
    const std::string after = running.seal(number, "x");
    EXPECT_EQ(after.substr(5, 8), name) << "the running server seals with the new key";
    EXPECT_EQ(running.open(before, "x"), number);
    verb.forget_old();
    EXPECT_EQ(running.open(before, "x"), number);
    EXPECT_EQ(running.open(after, "x"), number);
    EXPECT_EQ(verb.names().wrapping.size(), 1u);
    EXPECT_EQ(verb.names().data.size(), 2u) << "events of before stay readable";
    FieldKeys later = open();
    EXPECT_EQ(later.open(before, "x"), number);
    const std::string by_verb = verb.seal(number, "x");
    EXPECT_EQ(running.open(by_verb, "x"), number);
}

TEST_F(FieldKeysTest, TheRingAloneOpensNothing) {
    const std::string sealed = open().seal(number, "x");
    const std::string ring = read_file(field_ring_file(place)), key = read_file(field_key_file(place));
    EXPECT_EQ(ring.find(key.substr(9, 64)), std::string::npos);
    fs::rename(field_key_file(place), place / "elsewhere");
    EXPECT_EQ(fault_of([&] { open(); }), "fields.key_unusable") << "a lost key is not replaced by a new one";
    EXPECT_FALSE(fs::exists(field_key_file(place)));
    fs::create_symlink(place / "elsewhere", field_key_file(place));
    EXPECT_EQ(open().open(sealed, "x"), number) << "the key file may be a link to where secrets are kept";
    open().rotate();
    EXPECT_TRUE(fs::is_symlink(field_key_file(place)));
    EXPECT_EQ(open().open(sealed, "x"), number);

    const KeyFile another(place / "another", "fields.key_unusable", random);
    fs::remove(field_key_file(place));
    fs::create_symlink(place / "another", field_key_file(place));
    EXPECT_EQ(fault_of([&] { open(); }), "fields.key_unusable") << "a key of somewhere else";
}

TEST_F(FieldKeysTest, OthersMayNotReadTheFiles) {
    open();
    for (const fs::path& file : {field_key_file(place), field_ring_file(place)}) {
        struct stat info {};
        ASSERT_EQ(::stat(file.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777u, 0600u) << file;
        ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
        EXPECT_EQ(fault_of([&] { open(); }), "fields.key_unusable") << file;
        ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    }
}

TEST_F(FieldKeysTest, ServersThatStartAtOnceShareOneRing) {
    std::array<std::string, 8> sealed;
    {
        std::vector<std::jthread> servers;
        for (std::string& one : sealed) servers.emplace_back([&] { one = open().seal(number, "x"); });
    }
    FieldKeys keys = open();
    for (const std::string& one : sealed) EXPECT_EQ(keys.open(one, "x"), number);
}

TEST_F(FieldKeysTest, SealsAndOpensWhileKeysAreRotated) {
    FieldKeys keys = open(), verb = open();
    std::atomic<bool> done = false;
    std::jthread rotating([&] {
        for (int i = 0; i < 20; ++i) verb.rotate();
        verb.forget_old();
        done = true;
    });
    std::set<std::string> names;
    while (!done) {
        const std::string sealed = keys.seal(number, "x");
        ASSERT_EQ(keys.open(sealed, "x"), number);
        names.insert(sealed.substr(5, 8));
    }
    EXPECT_FALSE(names.empty());
}

TEST_F(FieldKeysTest, RotationsAtOnceLoseNoKey) {
    std::array<std::string, 2> sealed;
    {
        std::vector<std::jthread> verbs;
        for (std::string& last : sealed)
            verbs.emplace_back([&] {
                FieldKeys keys = open();
                for (int i = 0; i < 10; ++i) {
                    keys.rotate();
                    last = keys.seal(number, "x");
                }
            });
    }
    FieldKeys keys = open();
    EXPECT_EQ(keys.names().data.size(), 21u);
    for (const std::string& one : sealed) EXPECT_EQ(keys.open(one, "x"), number);
}

TEST_F(FieldKeysTest, AFewMicrosecondsEach) {
    FieldKeys keys = open();
    constexpr int times = 2000;
    const auto started = std::chrono::steady_clock::now();
    std::string sealed;
    for (int i = 0; i < times; ++i) sealed = keys.seal(number, "person.citizen_id:1");
    const auto between = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) ASSERT_EQ(keys.open(sealed, "person.citizen_id:1").size(), number.size());
    const auto ended = std::chrono::steady_clock::now();
    const auto each = [](auto time) { return std::chrono::duration<double, std::micro>(time).count() / times; };
    RecordProperty("seal_us", std::to_string(each(between - started)));
    RecordProperty("open_us", std::to_string(each(ended - between)));
    EXPECT_LT(each(ended - started), 2000) << "a list of 20 opens 40 of them";
}

}  // namespace
}  // namespace motcua
