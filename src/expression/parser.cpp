// Recursive descent over the text itself: there is no token list, since FEEL's function names have spaces in them.
// Depth is counted on the way down and tree height checked at the end, so that no text can exhaust the stack.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "expression/expression.hpp"
#include "expression/program.hpp"

namespace motcua::expression {
namespace {

constexpr std::string_view reserved[] = {
    "and", "or",     "not",       "if",  "then", "else", "true", "false", "null", "in", "between", "some", "every",
    "for", "return", "satisfies", "div", "mod",  "eq",   "ne",   "lt",    "le",   "gt", "ge",      "empty"};

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0; }
bool is_name_part(char c) { return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '$'; }

class Parser {
  public:
    Parser(std::string_view text, std::size_t offset, Program& program) : text_(text), at_(offset), program_(program) {}

    Result<std::int32_t> expression_up_to_end() {
        auto root = TRY(expression());
        skip_space();
        if (at_ != text_.size()) return malformed();
        return root;
    }
    /// Reads `${ … }` whose opening has been consumed; leaves the position after the brace.
    Result<std::int32_t> embedded(std::size_t& at) {
        auto root = TRY(expression());
        if (!take("}")) return malformed();
        at = at_;
        return root;
    }

  private:
    std::string_view text_;
    std::size_t at_;
    Program& program_;
    int depth_ = 0;

    struct Deeper {
        int& depth;
        explicit Deeper(int& d) : depth(d) { ++depth; }
        ~Deeper() { --depth; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
    };

    std::unexpected<Error> malformed() const {
        return fail(Errc::invalid, "expression.malformed",
                    {{"position", std::to_string(at_ + 1)}, {"text", std::string(text_.substr(0, 200))}});
    }
    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool looking_at(std::string_view s) {
        skip_space();
        return text_.substr(at_).starts_with(s);
    }
    bool take(std::string_view s) {
        if (!looking_at(s)) return false;
        at_ += s.size();
        return true;
    }
    bool looking_at_word(std::string_view word) {
        return looking_at(word) && (at_ + word.size() == text_.size() || !is_name_part(text_[at_ + word.size()]));
    }
    bool take_word(std::string_view word) {
        if (!looking_at_word(word)) return false;
        at_ += word.size();
        return true;
    }
    std::string_view peek_name() {
        skip_space();
        if (at_ == text_.size() || !is_name_start(text_[at_])) return {};
        std::size_t end = at_;
        while (end < text_.size() && is_name_part(text_[end])) ++end;
        return text_.substr(at_, end - at_);
    }
    Result<std::string> take_name() {
        auto name = peek_name();
        if (name.empty() || std::ranges::find(reserved, name) != std::end(reserved)) return malformed();
        at_ += name.size();
        return std::string(name);
    }
    std::int32_t add(Node node) {
        program_.nodes.push_back(std::move(node));
        return static_cast<std::int32_t>(program_.nodes.size()) - 1;
    }
    std::int32_t add_literal(json::value value) {
        Node node;
        node.value = std::move(value);
        return add(std::move(node));
    }

