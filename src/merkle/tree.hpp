// The Merkle tree of RFC 6962 §2.1 with SHA-256: hashes, roots, inclusion and consistency proofs, made and checked,
// also of subtrees [start, end) (draft-ietf-plants-merkle-tree-certs §4). Pure. Owns no storage: whoever makes a proof
// brings a NodeReader. Checks take what came from outside as bytes of any length and never throw.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace motcua::merkle {

inline constexpr std::size_t hash_bytes = 32;

struct Hash {
    std::array<unsigned char, hash_bytes> bytes{};
    auto operator<=>(const Hash&) const = default;
    std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

/// SHA-256 of the pieces, one after the other; with the processor's own instructions where it has them (OpenSSL).
Hash sha256(std::initializer_list<std::string_view> pieces);
/// The hash in these bytes; nullopt unless there are 32.
std::optional<Hash> to_hash(std::string_view bytes);

Hash leaf_hash(std::string_view entry);                         // SHA-256(0x00 || entry)
Hash node_hash(std::string_view left, std::string_view right);  // SHA-256(0x01 || left || right)
inline Hash node_hash(const Hash& left, const Hash& right) { return node_hash(left.view(), right.view()); }
Hash empty_root();  // SHA-256 of nothing

/// Hash of the complete subtree over leaves [index << level, (index + 1) << level).
using NodeReader = std::function<Hash(int level, std::uint64_t index)>;

/// A complete subtree.
struct Node {
    int level = 0;
    std::uint64_t index = 0;
    auto operator<=>(const Node&) const = default;
};
/// The complete subtrees that make up [start, end), left to right; a valid subtree (below).
std::vector<Node> list_nodes(std::uint64_t start, std::uint64_t end);

/// Root over the leaves [start, end), a valid subtree; the tree of n leaves is [0, n).
Hash range_root(std::uint64_t start, std::uint64_t end, const NodeReader& read);
inline Hash tree_root(std::uint64_t size, const NodeReader& read) { return range_root(0, size, read); }

/// start < end and start is a multiple of the smallest power of two that is not below end - start.
bool is_subtree(std::uint64_t start, std::uint64_t end);

/// Audit path of the leaf (RFC 6962 §2.1.1), from its sibling up. index < size.
std::vector<Hash> prove_inclusion(std::uint64_t index, std::uint64_t size, const NodeReader& read);
/// Proof that the tree of size1 leaves is a prefix of that of size2 (RFC 6962 §2.1.2). 0 < size1 <= size2.
std::vector<Hash> prove_consistency(std::uint64_t size1, std::uint64_t size2, const NodeReader& read);
/// The same for a subtree: [0, n) gives prove_consistency(n). end <= size.
std::vector<Hash> prove_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size,
                                            const NodeReader& read);

using Proof = std::span<const std::string>;

/// Reasons of all checks: invalid "merkle.index_outside", "merkle.sizes_swapped", "merkle.empty_tree",
/// "merkle.subtree_invalid", "merkle.proof_length" {expected, found}, "merkle.hash_length", "merkle.root_differs".
Result<void> check_inclusion(std::uint64_t index, std::uint64_t size, std::string_view leaf, Proof proof,
                             std::string_view root);
/// Trees of the same size need equal roots and an empty proof. From the empty tree there is nothing to prove: refused
/// unless both are empty.
Result<void> check_consistency(std::uint64_t size1, std::uint64_t size2, Proof proof, std::string_view root1,
                               std::string_view root2);
Result<void> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end, std::string_view leaf,
                                     Proof proof, std::string_view root);
/// An empty subtree (start = end <= size) has the empty root and an empty proof, whatever the tree.
Result<void> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size, Proof proof,
                                       std::string_view root1, std::string_view root2);

/// The right edge of a growing tree: enough for its root. At most 64 hashes.
class Frontier {
  public:
    /// `completed` is told of each complete subtree that this leaf completes, the leaf itself included.
    void append(const Hash& leaf, const std::function<void(const Node&, const Hash&)>& completed = {});
    std::uint64_t size() const { return size_; }
    Hash root() const;

    /// The edge of a tree that exists.
    static Frontier load(std::uint64_t size, const NodeReader& read);

  private:
    std::uint64_t size_ = 0;
    std::vector<Hash> nodes_;  // of list_nodes(0, size_)
};

}  // namespace motcua::merkle
