#include "merkle/tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

// What is hashed is short, and there is much of it: OpenSSL's general interface allocates for every digest and takes
// twice the time of these functions, which it would rather see no more.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/check.hpp"

namespace motcua::merkle {

namespace {

constexpr std::string_view leaf_prefix("\0", 1);
constexpr std::string_view node_prefix("\1", 1);

/// Largest power of two below n; n > 1.
std::uint64_t split_point(std::uint64_t n) { return std::bit_floor(n - 1); }

auto wrong(std::string_view reason) { return fail(Errc::invalid, reason); }

auto wrong_length(std::uint64_t expected, std::size_t found) {
    return fail(Errc::invalid, "merkle.proof_length",
                {{"expected", std::to_string(expected)}, {"found", std::to_string(found)}});
}

Result<void> check_lengths(Proof proof) {
    if (std::ranges::any_of(proof, [](const std::string& hash) { return hash.size() != hash_bytes; }))
        return wrong("merkle.hash_length");
    return {};
}

/// SUBTREE_SUBPROOF of the draft on leaves [first, first + size); `known`: the checker has the subtree's hash.
void prove(std::uint64_t start, std::uint64_t end, std::uint64_t first, std::uint64_t size, bool known,
           const NodeReader& read, std::vector<Hash>& proof) {
    if (start == first && end == first + size) {
        if (!known) proof.push_back(range_root(first, first + size, read));
        return;
    }
    const std::uint64_t middle = first + split_point(size);
    if (end <= middle) {
        prove(start, end, first, middle - first, known, read, proof);
        proof.push_back(range_root(middle, first + size, read));
    } else if (start >= middle) {
        prove(start, end, middle, first + size - middle, known, read, proof);
        proof.push_back(range_root(first, middle, read));
    } else {
        prove(middle, end, middle, first + size - middle, false, read, proof);
        proof.push_back(range_root(first, middle, read));
    }
}

}  // namespace

Hash sha256(std::initializer_list<std::string_view> pieces) {
    SHA256_CTX context;
    bool done = SHA256_Init(&context) == 1;
    for (std::string_view piece : pieces) done = done && SHA256_Update(&context, piece.data(), piece.size()) == 1;
    Hash hash;
    done = done && SHA256_Final(hash.bytes.data(), &context) == 1;
    CHECK(done, "SHA-256 of OpenSSL");
    return hash;
}

std::optional<Hash> to_hash(std::string_view bytes) {
    if (bytes.size() != hash_bytes) return std::nullopt;
    Hash hash;
    std::memcpy(hash.bytes.data(), bytes.data(), hash_bytes);
    return hash;
}

Hash leaf_hash(std::string_view entry) { return sha256({leaf_prefix, entry}); }
Hash node_hash(std::string_view left, std::string_view right) { return sha256({node_prefix, left, right}); }
Hash empty_root() { return sha256({}); }

bool is_subtree(std::uint64_t start, std::uint64_t end) {
    if (start >= end) return false;
    const std::uint64_t size = end - start;
    // Beyond half of all numbers the power of two would be 2^64, of which only 0 is a multiple.
    if (size > std::uint64_t{1} << 63) return start == 0;
    return start % std::bit_ceil(size) == 0;
}

std::vector<Node> list_nodes(std::uint64_t start, std::uint64_t end) {
    std::vector<Node> nodes;
    while (start < end) {
        const int level = std::bit_width(end - start) - 1;
        nodes.push_back({level, start >> level});
        start += std::uint64_t{1} << level;
    }
    return nodes;
}

Hash range_root(std::uint64_t start, std::uint64_t end, const NodeReader& read) {
    if (start == end) return empty_root();
    CHECK(is_subtree(start, end), "[{}, {})", start, end);
    const auto nodes = list_nodes(start, end);
    Hash root = read(nodes.back().level, nodes.back().index);
    for (auto node = nodes.rbegin() + 1; node != nodes.rend(); ++node)
        root = node_hash(read(node->level, node->index), root);
    return root;
}

std::vector<Hash> prove_inclusion(std::uint64_t index, std::uint64_t size, const NodeReader& read) {
    CHECK(index < size, "leaf {} of {}", index, size);
    std::vector<Hash> proof;
    prove(index, index + 1, 0, size, true, read, proof);
    return proof;
}

std::vector<Hash> prove_consistency(std::uint64_t size1, std::uint64_t size2, const NodeReader& read) {
    return prove_subtree_consistency(0, size1, size2, read);
}

std::vector<Hash> prove_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size,
                                            const NodeReader& read) {
    CHECK(is_subtree(start, end) && end <= size, "[{}, {}) of {}", start, end, size);
    std::vector<Hash> proof;
    prove(start, end, 0, size, true, read, proof);
    return proof;
}