    Result<std::int32_t> expression() {
        Deeper deeper(depth_);
        if (depth_ > depth_max)
            return fail(Errc::invalid, "expression.too_deep", {{"limit", std::to_string(depth_max)}});
        if (take_word("if")) {
            auto condition = TRY(expression());
            if (!take_word("then")) return malformed();
            auto yes = TRY(expression());
            if (!take_word("else")) return malformed();
            auto no = TRY(expression());
            return add({.op = Op::if_, .a = condition, .b = yes, .c = no});
        }
        if (take_word("for")) return quantified(Op::for_, "return");
        if (take_word("some")) return quantified(Op::some, "satisfies");
        if (take_word("every")) return quantified(Op::every, "satisfies");
        auto condition = TRY(disjunction());
        if (!take("?")) return condition;
        auto yes = TRY(expression());
        if (!take(":")) return malformed();
        auto no = TRY(expression());
        return add({.op = Op::if_, .a = condition, .b = yes, .c = no});
    }
    Result<std::int32_t> quantified(Op op, std::string_view word) {
        auto name = TRY(take_name());
        if (!take_word("in")) return malformed();
        auto list = TRY(expression());
        if (!take_word(word)) return malformed();
        auto body = TRY(expression());
        return add({.op = op, .a = list, .b = body, .text = std::move(name)});
    }
    Result<std::int32_t> disjunction() {
        auto left = TRY(conjunction());
        while (take("||") || take_word("or")) left = add({.op = Op::or_, .a = left, .b = TRY(conjunction())});
        return left;
    }
    Result<std::int32_t> conjunction() {
        auto left = TRY(comparison());
        while (take("&&") || take_word("and")) left = add({.op = Op::and_, .a = left, .b = TRY(comparison())});
        return left;
    }
    bool take_comparison(Op& op) {
        static constexpr std::pair<std::string_view, Op> signs[] = {
            {"==", Op::equal}, {"!=", Op::not_equal}, {"<=", Op::less_equal}, {">=", Op::greater_equal},
            {"=", Op::equal},  {"<", Op::less},       {">", Op::greater}};
        static constexpr std::pair<std::string_view, Op> words[] = {{"eq", Op::equal},      {"ne", Op::not_equal},
                                                                    {"le", Op::less_equal}, {"ge", Op::greater_equal},
                                                                    {"lt", Op::less},       {"gt", Op::greater}};
        for (auto [sign, value] : signs)
            if (take(sign)) return op = value, true;
        for (auto [word, value] : words)
            if (take_word(word)) return op = value, true;
        return false;
    }
    Result<std::int32_t> comparison() {
        auto left = TRY(sum());
        while (true) {
            Op op{};
            if (take_comparison(op)) {
                left = add({.op = op, .a = left, .b = TRY(sum())});
            } else if (take_word("between")) {
                auto low = TRY(sum());
                if (!take_word("and")) return malformed();
                left = add({.op = Op::between, .a = left, .b = low, .c = TRY(sum())});
            } else if (take_word("in")) {
                left = add({.op = Op::in, .a = left, .b = TRY(sum())});
            } else {
                return left;
            }
        }
    }
    Result<std::int32_t> sum() {
        auto left = TRY(product());
        while (true) {
            if (take("+"))
                left = add({.op = Op::add, .a = left, .b = TRY(product())});
            else if (take("-"))
                left = add({.op = Op::subtract, .a = left, .b = TRY(product())});
            else
                return left;
        }
    }
    Result<std::int32_t> product() {
        auto left = TRY(power());
        while (true) {
            if (!looking_at("**") && take("*"))
                left = add({.op = Op::multiply, .a = left, .b = TRY(power())});
            else if (take("/") || take_word("div"))
                left = add({.op = Op::divide, .a = left, .b = TRY(power())});
            else if (take("%") || take_word("mod"))
                left = add({.op = Op::modulo, .a = left, .b = TRY(power())});
            else
                return left;
        }
    }
    Result<std::int32_t> power() {
        auto left = TRY(unary());
        while (take("**")) left = add({.op = Op::power, .a = left, .b = TRY(unary())});
        return left;
    }
    Result<std::int32_t> unary() {
        Deeper deeper(depth_);
        if (depth_ > depth_max)
            return fail(Errc::invalid, "expression.too_deep", {{"limit", std::to_string(depth_max)}});
        if (take("-")) return add({.op = Op::negate, .a = TRY(unary())});
        if (!looking_at("!=") && take("!")) return add({.op = Op::not_, .a = TRY(unary())});
        if (take_word("not")) return add({.op = Op::not_, .a = TRY(unary())});
        if (looking_at_word("empty")) {
            take_word("empty");
            return add({.op = Op::empty, .a = TRY(unary())});
        }
        return postfix();
    }
    Result<std::int32_t> postfix() {
        auto value = TRY(primary());
        while (true) {
            if (!looking_at("..") && take(".")) {
                auto name = peek_name();
                if (name.empty()) return malformed();
                std::string member(name);
                at_ += name.size();
                if (!take("(")) {
                    value = add({.op = Op::member, .a = value, .text = std::move(member)});
                    continue;
                }
                Node call{.op = Op::call};
                call.function = find_method(member);
                if (call.function < 0) return fail(Errc::invalid, "expression.unknown_function", {{"name", member}});
                call.items = TRY(arguments());
                call.items.insert(call.items.begin(), value);
                value = add(std::move(call));
            } else if (take("[")) {
                auto index = TRY(expression());
                if (!take("]")) return malformed();
                value = add({.op = Op::index, .a = value, .b = index});
            } else {
                return value;
            }
        }
    }
    Result<std::vector<std::int32_t>> arguments() {
        std::vector<std::int32_t> result;
        if (take(")")) return result;
        do result.push_back(TRY(expression()));
        while (take(","));
        if (!take(")")) return malformed();
        return result;
    }
    Result<std::int32_t> primary() {
        skip_space();
        if (at_ == text_.size()) return malformed();
        char c = text_[at_];
        if (c == '"' || c == '\'') return text_literal(c);
        if (std::isdigit(static_cast<unsigned char>(c)) ||
            (c == '.' && at_ + 1 < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_ + 1]))))
            return number_literal();
        if (take("(")) return in_parentheses("(");
        if (take("[")) return list_or_range();
        if (take("]")) return open_range("]");
        if (take("{")) return object_literal();
        if (take_word("true")) return add_literal(true);
        if (take_word("false")) return add_literal(false);
        if (take_word("null")) return add_literal(nullptr);
        return name_or_call();
    }
    Result<std::int32_t> text_literal(char quote) {
        std::string value;
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
                value += text_[at_];
                continue;
            }
            char next = text_[++at_];
            value += next == 'n' ? '\n' : next == 't' ? '\t' : next;
        }
        if (at_ == text_.size()) return malformed();
        ++at_;
        return add_literal(json::string(value));
    }
    Result<std::int32_t> number_literal() {
        double number = 0;
        const char* begin = text_.data() + at_;
        std::size_t length = 0;
        auto digits = [&] {
            while (at_ + length < text_.size() && std::isdigit(static_cast<unsigned char>(begin[length]))) ++length;
        };
        digits();
        if (at_ + length + 1 < text_.size() && begin[length] == '.' &&
            std::isdigit(static_cast<unsigned char>(begin[length + 1]))) {
            ++length;
            digits();
        }
        if (at_ + length + 1 < text_.size() && (begin[length] == 'e' || begin[length] == 'E') &&
            (std::isdigit(static_cast<unsigned char>(begin[length + 1])) || begin[length + 1] == '-')) {
            length += 2;
            digits();
        }
        auto [end, error] = std::from_chars(begin, begin + length, number);
        if (error != std::errc{} || end != begin + length) return malformed();
        at_ += length;
        // "3days" is a slip of the pen, and so is "12(" or "1_000".
        if (at_ < text_.size() && is_name_part(text_[at_])) return malformed();
        return add_literal(number);
    }
    Result<std::int32_t> in_parentheses(std::string_view open) {
        auto inner = TRY(expression());
        if (take("..")) return range_end(open, inner);
        if (!take(")")) return malformed();
        return inner;
    }
    Result<std::int32_t> range_end(std::string_view open, std::int32_t low) {
        auto high = TRY(expression());
        std::string bounds(open == "[" ? "[" : "(");
        if (take("]"))
            bounds += ']';
        else if (take(")") || take("["))
            bounds += ')';
        else
            return malformed();
        return add({.op = Op::range, .a = low, .b = high, .text = std::move(bounds)});
    }
    Result<std::int32_t> open_range(std::string_view open) {
        auto low = TRY(expression());
        if (!take("..")) return malformed();
        return range_end(open, low);
    }
    Result<std::int32_t> list_or_range() {
        Node list{.op = Op::list};
        if (take("]")) return add(std::move(list));
        list.items.push_back(TRY(expression()));
        if (take("..")) return range_end("[", list.items[0]);
        while (take(",")) list.items.push_back(TRY(expression()));
        if (!take("]")) return malformed();
        return add(std::move(list));
    }
    Result<std::int32_t> object_literal() {
        Node object{.op = Op::object};
        if (take("}")) return add(std::move(object));
        do {
            skip_space();
            if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
                auto key = TRY(text_literal(text_[at_]));
                object.keys.emplace_back(program_.nodes[static_cast<std::size_t>(key)].value.as_string());
            } else {
                object.keys.push_back(TRY(take_name()));
            }
            if (!take(":")) return malformed();
            object.items.push_back(TRY(expression()));
        } while (take(","));
        if (!take("}")) return malformed();
        return add(std::move(object));
    }
    Result<std::int32_t> name_or_call() {
        // Longest run of words that names a function and is followed by "(": FEEL writes `string length(x)`.
        std::size_t start = at_;
        std::string words(TRY(take_name()));
        if (!looking_at("(")) {
            std::size_t after_first = at_;
            std::string longer = words;
            for (int i = 0; i < 4 && !looking_at("("); ++i) {
                auto next = peek_name();
                if (next.empty()) break;
                longer += ' ';
                longer += next;
                at_ += next.size();
            }
            if (looking_at("(") && longer != words && find_function(longer) >= 0) {
                words = longer;
            } else {
                at_ = after_first;
                return add({.op = Op::variable, .text = std::move(words)});
            }
        }
        take("(");
        Node call{.op = Op::call};
        call.function = find_function(words);
        if (call.function < 0) {
            at_ = start;
            return fail(Errc::invalid, "expression.unknown_function", {{"name", words}});
        }
        call.items = TRY(arguments());
        return add(std::move(call));
    }
};

