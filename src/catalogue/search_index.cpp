#include "catalogue/search_index.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.hpp"
#include "base/text.hpp"

namespace motcua::catalogue {

namespace {

constexpr double whole_name_score = 10;
constexpr double prefix_quality = 0.7;
constexpr double slip_quality = 0.5;
constexpr double literal_factor = 0.6;
constexpr double slip_factor = 0.95;
constexpr double context_weight = 0.35;
constexpr std::size_t query_words_max = 64;
constexpr std::size_t expansions_max = 48;
constexpr std::size_t reranked = 64;

/// Edit distance with transpositions, at most `limit`; limit + 1 when more. Words are short ASCII as a rule.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > limit) return limit + 1;
    constexpr std::size_t chars_max = 32;
    if (b.size() > chars_max) return limit + 1;
    std::size_t rows[3][chars_max + 1];
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    std::size_t* before = rows[2];
    std::size_t* above = rows[0];
    std::size_t* row = rows[1];
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        std::size_t best = row[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
            best = std::min(best, row[j]);
        }
        if (best > limit) return limit + 1;
        std::size_t* reuse = before;
        before = above;
        above = row;
        row = reuse;
    }
    return above[b.size()];
}

}  // namespace

Result<Synonyms> Synonyms::read(std::string_view json_text) {
    json::value document = TRY(parse_json(json_text));
    const json::object* object = document.if_object();
    auto invalid = [](std::string_view phrase) {
        return fail(Errc::invalid, "catalogue.synonyms_invalid", {{"phrase", std::string(phrase)}});
    };
    Synonyms synonyms;
    for (auto [section, phrases] : {std::pair{"anywhere", &synonyms.anywhere_}, {"whole", &synonyms.whole_}}) {
        const json::object* members = object ? find_object(*object, section) : nullptr;
        if (!members) return invalid(section);
        for (const auto& member : *members) {
            std::string phrase = search_key(member.key());
            const json::array* meanings = member.value().if_array();
            if (phrase.empty() || !meanings || meanings->empty()) return invalid(member.key());
            for (const json::value& meaning : *meanings) {
                std::string key =
                    meaning.is_string() ? search_key(std::string_view(meaning.get_string())) : std::string();
                if (key.empty()) return invalid(member.key());
                (*phrases)[phrase].push_back(std::move(key));
            }
        }
    }
    for (const auto& [phrase, meanings] : synonyms.anywhere_)
        synonyms.words_max_ = std::max(synonyms.words_max_, split_words(phrase).size());
    return synonyms;
}

std::vector<std::string> Synonyms::expand(std::string_view key) const {
    constexpr std::size_t ways_max = 4;
    if (auto whole = whole_.find(std::string(key)); whole != whole_.end()) return whole->second;
    std::vector<std::string> ways;
    auto words = split_words(key);
    auto offset = [&](std::string_view word) { return static_cast<std::size_t>(word.data() - key.data()); };
    for (std::size_t start = 0; start < words.size(); ++start) {
        for (std::size_t count = std::min(words_max_, words.size() - start); count > 0; --count) {
            std::size_t begin = offset(words[start]);
            std::size_t end = offset(words[start + count - 1]) + words[start + count - 1].size();
            auto found = anywhere_.find(std::string(key.substr(begin, end - begin)));
            if (found == anywhere_.end()) continue;
            for (const std::string& meaning : found->second)
                if (ways.size() < ways_max)
                    ways.push_back(std::string(key.substr(0, begin)) + meaning + std::string(key.substr(end)));
            break;
        }
    }
    return ways;
}

SearchIndex::SearchIndex(const std::vector<Entry>& entries, Synonyms synonyms) : synonyms_(std::move(synonyms)) {
    std::map<std::string, std::vector<Posting>, std::less<>> collected;
    std::vector<std::vector<std::string>> name_words;
    documents_.reserve(entries.size());
    for (const Entry& entry : entries) {
        auto document = static_cast<std::uint32_t>(documents_.size());
        Document made{search_key(entry.name), " " + normalize_tones(lower(entry.name)) + " ", 0, entry.prior};
        std::string context = search_key(entry.context);
        auto& unique = name_words.emplace_back();
        for (std::string_view word : split_words(made.name_key)) unique.emplace_back(word);
        std::sort(unique.begin(), unique.end());
        unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
        for (const std::string& word : unique) collected[word].push_back({document, true});
        for (std::string_view word : split_words(context))
            if (!std::binary_search(unique.begin(), unique.end(), word)) {
                auto& postings = collected[std::string(word)];
                if (postings.empty() || postings.back().document != document) postings.push_back({document, false});
            }
        documents_.push_back(std::move(made));
    }
    for (std::size_t i = 0; i < documents_.size(); ++i) by_name_.emplace(documents_[i].name_key, i);
    double total = static_cast<double>(documents_.size()) + 1;
    for (auto& [word, postings] : collected) {
        words_.push_back(word);
        rarity_.push_back(std::log(1 + total / static_cast<double>(postings.size())));
        for (const Posting& posting : postings)
            if (posting.in_name) documents_[posting.document].weight += rarity_.back();
        postings_.push_back(std::move(postings));
    }
}

bool SearchIndex::is_word(std::string_view word) const {
    return std::binary_search(words_.begin(), words_.end(), word);
}

