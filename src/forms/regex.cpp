#include "forms/regex.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "forms/unicode.hpp"

namespace motcua::forms {

namespace {

constexpr char32_t last_code_point = 0x10FFFF;
constexpr int depth_max = 20;
constexpr int ambiguous_choices_max = 3;

/// Code points as sorted, disjoint ranges.
using Set = std::vector<std::pair<char32_t, char32_t>>;

Set normalized(Set set) {
    std::ranges::sort(set);
    Set out;
    for (auto [low, high] : set) {
        if (!out.empty() && low <= out.back().second + 1)
            out.back().second = std::max(out.back().second, high);
        else
            out.emplace_back(low, high);
    }
    return out;
}

Set complement(const Set& set) {
    Set out;
    char32_t next = 0;
    for (auto [low, high] : set) {
        if (low > next) out.emplace_back(next, low - 1);
        next = high + 1;
    }
    if (next <= last_code_point) out.emplace_back(next, last_code_point);
    return out;
}

Set unite(Set left, const Set& right) {
    left.insert(left.end(), right.begin(), right.end());
    return normalized(std::move(left));
}

bool overlap(const Set& left, const Set& right) {
    std::size_t i = 0, j = 0;
    while (i < left.size() && j < right.size()) {
        if (left[i].second < right[j].first)
            ++i;
        else if (right[j].second < left[i].first)
            ++j;
        else
            return true;
    }
    return false;
}

Set class_of(char escape) {
    Set digits{{'0', '9'}}, words{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    switch (escape) {
        case 'd':
            return digits;
        case 'D':
            return complement(digits);
        case 'w':
            return words;
        default:
            return complement(words);
    }
}

struct Node {
    enum Kind : std::uint8_t { set, sequence, choice, repeat } kind = sequence;
    Set chars = {};                   // set
    std::vector<Node> children = {};  // sequence, choice; repeat has one
    int low = 1, high = 1;            // repeat; high -1: no bound
    std::size_t position = 0;
};

struct Problem {
    std::string_view reason;
    std::size_t position;
    std::string_view what = {};
};

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    std::expected<Node, Problem> parse() {
        bool begins = eat('^');
        auto node = choice(0);
        if (!node) return node;
        bool ends = eat('$');
        if (at_ < text_.size()) return problem("forms.def_pattern_syntax");
        if ((begins || ends) && node->kind == Node::choice)
            return std::unexpected(Problem{"forms.def_pattern_unsupported", 0, "^a|b$"});
        return node;
    }

  private:
    using Parsed = std::expected<Node, Problem>;

    std::unexpected<Problem> problem(std::string_view reason, std::string_view what = {}) const {
        return std::unexpected(Problem{reason, at_, what});
    }
    bool more() const { return at_ < text_.size(); }
    char peek() const { return more() ? text_[at_] : '\0'; }
    bool eat(char c) {
        if (!more() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    Parsed choice(int depth) {
        if (depth > depth_max) return problem("forms.def_pattern_unsupported", "depth");
        Node out{.kind = Node::choice, .position = at_};
        do {
            auto branch = sequence(depth);
            if (!branch) return branch;
            out.children.push_back(std::move(*branch));
        } while (eat('|'));
        if (out.children.size() == 1) return std::move(out.children.front());
        return out;
    }

    Parsed sequence(int depth) {
        Node out{.kind = Node::sequence, .position = at_};
        while (more() && peek() != '|' && peek() != ')') {
            if (peek() == '$' && at_ + 1 == text_.size() && depth == 0) break;
            auto item = atom(depth);
            if (!item) return item;
            auto repeated = quantifier(std::move(*item));
            if (!repeated) return repeated;
            out.children.push_back(std::move(*repeated));
        }
        return out;
    }

    Parsed atom(int depth) {
        std::size_t start = at_;
        char c = peek();
        if (c == '(') return group(depth);
        if (c == '[') return bracket();
        if (c == '\\') {
            bool is_class = false;
            auto set = escape(is_class, false);
            if (!set) return std::unexpected(set.error());
            return Node{.kind = Node::set, .chars = std::move(*set), .position = start};
        }
        if (c == '.' || c == '^' || c == '$')
            return problem("forms.def_pattern_unsupported", std::string_view(&text_[at_], 1));
        if (c == '*' || c == '+' || c == '?' || c == '{' || c == '}' || c == ']')
            return problem("forms.def_pattern_syntax");
        char32_t code = next_code_point(text_, at_);
        return Node{.kind = Node::set, .chars = {{code, code}}, .position = start};
    }

    Parsed group(int depth) {
        ++at_;
        if (eat('?') && !eat(':')) return problem("forms.def_pattern_unsupported", "(?");
        auto inside = choice(depth + 1);
        if (!inside) return inside;
        if (!eat(')')) return problem("forms.def_pattern_syntax");
        return inside;
    }

    /// After the backslash: a class (\d \D \w \W) or one character that has a meaning of its own.
    std::expected<Set, Problem> escape(bool& is_class, bool in_brackets) {
        ++at_;
        char c = peek();
        constexpr std::string_view own_meaning = "^$\\.*+?()[]{}|/";
        if (c == 'd' || c == 'D' || c == 'w' || c == 'W') {
            ++at_;
            is_class = true;
            return class_of(c);
        }
        char32_t code = 0;
        if (c == 't')
            code = '\t';
        else if (c == 'n')
            code = '\n';
        else if (more() && (own_meaning.contains(c) || (in_brackets && c == '-')))
            code = static_cast<unsigned char>(c);
        else
            return problem("forms.def_pattern_unsupported", "\\");
        ++at_;
        return Set{{code, code}};
    }

    Parsed bracket() {
        std::size_t start = at_++;
        bool negated = eat('^');
        Set set;
        while (more() && peek() != ']') {
            auto low = bracket_item();
            if (!low) return std::unexpected(low.error());
            bool is_range = peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
            if (is_range) {
                ++at_;
                auto high = bracket_item();
                if (!high) return std::unexpected(high.error());
                if (!low->second || !high->second || low->first[0].first > high->first[0].first)
                    return problem("forms.def_pattern_syntax");
                set.emplace_back(low->first[0].first, high->first[0].first);
            } else {
                set.insert(set.end(), low->first.begin(), low->first.end());
            }
        }
        if (!eat(']') || set.empty()) return problem("forms.def_pattern_syntax");
        set = normalized(std::move(set));
        return Node{.kind = Node::set, .chars = negated ? complement(set) : std::move(set), .position = start};
    }

    /// The set and whether it is a single character, which a range needs.
    std::expected<std::pair<Set, bool>, Problem> bracket_item() {
        bool is_class = false;
        if (peek() == '\\') {
            auto set = escape(is_class, true);
            if (!set) return std::unexpected(set.error());
            return std::pair(std::move(*set), !is_class);
        }
        if (!more() || peek() == '[' || peek() == ']') return problem("forms.def_pattern_syntax");
        char32_t code = next_code_point(text_, at_);
        return std::pair(Set{{code, code}}, true);
    }

    Parsed quantifier(Node item) {
        std::size_t start = at_;
        int low = 1, high = 1;
        if (eat('?')) {
            low = 0;
        } else if (eat('*')) {
            low = 0, high = -1;
        } else if (eat('+')) {
            high = -1;
        } else if (eat('{')) {
            auto first = number();
            if (!first) return problem("forms.def_pattern_syntax");
            low = high = *first;
            if (eat(',')) {
                auto second = number();
                high = second ? *second : -1;
            }
            if (!eat('}') || (high != -1 && high < low)) return problem("forms.def_pattern_syntax");
            if (low > pattern_repeat_max || high > pattern_repeat_max)
                return problem("forms.def_pattern_unsupported", "{1001}");
        } else {
            return item;
        }
        if (peek() == '?' || peek() == '*' || peek() == '+' || peek() == '{')
            return problem("forms.def_pattern_unsupported", "*?");
        Node out{.kind = Node::repeat, .low = low, .high = high, .position = start};
        out.children.push_back(std::move(item));
        return out;
    }

    std::optional<int> number() {
        int value = 0;
        std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9' && at_ - start < 5) value = value * 10 + (text_[at_++] - '0');
        if (at_ == start) return std::nullopt;
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// A backtracking matcher (JavaScript's) is linear when the next character always decides: which branch, whether to
/// repeat once more. Up to `ambiguous_choices_max` undecided choices outside repetitions are let through; each only
/// multiplies the work by its number of branches.
class Determinism {
  public:
    std::optional<std::size_t> find_ambiguity(const Node& root) {
        check(root, {}, false);
        if (broken_) return broken_;
        return std::nullopt;
    }

  private:
    static bool nullable(const Node& node) {
        switch (node.kind) {
            case Node::set:
                return false;
            case Node::sequence:
                return std::ranges::all_of(node.children, nullable);
            case Node::choice:
                return std::ranges::any_of(node.children, nullable);
            case Node::repeat:
                return node.low == 0 || nullable(node.children.front());
        }
        return true;
    }

    static Set first(const Node& node) {
        Set out;
        switch (node.kind) {
            case Node::set:
                return node.chars;
            case Node::sequence:
                for (const Node& child : node.children) {
                    out = unite(std::move(out), first(child));
                    if (!nullable(child)) break;
                }
                return out;
            case Node::choice:
                for (const Node& child : node.children) out = unite(std::move(out), first(child));
                return out;
            case Node::repeat:
                return node.high == 0 ? out : first(node.children.front());
        }
        return out;
    }

    void undecided(const Node& node, bool repeated) {
        if (repeated || ++choices_ > ambiguous_choices_max)
            if (!broken_) broken_ = node.position;
    }

    void check(const Node& node, const Set& follow, bool repeated) {
        if (broken_) return;
        switch (node.kind) {
            case Node::set:
                return;
            case Node::sequence: {
                std::vector<Set> follows(node.children.size());
                Set next = follow;
                for (std::size_t i = node.children.size(); i-- > 0;) {
                    follows[i] = next;
                    Set begin = first(node.children[i]);
                    next = nullable(node.children[i]) ? unite(std::move(begin), next) : std::move(begin);
                }
                for (std::size_t i = 0; i < node.children.size(); ++i) check(node.children[i], follows[i], repeated);
                return;
            }
            case Node::choice: {
                Set seen;
                bool decided = true;
                for (const Node& child : node.children) {
                    Set begin = first(child);
                    if (nullable(child)) begin = unite(std::move(begin), follow);
                    if (overlap(seen, begin)) decided = false;
                    seen = unite(std::move(seen), begin);
                }
                if (!decided) undecided(node, repeated);
                for (const Node& child : node.children) check(child, follow, repeated);
                return;
            }
            case Node::repeat: {
                const Node& body = node.children.front();
                bool many = node.high == -1 || node.high > 1;
                bool variable = node.high != node.low;
                if (many && nullable(body)) return undecided(node, true);
                if (variable && overlap(first(body), follow))
                    undecided(node, repeated || node.high == -1 || node.high - node.low > 1);
                check(body, many ? unite(first(body), follow) : follow, repeated || many);
                return;
            }
        }
    }

    int choices_ = 0;
    std::optional<std::size_t> broken_;
};

}  // namespace

struct Pattern::Impl {
    explicit Impl(const re2::StringPiece& text) : regex(text, options()) {}
    static RE2::Options options() {
        RE2::Options options;
        options.set_log_errors(false);
        return options;
    }
    RE2 regex;
};

Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
    if (text.size() > pattern_bytes_max)
        return fail(Errc::invalid, "forms.def_too_long", {{"limit", std::to_string(pattern_bytes_max)}});
    auto tree = Parser(text).parse();
    if (!tree) {
        std::vector<Param> params{{"position", std::to_string(tree.error().position)}};
        if (!tree.error().what.empty()) params.push_back({"what", std::string(tree.error().what)});
        return fail(Errc::invalid, tree.error().reason, std::move(params));
    }
    if (auto position = Determinism().find_ambiguity(*tree))
        return fail(Errc::invalid, "forms.def_pattern_ambiguous", {{"position", std::to_string(*position)}});
    std::shared_ptr<Pattern> pattern(new Pattern);
    pattern->text_ = text;
    pattern->impl_ = std::make_unique<Impl>(re2::StringPiece(text.data(), text.size()));
    if (!pattern->impl_->regex.ok())  // too large once repetitions are written out
        return fail(Errc::invalid, "forms.def_pattern_unsupported", {{"position", "0"}, {"what", "{1000}{1000}"}});
    return std::shared_ptr<const Pattern>(std::move(pattern));
}

bool Pattern::matches(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), impl_->regex);
}

}  // namespace motcua::forms