Result<Expression> finish(std::shared_ptr<Program> program) {
    // Children always precede their parents, so heights can be computed in one pass.
    std::vector<int> height(program->nodes.size(), 1);
    for (std::size_t i = 0; i < program->nodes.size(); ++i) {
        const Node& node = program->nodes[i];
        auto over = [&](std::int32_t child) {
            if (child >= 0) height[i] = std::max(height[i], height[static_cast<std::size_t>(child)] + 1);
        };
        over(node.a);
        over(node.b);
        over(node.c);
        for (auto item : node.items) over(item);
        if (height[i] > 4 * depth_max)
            return fail(Errc::invalid, "expression.too_deep", {{"limit", std::to_string(depth_max)}});
    }
    return Expression(std::move(program));
}

Result<void> check_length(std::string_view text) {
    if (text.size() > text_bytes_max)
        return fail(Errc::invalid, "expression.too_long", {{"limit", std::to_string(text_bytes_max)}});
    return {};
}

std::string_view trim(std::string_view text) {
    auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

bool opens(std::string_view text, std::size_t at) {
    return at + 1 < text.size() && (text[at] == '$' || text[at] == '#') && text[at + 1] == '{';
}

}  // namespace

Result<Expression> compile(std::string_view whole) {
    auto text = trim(whole);
    TRY(check_length(text));
    auto program = std::make_shared<Program>();
    program->text = text;
    if (opens(text, 0)) {
        program->zero_based = true;
        std::size_t end = 0;
        program->root = TRY(Parser(text, 2, *program).embedded(end));
        if (end != text.size())
            return fail(Errc::invalid, "expression.malformed",
                        {{"position", std::to_string(end + 1)}, {"text", std::string(text.substr(0, 200))}});
    } else {
        program->root = TRY(
            Parser(text, text.starts_with("=") && !text.starts_with("==") ? 1 : 0, *program).expression_up_to_end());
    }
    return finish(std::move(program));
}

