#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <utf8proc.h>

namespace motcua {

namespace {

using CodePoint = char32_t;
constexpr CodePoint invalid = 0xFFFFFFFF;
constexpr CodePoint replacement = 0xFFFD;

/// Decodes the code point at `position` and moves past it; an ill-formed byte answers `invalid` and is one byte long.
CodePoint next_code_point(std::string_view text, std::size_t& position) {
    auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    std::uint32_t lead = byte(position);
    if (lead < 0x80) return ++position, lead;
    auto continuation = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    if (lead >= 0xC2 && lead <= 0xDF && continuation(position + 1)) {
        CodePoint c = (lead & 0x1F) << 6 | (byte(position + 1) & 0x3F);
        return position += 2, c;
    }
    if ((lead & 0xF0) == 0xE0 && continuation(position + 1) && continuation(position + 2)) {
        CodePoint c = (lead & 0x0F) << 12 | (byte(position + 1) & 0x3F) << 6 | (byte(position + 2) & 0x3F);
        if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) return position += 3, c;
    }
    if (lead >= 0xF0 && lead <= 0xF4 && continuation(position + 1) && continuation(position + 2) &&
        continuation(position + 3)) {
        CodePoint c = (lead & 0x07) << 18 | (byte(position + 1) & 0x3F) << 12 | (byte(position + 2) & 0x3F) << 6 |
                      (byte(position + 3) & 0x3F);
        if (c >= 0x10000 && c <= 0x10FFFF) return position += 4, c;
    }
    ++position;
    return invalid;
}

void append_utf8(std::string& out, CodePoint c) {
    if (c < 0x80) {
        out.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        out.push_back(static_cast<char>(0xC0 | c >> 6));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | c >> 12));
        out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | c >> 18));
        out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
}

enum class FoldKind { separator, dropped, kept };

FoldKind fold_kind(CodePoint c) {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
            return FoldKind::kept;
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
            return FoldKind::dropped;
        default:
            return FoldKind::separator;
    }
}

/// Letters that Unicode does not decompose but Vietnamese readers take for d. Eth stands for Đ in texts converted from
/// old fonts.
CodePoint plain_d(CodePoint c) {
    switch (c) {
        case 0x0111:
        case 0x00F0:
            return U'd';
        case 0x0110:
        case 0x00D0:
            return U'D';
        default:
            return c;
    }
}

using Parts = std::array<utf8proc_int32_t, 24>;

std::span<const utf8proc_int32_t> decompose(utf8proc_int32_t c, int options, Parts& parts) {
    int boundclass = 0;
    auto count = utf8proc_decompose_char(c, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                         static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | options), &boundclass);
    if (count <= 0) return {};
    return {parts.data(), std::min(static_cast<std::size_t>(count), parts.size())};
}

/// Code points that `c` folds to: compatibility decomposition, marks out, then case folded (in this order, since case
/// folding makes a letter of the mark U+0345). `kind` is what the caller does when nothing remains.
std::span<const CodePoint> fold_slow(CodePoint c, std::array<CodePoint, 24>& buffer, FoldKind& kind) {
    kind = fold_kind(c);
    if (kind != FoldKind::kept) return {};
    Parts parts{};
    Parts folded{};
    std::size_t used = 0;
    for (utf8proc_int32_t part : decompose(static_cast<utf8proc_int32_t>(c), UTF8PROC_COMPAT, parts)) {
        if (fold_kind(static_cast<CodePoint>(part)) != FoldKind::kept) continue;
        auto plain = static_cast<utf8proc_int32_t>(plain_d(static_cast<CodePoint>(part)));
        for (utf8proc_int32_t letter : decompose(plain, UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, folded))
            if (used < buffer.size() && fold_kind(static_cast<CodePoint>(letter)) == FoldKind::kept)
                buffer[used++] = static_cast<CodePoint>(letter);
    }
    return {buffer.data(), used};
}

/// One entry a code point below U+1F00 (Latin with all Vietnamese letters, combining marks, Greek, Cyrillic …).
constexpr CodePoint table_size = 0x1F00;
constexpr std::uint16_t entry_separator = 0;
constexpr std::uint16_t entry_dropped = 1;
constexpr std::uint16_t entry_slow = 2;  // folds to more than one code point; larger values are the folded code point

const std::array<std::uint16_t, table_size>& fold_table() {
    static const auto table = [] {
        std::array<std::uint16_t, table_size> entries{};
        std::array<CodePoint, 24> buffer{};
        for (CodePoint c = 0; c < table_size; ++c) {
            FoldKind kind{};
            auto parts = fold_slow(c, buffer, kind);
            if (parts.empty())
                entries[c] = kind == FoldKind::separator ? entry_separator : entry_dropped;
            else
                entries[c] =
                    parts.size() == 1 && parts[0] < 0x10000 ? static_cast<std::uint16_t>(parts[0]) : entry_slow;
        }
        return entries;
    }();
    return table;
}

