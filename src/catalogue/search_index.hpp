// The search index over procedure names: words with or without diacritics, prefixes, small slips of the keyboard,
// abbreviations. Knows names and ids (positions) only; filters and versions belong to Catalogue.
// In memory, immutable after `build`. Cost at 2,000 names: a query 0.05-0.3 ms.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace motcua::catalogue {

/// What people type for something ("gpxd", "sổ đỏ"), as search keys: phrase -> phrases it stands for.
class Synonyms {
  public:
    /// {"format","anywhere":{"gpxd":["giấy phép xây dựng"],…},"whole":{"cưới":["đăng ký kết hôn"],…}}: abbreviations
    /// stand for it anywhere in a query, the others only as the whole of it. Reasons: those of parse_json,
    /// "catalogue.synonyms_invalid" {phrase}.
    static Result<Synonyms> read(std::string_view json_text);

    /// Other ways to say the query, best first; empty when it says nothing that is known.
    std::vector<std::string> expand(std::string_view key) const;

  private:
    using Phrases = std::unordered_map<std::string, std::vector<std::string>>;
    Phrases anywhere_;
    Phrases whole_;
    std::size_t words_max_ = 0;
};

class SearchIndex {
  public:
    struct Entry {
        std::string name;
        std::string context;  // field of the procedure: found by it too, but ranked below the name
        double prior = 0;     // small bonus (published, local), at most 0.05
    };
    struct Hit {
        std::size_t entry = 0;
        double score = 0;  // above 10: the whole name; 0..2 else
    };

    explicit SearchIndex(const std::vector<Entry>& entries, Synonyms synonyms);

    /// Best first, those for which `accept` holds. The whole name first, whatever else matches.
    std::vector<Hit> search(std::string_view words, std::size_t limit,
                            const std::function<bool(std::size_t)>& accept) const;

  private:
    struct Document {
        std::string name_key;
        std::string spelled;  // lower case with diacritics, tones normalised, a space at both ends
        double weight = 0;    // of all its words
        double prior = 0;
    };
    struct Posting {
        std::uint32_t document;
        bool in_name;
    };
    struct Match {
        std::uint32_t word;
        double quality;  // 1 = the word itself
    };

    bool is_word(std::string_view word) const;
    /// Words run together taken apart: "khaisinh" -> "khai sinh".
    std::string separate(std::string_view key) const;
    std::vector<Match> match(std::string_view word, bool may_be_prefix) const;
    void score(std::string_view key, double factor, std::vector<double>& best) const;

    std::vector<Document> documents_;
    std::vector<std::string> words_;  // sorted
    std::vector<double> rarity_;      // by word
    std::vector<std::vector<Posting>> postings_;
    std::unordered_multimap<std::string_view, std::size_t> by_name_;
    Synonyms synonyms_;
};

}  // namespace motcua::catalogue