Result<void> check_inclusion(std::uint64_t index, std::uint64_t size, std::string_view leaf, Proof proof,
                             std::string_view root) {
    if (index >= size) return wrong("merkle.index_outside");
    TRY(check_lengths(proof));
    if (leaf.size() != hash_bytes) return wrong("merkle.hash_length");
    Hash hash = *to_hash(leaf);
    // RFC 9162 §2.1.3.2: at each level the node is a right child, a left child, or has no sibling.
    std::uint64_t node = index;
    std::uint64_t last = size - 1;
    std::size_t used = 0;
    for (; last > 0; node >>= 1, last >>= 1) {
        if (node == last && node % 2 == 0) continue;
        if (used == proof.size()) return wrong_length(used + 1, proof.size());
        hash = node % 2 == 1 ? node_hash(proof[used], hash.view()) : node_hash(hash.view(), proof[used]);
        ++used;
    }
    if (used != proof.size()) return wrong_length(used, proof.size());
    if (hash.view() != root) return wrong("merkle.root_differs");
    return {};
}

Result<void> check_consistency(std::uint64_t size1, std::uint64_t size2, Proof proof, std::string_view root1,
                               std::string_view root2) {
    if (size1 > size2) return wrong("merkle.sizes_swapped");
    if (size1 == size2) {
        if (!proof.empty()) return wrong_length(0, proof.size());
        if (root1 != root2 || (size1 == 0 && root1 != empty_root().view())) return wrong("merkle.root_differs");
        return {};
    }
    if (size1 == 0) return wrong("merkle.empty_tree");
    return check_subtree_consistency(0, size1, size2, proof, root1, root2);
}

Result<void> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end, std::string_view leaf,
                                     Proof proof, std::string_view root) {
    if (!is_subtree(start, end)) return wrong("merkle.subtree_invalid");
    if (index < start || index >= end) return wrong("merkle.index_outside");
    return check_inclusion(index - start, end - start, leaf, proof, root);
}

Result<void> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size, Proof proof,
                                       std::string_view root1, std::string_view root2) {
    if (start > end || end > size) return wrong("merkle.sizes_swapped");
    if (start == end) {
        if (!proof.empty()) return wrong_length(0, proof.size());
        if (root1 != empty_root().view()) return wrong("merkle.root_differs");
        return {};
    }
    if (!is_subtree(start, end)) return wrong("merkle.subtree_invalid");
    TRY(check_lengths(proof));
    if (!proof.empty() && root1.size() != hash_bytes) return wrong("merkle.hash_length");
    // Draft §4.4.3, of which RFC 9162 §2.1.4.2 is the case start = 0: first, left and last are the nodes at the present
    // level over the subtree's first and last leaf and over the tree's last one.
    std::uint64_t first = start, left = end - 1, last = size - 1;
    const auto up = [&] { first >>= 1, left >>= 1, last >>= 1; };
    while (first != left && (left == last || left % 2 == 1)) up();
    std::size_t used = 0;
    std::string subtree(root1), tree(root1);
    if (first != left) {
        if (proof.empty()) return wrong_length(1, 0);
        subtree = tree = proof[used++];
    }
    for (; used < proof.size(); ++used) {
        if (last == 0) return wrong_length(used, proof.size());
        if (left % 2 == 1 || left == last) {
            if (first < left) subtree = node_hash(proof[used], subtree).view();
            tree = node_hash(proof[used], tree).view();
            while (left % 2 == 0 && left > 0) up();
        } else {
            tree = node_hash(tree, proof[used]).view();
        }
        up();
    }
    if (last != 0) return wrong_length(used + 1, proof.size());
    if (subtree != root1 || tree != root2) return wrong("merkle.root_differs");
    return {};
}

void Frontier::append(const Hash& leaf, const std::function<void(const Node&, const Hash&)>& completed) {
    nodes_.push_back(leaf);
    Node node{0, size_};
    if (completed) completed(node, leaf);
    // Each one-bit at the end of the size is a complete subtree that the new leaf completes further.
    for (; node.index % 2 == 1; ++node.level, node.index >>= 1) {
        const Hash right = nodes_.back();
        nodes_.pop_back();
        nodes_.back() = node_hash(nodes_.back(), right);
        if (completed) completed({node.level + 1, node.index >> 1}, nodes_.back());
    }
    ++size_;
}

Hash Frontier::root() const {
    if (nodes_.empty()) return empty_root();
    Hash root = nodes_.back();
    for (auto node = nodes_.rbegin() + 1; node != nodes_.rend(); ++node) root = node_hash(*node, root);
    return root;
}

Frontier Frontier::load(std::uint64_t size, const NodeReader& read) {
    Frontier frontier;
    frontier.size_ = size;
    for (const Node& node : list_nodes(0, size)) frontier.nodes_.push_back(read(node.level, node.index));
    return frontier;
}

}  // namespace motcua::merkle
