#include "identity/password.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <sodium.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "resources/resources.hpp"

namespace motcua::identity {

namespace {

/// Letters that stand for others in passwords people think clever.
char plain_letter(char c) {
    switch (c) {
        case '0':
            return 'o';
        case '1':
        case '!':
            return 'i';
        case '3':
            return 'e';
        case '4':
        case '@':
            return 'a';
        case '5':
        case '$':
            return 's';
        case '7':
            return 't';
        default:
            return c;
    }
}

std::string lower_without_marks(std::string_view text) { return lower(strip_marks(text)); }

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string letters_of(std::string_view text) {
    std::string letters;
    for (char c : text)
        if (is_letter(plain_letter(c))) letters += plain_letter(c);
    return letters;
}

/// "!Mật-Khẩu@2024" -> "matkhau": what stays when digits and signs at both ends and signs within are taken away.
std::string core_of(std::string_view lowered) {
    std::size_t first = 0, end = lowered.size();
    while (first < end && !is_letter(lowered[first])) ++first;
    while (end > first && !is_letter(lowered[end - 1])) --end;
    return letters_of(lowered.substr(first, end - first));
}

const std::set<std::string, std::less<>>& common_words() {
    static const auto words = [] {
        auto text = resources::find_resource("passwords/common.txt");
        CHECK(text, "passwords/common.txt ships with the program");
        std::set<std::string, std::less<>> found;
        while (!text->empty()) {
            const std::string_view line = text->substr(0, text->find('\n'));
            text->remove_prefix(std::min(text->size(), line.size() + 1));
            if (!line.empty() && line[0] != '#') found.emplace(line);
        }
        return found;
    }();
    return words;
}

/// Whether the letters are one to three common words in a row: "matkhau", "adminpassword". Longer rows are phrases.
bool is_common(std::string_view letters) {
    constexpr int words_max = 3, never = words_max + 1;
    std::vector<int> words(letters.size() + 1, never);
    words[0] = 0;
    for (std::size_t from = 0; from < letters.size(); ++from)
        for (std::size_t end = from + 1; words[from] < words_max && end <= letters.size(); ++end)
            if (common_words().contains(letters.substr(from, end - from)))
                words[end] = std::min(words[end], words[from] + 1);
    return !letters.empty() && words.back() <= words_max;
}

bool is_keyboard_run(std::string_view text) {
    static constexpr std::array<std::string_view, 6> rows = {"01234567890123456789",
                                                             "98765432109876543210",
                                                             "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
                                                             "/.,mnbvcxz';lkjhgfdsa][poiuytrewq",
                                                             "abcdefghijklmnopqrstuvwxyz",
                                                             "zyxwvutsrqponmlkjihgfedcba"};
    return std::ranges::any_of(rows, [&](std::string_view row) { return row.find(text) != std::string_view::npos; });
}

/// "abcabcabc", "aaaaaaaaaa": a part of at most a third, again and again.
bool is_repeated(std::string_view text) {
    for (std::size_t part = 1; part <= text.size() / 3; ++part) {
        bool same = true;
        for (std::size_t i = part; i < text.size() && same; ++i) same = text[i] == text[i - part];
        if (same) return true;
    }
    return false;
}

}  // namespace

/// A place among the hashes that run; waits for it at most as one of `waiting_max`.
class PasswordHasher::Turn {
  public:
    explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {
        std::unique_lock lock(hasher_.mutex_);
        if (hasher_.running_ >= hasher_.options_.hashes_at_once) {
            if (hasher_.waiting_ >= hasher_.options_.waiting_max) return;
            ++hasher_.waiting_;
            hasher_.free_.wait(lock, [&] { return hasher_.running_ < hasher_.options_.hashes_at_once; });
            --hasher_.waiting_;
        }
        ++hasher_.running_;
        taken_ = true;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!taken_) return;
        std::lock_guard lock(hasher_.mutex_);
        --hasher_.running_;
        hasher_.free_.notify_one();
    }
    explicit operator bool() const { return taken_; }

  private:
    PasswordHasher& hasher_;
    bool taken_ = false;
};

PasswordHasher::PasswordHasher(PasswordOptions options) : options_(options) {
    CHECK(sodium_init() >= 0, "libsodium");
    SystemRandom random;
    decoy_ = hash(make_password(random)).value();
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
    Turn turn(*this);
    if (!turn) return fail(Errc::unavailable, "session.busy");
    const std::string normal = nfc(password);
    std::array<char, crypto_pwhash_STRBYTES> text{};
    ++computed_;
    if (crypto_pwhash_str_alg(text.data(), normal.data(), normal.size(), options_.operations, options_.memory_bytes,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw Fault("identity.no_memory", "Argon2id cannot get its memory");
    return std::string(text.data());
}

Result<Match> PasswordHasher::verify(std::string_view stored, std::string_view password) {
    Turn turn(*this);
    if (!turn) return fail(Errc::unavailable, "session.busy");
    const std::string normal = nfc(password), kept(stored.empty() ? std::string_view(decoy_) : stored);
    ++computed_;
    const bool right = crypto_pwhash_str_verify(kept.c_str(), normal.data(), normal.size()) == 0;
    if (!right || stored.empty()) return Match::no;
    const bool outdated = crypto_pwhash_str_needs_rehash(kept.c_str(), options_.operations, options_.memory_bytes) != 0;
    return outdated ? Match::yes_outdated : Match::yes;
}

Result<void> check_password(std::string_view password, std::string_view user_name, std::string_view display_name) {
    if (password.size() > static_cast<std::size_t>(password_bytes_max) || !is_utf8(password))
        return fail(Errc::invalid, "account.password_too_long", {{"max", std::to_string(password_bytes_max)}});
    const std::string normal = nfc(password);
    const auto chars =
        std::ranges::count_if(normal, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    if (chars < password_chars_min)
        return fail(Errc::invalid, "account.password_too_short", {{"min", std::to_string(password_chars_min)}});

    const std::string lowered = lower_without_marks(normal), core = core_of(lowered), letters = letters_of(lowered);
    // Years and signs make a common word no better; a long row of digits beside it does.
    constexpr std::size_t trimmings_max = 8, digits_min = 16;
    const auto little_beside = [&](const std::string& part) { return lowered.size() - part.size() <= trimmings_max; };
    const bool digits_only = std::ranges::none_of(lowered, is_letter) && lowered.size() < digits_min;
    if (digits_only || is_repeated(lowered) || is_keyboard_run(lowered) || (is_common(core) && little_beside(core)) ||
        (is_common(letters) && little_beside(letters)))
        return fail(Errc::invalid, "account.password_weak");

    // The name, or its words one after another, with little else.
    for (const std::string& name :
         {letters_of(lower_without_marks(user_name)), letters_of(lower_without_marks(display_name))})
        if (name.size() >= 3 &&
            (core == name || (core.find(name) != std::string::npos && lowered.size() < name.size() + 8)))
            return fail(Errc::invalid, "account.password_has_name");
    return {};
}

std::string make_password(Random& random) {
    constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";
    constexpr std::size_t group = 4, groups = 4;
    std::string text;
    while (text.size() < groups * (group + 1) - 1) {
        if (text.size() % (group + 1) == group) text += '-';
        std::array<std::byte, 1> byte{};
        random.fill(byte);
        const auto n = std::to_integer<std::size_t>(byte[0]);
        if (n < 256 / letters.size() * letters.size()) text += letters[n % letters.size()];  // every letter alike
    }
    return text;
}

}  // namespace motcua::identity