/// No code point of `text` can change under NFC: nothing at or above the combining marks except the block of Vietnamese
/// precomposed letters, common punctuation and the private bullets of word processors, whose NFC quick check is "yes".
bool surely_nfc(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            ++i;
            continue;
        }
        CodePoint c = next_code_point(text, i);
        bool stable = c < 0x300 || (c >= 0x1E00 && c <= 0x1EFF) || (c >= 0x2002 && c <= 0x205E) ||
                      (c >= 0xE000 && c <= 0xF8FF) || c == 0xFEFF;
        if (!stable) return false;
    }
    return true;
}

std::string map(std::string_view text, int options) {
    std::string repaired;
    if (!is_utf8(text)) {
        for (std::size_t i = 0; i < text.size();) {
            CodePoint c = next_code_point(text, i);
            append_utf8(repaired, c == invalid ? replacement : c);
        }
        text = repaired;
    }
    if (text.empty()) return {};
    utf8proc_uint8_t* mapped = nullptr;
    auto bytes =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
    if (bytes < 0) {
        std::free(mapped);
        throw std::bad_alloc();  // the input is well-formed, so that only memory can be missing
    }
    std::string out(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(bytes));
    std::free(mapped);
    return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();)
        if (next_code_point(text, i) == invalid) return false;
    return true;
}

std::string nfc(std::string_view text) { return surely_nfc(text) ? std::string(text) : map(text, UTF8PROC_COMPOSE); }

std::string nfd(std::string_view text) { return map(text, UTF8PROC_DECOMPOSE); }

std::string lower(std::string_view text) {
    std::string out;
    std::string composed = nfc(text);
    out.reserve(composed.size());
    for (std::size_t i = 0; i < composed.size();)
        append_utf8(
            out, static_cast<CodePoint>(utf8proc_tolower(static_cast<utf8proc_int32_t>(next_code_point(composed, i)))));
    return out;
}

std::string fold(std::string_view text) {
    const auto& table = fold_table();
    std::string out;
    out.reserve(text.size());
    bool gap = false;
    auto keep = [&](CodePoint c) {
        if (gap && !out.empty()) out.push_back(' ');
        gap = false;
        append_utf8(out, c);
    };
    for (std::size_t i = 0; i < text.size();) {
        CodePoint c = next_code_point(text, i);
        std::uint16_t entry = c < table_size ? table[c] : c == invalid ? entry_separator : entry_slow;
        if (entry > entry_slow) {
            keep(entry);
        } else if (entry == entry_separator) {
            gap = true;
        } else if (entry == entry_slow) {
            std::array<CodePoint, 24> buffer{};
            FoldKind kind{};
            auto parts = fold_slow(c, buffer, kind);
            for (CodePoint part : parts) keep(part);
            if (parts.empty() && kind == FoldKind::separator) gap = true;
        }
    }
    return out;
}

std::string search_key(std::string_view text) {
    std::string key = fold(text);
    for (std::size_t start = 0; start < key.size();) {
        std::size_t end = std::min(key.find(' ', start), key.size());
        std::string_view word = std::string_view(key).substr(start, end - start);
        if (word.size() > 1 && word.back() == 'y' &&
            (word == "quy" || word.substr(0, word.size() - 1).find_first_of("aeiouy") == std::string_view::npos))
            key[end - 1] = 'i';
        start = end + 1;
    }
    return key;
}

std::string strip_marks(std::string_view text) {
    std::string decomposed = nfd(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < decomposed.size();) {
        CodePoint c = next_code_point(decomposed, i);
        if (utf8proc_category(static_cast<utf8proc_int32_t>(c)) != UTF8PROC_CATEGORY_MN) append_utf8(out, plain_d(c));
    }
    return out;
}

std::string_view truncate_utf8(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
    return text.substr(0, bytes_max);
}

std::vector<std::string_view> split_words(std::string_view folded) {
    std::vector<std::string_view> words;
    for (std::size_t start = 0; start < folded.size();) {
        std::size_t end = std::min(folded.find(' ', start), folded.size());
        if (end > start) words.push_back(folded.substr(start, end - start));
        start = end + 1;
    }
    return words;
}

namespace {

/// A letter of a word: base letter with its vowel mark (â ă ê ô ơ ư) in NFC, tone apart.
struct Letter {
    CodePoint base = 0;  // as written
    CodePoint tone = 0;  // combining mark, 0 = level tone
    CodePoint lower = 0;
    bool is_vowel() const {
        switch (lower) {
            case U'a':
            case U'e':
            case U'i':
            case U'o':
            case U'u':
            case U'y':
            case U'ă':
            case U'â':
            case U'ê':
            case U'ô':
            case U'ơ':
            case U'ư':
                return true;
            default:
                return false;
        }
    }
    bool has_vowel_mark() const { return is_vowel() && lower > 0x7F; }
};

bool is_tone(CodePoint c) { return c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323; }

CodePoint compose(CodePoint base, CodePoint mark) {
    std::string pair;
    append_utf8(pair, base);
    append_utf8(pair, mark);
    std::string composed = nfc(pair);
    std::size_t position = 0;
    CodePoint c = next_code_point(composed, position);
    return position == composed.size() ? c : invalid;
}

bool in_word(CodePoint c) {
    auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) || category == UTF8PROC_CATEGORY_MN ||
           c == U'\'' || c == 0x2019;
}