Result<Expression> compile_template(std::string_view text) {
    TRY(check_length(text));
    auto program = std::make_shared<Program>();
    program->text = text;
    program->zero_based = true;
    Node join{.op = Op::join};
    std::string plain;
    auto flush = [&] {
        if (plain.empty()) return;
        Node literal;
        literal.value = json::string(plain);
        program->nodes.push_back(std::move(literal));
        join.items.push_back(static_cast<std::int32_t>(program->nodes.size()) - 1);
        plain.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!opens(text, at)) {
            plain += text[at++];
            continue;
        }
        flush();
        join.items.push_back(TRY(Parser(text, at + 2, *program).embedded(at)));
    }
    flush();
    if (join.items.size() == 1) {
        program->root = join.items[0];
    } else {
        program->nodes.push_back(std::move(join));
        program->root = static_cast<std::int32_t>(program->nodes.size()) - 1;
    }
    return finish(std::move(program));
}

std::vector<std::string> Expression::variables() const {
    std::set<std::string> names;
    std::set<std::string> bound;
    if (program_)
        for (const Node& node : program_->nodes) {
            if (node.op == Op::variable) names.insert(node.text);
            if (node.op == Op::some || node.op == Op::every || node.op == Op::for_) bound.insert(node.text);
            if (node.op == Op::index) bound.insert("item");
        }
    for (const auto& name : bound) names.erase(name);
    return {names.begin(), names.end()};
}

const json::value* Expression::literal() const {
    if (!program_ || program_->root < 0) return nullptr;
    const Node& node = program_->nodes[static_cast<std::size_t>(program_->root)];
    return node.op == Op::literal ? &node.value : nullptr;
}

const std::string& Expression::text() const {
    static const std::string none;
    return program_ ? program_->text : none;
}

}  // namespace motcua::expression
