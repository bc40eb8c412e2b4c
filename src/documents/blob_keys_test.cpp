// Sealing of blobs: nothing readable on the disk, rotation beside an open store, files of before it, and what is no
// key.
#include "documents/blob_keys.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "db/test_directory.hpp"
#include "documents/blob_store.hpp"

namespace motcua::documents {
namespace {

namespace fs = std::filesystem;

class BlobKeysTest : public testing::Test {
  protected:
    fs::path place(const BlobKey& blob) const {
        const std::string hex = to_hex(blob);
        return directory.path() / "blobs" / hex.substr(0, 2) / hex.substr(2);
    }
    static std::string bytes_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::unique_ptr<BlobStore> open() { return open_blob_directory(directory.path() / "blobs"); }

    TestDirectory directory;
    fs::path file = directory.path() / "blobs.key";
    std::string content = "Căn cước công dân 091187549925";
    BlobKey key = hash_blob(content);
};

TEST_F(BlobKeysTest, NothingOfTheContentIsOnTheDisk) {
    auto store = open();
    store->put(key, content);
    EXPECT_EQ(bytes_of(place(key)).find("091187549925"), std::string::npos);
    EXPECT_EQ(store->find(key), content);
    EXPECT_EQ(open()->find(key), content);
    // Put under another name it does not open.
    const BlobKey other = hash_blob("x");
    fs::create_directories(place(other).parent_path());
    fs::copy_file(place(key), place(other));
    EXPECT_THROW(store->find(other), Fault);
}

TEST_F(BlobKeysTest, ARotationStopsNobody) {
    auto store = open();
    store->put(key, content);
    BlobKeys keys(file);
    const auto first = keys.names();
    const std::string second = keys.add_key();
    const std::string more = "another document";
    store->put(hash_blob(more), more);  // by the store that was open before
    EXPECT_EQ(store->find(key), content);
    EXPECT_TRUE(store->renew(key));
    EXPECT_FALSE(store->renew(key)) << "once is enough";
    EXPECT_FALSE(store->renew(hash_blob(more))) << "it was sealed with the new key already";
    EXPECT_EQ(store->find(key), content);
    keys.forget_old();
    EXPECT_EQ(keys.names(), std::vector{second});
    EXPECT_NE(keys.names(), first);
    EXPECT_EQ(open()->find(key), content);
    EXPECT_EQ(open()->find(hash_blob(more)), more);
}

TEST_F(BlobKeysTest, FilesOfBeforeAreReadAndSealedWhenAsked) {
    auto store = open();
    std::ofstream(place(key), std::ios::binary) << content;
    EXPECT_EQ(store->find(key), content);
    store->put(key, content);  // is there
    EXPECT_EQ(bytes_of(place(key)), content);
    EXPECT_TRUE(store->renew(key));
    EXPECT_NE(bytes_of(place(key)), content);
    EXPECT_EQ(store->find(key), content);
}

TEST_F(BlobKeysTest, WithoutTheKeyThereIsAFaultAndNoNonsense) {
    open()->put(key, content);
    fs::remove(file);
    EXPECT_THROW(open()->find(key), Fault);
    std::ofstream(file) << "no key\n";
    EXPECT_THROW(open(), Fault);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THROW(open(), Fault);
    std::ofstream(file) << "00000000 " << std::string(64, '1') << "\n";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    EXPECT_THROW(open(), Fault) << "others may read it";
}

}  // namespace
}  // namespace motcua::documents