/// Splits a decomposed word into letters; a mark that is no tone joins the letter before it when the pair composes.
/// False when some mark fits nowhere (the word is not Vietnamese).
bool read_letters(std::string_view decomposed, std::vector<Letter>& letters) {
    for (std::size_t i = 0; i < decomposed.size();) {
        CodePoint c = next_code_point(decomposed, i);
        if (utf8proc_category(static_cast<utf8proc_int32_t>(c)) != UTF8PROC_CATEGORY_MN) {
            letters.push_back({c, 0, 0});
        } else if (letters.empty()) {
            return false;
        } else if (is_tone(c)) {
            if (letters.back().tone) return false;
            letters.back().tone = c;
        } else {
            CodePoint composed = compose(letters.back().base, c);
            if (composed == invalid) return false;
            letters.back().base = composed;
        }
    }
    for (Letter& letter : letters)
        letter.lower = static_cast<CodePoint>(utf8proc_tolower(static_cast<utf8proc_int32_t>(letter.base)));
    return true;
}

std::string write_letters(const std::vector<Letter>& letters) {
    std::string out;
    for (const Letter& letter : letters) {
        append_utf8(out, letter.base);
        if (letter.tone) append_utf8(out, letter.tone);
    }
    return nfc(out);
}

/// Index of the letter that carries the tone in the present orthography; `letters.size()` when the word is not one
/// Vietnamese syllable.
std::size_t tone_place(const std::vector<Letter>& letters) {
    const std::size_t none = letters.size();
    std::size_t first = 0;
    while (first < none && !letters[first].is_vowel()) ++first;
    std::size_t end = first;
    while (end < none && letters[end].is_vowel()) ++end;
    if (first == end || std::any_of(letters.begin() + static_cast<std::ptrdiff_t>(end), letters.end(),
                                    [](const Letter& letter) { return letter.is_vowel(); }))
        return none;
    const bool open = end == none;
    if (end - first > 1 && first > 0) {
        CodePoint initial = letters[first - 1].lower;
        CodePoint vowel = letters[first].lower;
        // "qu" and "gi" are consonants; but with the tone on its i, "gịa" is g + ịa and not gi + ạ.
        if ((initial == U'q' && vowel == U'u') || (initial == U'g' && vowel == U'i' && !letters[first].tone)) ++first;
    }
    for (std::size_t i = end; i-- > first;)
        if (letters[i].has_vowel_mark()) return i;
    switch (end - first) {
        case 1:
            return first;
        case 2: {
            if (!open) return first + 1;
            CodePoint a = letters[first].lower;
            CodePoint b = letters[first + 1].lower;
            bool glide = (a == U'o' && (b == U'a' || b == U'e')) || (a == U'u' && b == U'y' && first > 0);
            return glide ? first + 1 : first;
        }
        case 3:
            return first + 1;
        default:
            return none;
    }
}

void move_tone(std::vector<Letter>& letters) {
    std::size_t carrier = letters.size();
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (!letters[i].tone) continue;
        if (carrier != letters.size()) return;
        carrier = i;
    }
    if (carrier == letters.size()) return;
    std::size_t place = tone_place(letters);
    if (place == letters.size() || place == carrier) return;
    letters[place].tone = letters[carrier].tone;
    letters[carrier].tone = 0;
}

void y_to_i(std::vector<Letter>& letters) {
    if (letters.size() < 2 || letters.back().lower != U'y') return;
    const std::size_t last = letters.size() - 1;
    bool after_qu = last == 2 && letters[0].lower == U'q' && letters[1].lower == U'u';
    bool after_consonants = std::none_of(letters.begin(), letters.begin() + static_cast<std::ptrdiff_t>(last),
                                         [](const Letter& letter) { return letter.is_vowel(); });
    if (after_qu || after_consonants) letters[last].base = letters[last].base == U'Y' ? U'I' : U'i';
}

/// Applies `change` to the letters of each word; what is not a word, or not readable as letters, stays.
std::string change_words(std::string_view text, void (*change)(std::vector<Letter>&)) {
    std::string decomposed = nfd(text);
    std::string out;
    out.reserve(text.size());
    std::vector<Letter> letters;
    for (std::size_t i = 0; i < decomposed.size();) {
        std::size_t start = i;
        std::size_t end = i;
        while (i < decomposed.size() && in_word(next_code_point(decomposed, i))) end = i;
        std::string_view word = std::string_view(decomposed).substr(start, end - start);
        letters.clear();
        if (!word.empty() && read_letters(word, letters)) {
            change(letters);
            out += write_letters(letters);
        } else {
            out += word;
        }
        out += std::string_view(decomposed).substr(end, i - end);
    }
    return nfc(out);
}

}  // namespace

std::string normalize_tones(std::string_view text) { return change_words(text, move_tone); }

std::string normalize_y(std::string_view text) { return change_words(text, y_to_i); }

}  // namespace motcua