std::vector<SearchIndex::Match> SearchIndex::match(std::string_view word, bool may_be_prefix) const {
    std::vector<Match> matches;
    auto first = std::lower_bound(words_.begin(), words_.end(), word);
    auto at = [&](auto it) { return static_cast<std::uint32_t>(it - words_.begin()); };
    bool known = first != words_.end() && *first == word;
    if (known) matches.push_back({at(first), 1});
    if (known && !may_be_prefix) return matches;
    for (auto it = first; it != words_.end() && it->starts_with(word) && matches.size() < expansions_max; ++it)
        if (*it != word) matches.push_back({at(it), prefix_quality});
    if (!matches.empty()) return matches;
    constexpr std::size_t short_word = 3;
    constexpr std::size_t long_word = 8;
    if (word.size() < short_word) return matches;
    std::size_t limit = word.size() >= long_word ? 2 : 1;
    for (auto it = words_.begin(); it != words_.end() && matches.size() < expansions_max; ++it)
        if (distance(word, *it, limit) <= limit) matches.push_back({at(it), slip_quality});
    return matches;
}

std::string SearchIndex::separate(std::string_view key) const {
    std::string separated;
    for (std::string_view word : split_words(key)) {
        if (!separated.empty()) separated += ' ';
        std::size_t cut = 0;
        if (!is_word(word))
            for (std::size_t at = 2; at + 2 <= word.size() && cut == 0; ++at)
                if (is_word(word.substr(0, at)) && is_word(word.substr(at))) cut = at;
        if (cut != 0) separated += std::string(word.substr(0, cut)) + ' ';
        separated += word.substr(cut);
    }
    return separated;
}

void SearchIndex::score(std::string_view key, double factor, std::vector<double>& best) const {
    auto words = split_words(key);
    if (words.size() > query_words_max) words.resize(query_words_max);
    std::string_view last = words.empty() ? std::string_view() : words.back();
    constexpr std::size_t typed_words_max = 6;  // a longer query was pasted, not typed
    bool typing = words.size() <= typed_words_max;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::vector<double> found(documents_.size());       // weight of the query's words that match
    std::vector<double> found_name(documents_.size());  // of those, in the name
    std::vector<double> once(documents_.size());        // best match of the word at hand
    std::vector<std::uint32_t> touched;
    double unknown_rarity = std::log(1 + static_cast<double>(documents_.size()));
    double total = 0;
    for (std::string_view word : words) {
        auto matches = match(word, typing && word == last);
        double rarity = matches.empty() ? unknown_rarity : 0;
        for (const Match& item : matches) rarity = std::max(rarity, rarity_[item.word] * item.quality);
        total += rarity;
        touched.clear();
        for (const Match& item : matches) {
            for (const Posting& posting : postings_[item.word]) {
                double value = item.quality * (posting.in_name ? 1 : context_weight);
                double& slot = once[posting.document];
                if (slot == 0) touched.push_back(posting.document);
                slot = std::max(slot, value);
            }
        }
        for (std::uint32_t document : touched) {
            found[document] += rarity * once[document];
            if (once[document] > context_weight) found_name[document] += rarity * once[document];
            once[document] = 0;
        }
    }
    if (total == 0) return;
    constexpr double least_of_query = 0.3;
    for (std::size_t i = 0; i < documents_.size(); ++i) {
        double of_query = found[i] / total;
        if (of_query < least_of_query) continue;
        double of_name = documents_[i].weight > 0 ? std::min(1.0, found_name[i] / documents_[i].weight) : 0;
        double value = factor * (0.75 * of_query + 0.25 * of_name);
        const std::string& name = documents_[i].name_key;
        if (of_query > 0.99 && words.size() > 1) {
            std::size_t at = name.find(key);
            if (at == 0)
                value += 0.3;
            else if (at != std::string::npos)
                value += 0.2;
        }
        best[i] = std::max(best[i], value + documents_[i].prior);
    }
}

std::vector<SearchIndex::Hit> SearchIndex::search(std::string_view words, std::size_t limit,
                                                  const std::function<bool(std::size_t)>& accept) const {
    std::string key = search_key(words);
    if (key.empty() || limit == 0) return {};
    std::vector<double> best(documents_.size());
    // A phrase that is known to stand for something is meant so; its words by themselves ("sổ", "đỏ") say little.
    auto ways = synonyms_.expand(key);
    score(key, ways.empty() ? 1 : literal_factor, best);
    for (const std::string& way : ways) score(way, 1, best);
    if (std::string separated = separate(key); separated != key) score(separated, slip_factor, best);
    auto [first, last] = by_name_.equal_range(key);
    for (auto it = first; it != last; ++it) best[it->second] = whole_name_score + documents_[it->second].prior;

    std::vector<Hit> hits;
    for (std::size_t i = 0; i < best.size(); ++i)
        if (best[i] > 0 && accept(i)) hits.push_back({i, best[i]});
    auto better = [&](const Hit& a, const Hit& b) {
        if (a.score != b.score) return a.score > b.score;
        if (documents_[a.entry].name_key.size() != documents_[b.entry].name_key.size())
            return documents_[a.entry].name_key.size() < documents_[b.entry].name_key.size();
        return a.entry < b.entry;
    };
    std::size_t keep = std::min(hits.size(), std::max(limit, reranked));
    std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(keep), hits.end(), better);
    hits.resize(keep);
    // Diacritics that were typed decide between names that are alike without them.
    std::string spelled = normalize_tones(lower(words));
    std::string bare = strip_marks(spelled);
    if (spelled != bare) {
        auto typed = split_words(spelled);
        for (Hit& hit : hits) {
            std::size_t same = 0;
            for (std::string_view word : typed)
                if (documents_[hit.entry].spelled.find(" " + std::string(word) + " ") != std::string::npos) ++same;
            hit.score += 0.15 * static_cast<double>(same) / static_cast<double>(typed.size());
        }
        std::sort(hits.begin(), hits.end(), better);
    }
    if (hits.size() > limit) hits.resize(limit);
    return hits;
}

}  // namespace motcua::catalogue
