#include "app/verify_command.hpp"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <sstream>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "http/client.hpp"
#include "resources/messages.hpp"
#include "transparency/key.hpp"
#include "transparency/receipt.hpp"
#include "transparency/verify.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;
using transparency::KeptCheckpoint;

Result<std::string> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || fs::is_directory(path) || !(content << file.rdbuf() || file.eof()))
        return fail(Errc::not_found, "app.file_unreadable", {{"file", path.string()}});
    return std::move(content).str();
}

/// A verifier key, or the file that has it.
Result<merkle::VerifierKey> read_key(std::string text) {
    if (std::error_code ignored; fs::exists(text, ignored)) text = TRY(read_file(text));
    while (text.ends_with('\n')) text.pop_back();
    return merkle::parse_verifier_key(text);
}

Result<std::optional<merkle::VerifierKey>> key_option(const Options& options, std::string_view name) {
    const auto given = options.find(name);
    if (!given) return std::optional<merkle::VerifierKey>();
    return std::optional(TRY(read_key(*given)));
}

/// Files with checkpoints; of a directory all files that end in ".txt".
Result<std::vector<KeptCheckpoint>> read_kept(std::span<const std::string> paths) {
    std::vector<KeptCheckpoint> kept;
    for (const std::string& path : paths) {
        std::vector<fs::path> files{path};
        if (fs::is_directory(path)) {
            files.clear();
            for (const auto& file : fs::directory_iterator(path))
                if (file.path().extension() == ".txt") files.push_back(file.path());
            std::ranges::sort(files);
        }
        for (const fs::path& file : files) kept.push_back({file.string(), TRY(read_file(file))});
    }
    return kept;
}

json::object refusal(const Error& error) {
    return {{"reason", error.reason}, {"message", resources::message(terminal_lang(), error)}};
}

int print(std::ostream& out, const json::object& verdict, bool holds) {
    out << json::serialize(verdict) << '\n';
    return holds ? 0 : 1;
}

Result<transparency::CheckedReceipt> check_file(const std::string& path, const Options& options) {
    const auto key = TRY(key_option(options, "key"));
    std::vector<merkle::VerifierKey> witnesses;
    if (const auto witness = TRY(key_option(options, "witness"))) witnesses.push_back(*witness);
    const std::string file = TRY(read_file(path));
    return transparency::check_receipt(file, key, witnesses);
}

int verify_receipt(const Options& options, std::ostream& out) {
    const std::string& path = options.arguments[1];
    json::object verdict{{"file", path}};
    const auto checked = check_file(path, options);
    verdict.emplace("valid", checked.has_value());
    if (!checked) {
        verdict.emplace("refused", refusal(checked.error()));
        return print(out, verdict, false);
    }
    const Instant at{std::chrono::milliseconds{checked->entry.at_ms}};
    verdict.emplace("event", checked->entry.type);
    verdict.emplace("at", format_iso(at));
    verdict.emplace("shown", checked->shown);
    verdict.emplace("position", checked->entry.position);
    verdict.emplace("log", checked->key.name);
    verdict.emplace("size", checked->checkpoint.size);
    verdict.emplace("key", to_text(checked->key));
    // Whoever made the file could have made the key in it; compared with the log's published key it proves.
    verdict.emplace("key_from", options.has("key") ? "given" : "receipt");
    json::array witnesses;
    for (const std::string& name : checked->witnesses) witnesses.emplace_back(name);
    verdict.emplace("witnesses", std::move(witnesses));
    const bool witnessed = !options.has("witness") || !checked->witnesses.empty();
    return print(out, verdict, witnessed);
}

Result<transparency::LedgerVerdict> check_data(const fs::path& data, std::optional<merkle::VerifierKey> key,
                                               const std::vector<KeptCheckpoint>& kept) {
    if (!key && fs::exists(transparency::key_file(data)))
        key = TRY(transparency::load_key(transparency::key_file(data))).verifier;
    auto workspace = TRY(Workspace::open(data, Access::look));
    return transparency::verify_database(workspace->database(), key, kept);
}

Result<transparency::LedgerVerdict> check_ledger_at(const std::string& place, const Options& options) {
    auto key = TRY(key_option(options, "key"));
    const auto kept = TRY(read_kept(std::span(options.arguments).subspan(2)));
    if (place.find("://") != std::string::npos) {
        http::Fetcher fetcher;
        std::string base = place;
        while (base.ends_with('/')) base.pop_back();
        if (!base.ends_with("/log")) base += "/log";
        return transparency::verify_published([&](const std::string& path) { return fetcher.get(base + '/' + path); },
                                              key, kept);
    }
    if (fs::exists(fs::path(place) / "checkpoint"))
        return transparency::verify_published(
            [&](const std::string& path) { return read_file(fs::path(place) / path); }, key, kept);
    return check_data(place, key, kept);
}

int verify_ledger(const Options& options, std::ostream& out) {
    const auto verdict = check_ledger_at(options.arguments[1], options);
    if (!verdict) return print(out, {{"sound", false}, {"refused", refusal(verdict.error())}}, false);
    return print(out, to_json(*verdict), verdict->sound());
}

}  // namespace

int run_verify(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"key", "witness"}, {});
    if (!options) {
        print_refusal(err, "verify", options.error());
        return 2;
    }
    const auto& arguments = options->arguments;
    if (arguments.size() == 2 && arguments[0] == "receipt") return verify_receipt(*options, out);
    if (arguments.size() >= 2 && arguments[0] == "ledger" && !options->has("witness"))
        return verify_ledger(*options, out);
    err << "usage: motcua verify receipt FILE [--key KEY] [--witness KEY]\n"
           "       motcua verify ledger DIR|URL [CHECKPOINT...] [--key KEY]\n";
    return 2;
}

}  // namespace motcua::app
