// Help for tests only: where the conformance cases of others lie, what the environment asks of a test, and waiting for
// what other threads do. Included by *_test.cpp files, never by the product.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

namespace motcua::test {

/// Path below $CONFORMANCE_DIR (default ../shared/conformance beside the source tree); nullopt when absent, upon which
/// a test reports GTEST_SKIP.
inline std::optional<std::filesystem::path> find_conformance(const char* source_dir, const std::string& path) {
    const char* root = std::getenv("CONFORMANCE_DIR");
    std::filesystem::path full =
        (root ? std::filesystem::path(root) : std::filesystem::path(source_dir) / "../shared/conformance") / path;
    if (!std::filesystem::exists(full)) return std::nullopt;
    return full;
}

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether it comes true within the time that a slow machine may need; looks again and again.
template <class Holds>
bool soon(const Holds& holds) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

/// A number given in the environment: MOTCUA_SEED repeats a random test, others run one for longer (`./dev soak`).
inline std::uint64_t number_given(const char* name, std::uint64_t otherwise) {
    const char* given = std::getenv(name);
    return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

}  // namespace motcua::test
