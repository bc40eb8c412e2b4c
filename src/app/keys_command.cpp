#include "app/keys_command.hpp"

#include <ostream>
#include <vector>

#include "app/options.hpp"
#include "documents/blob_keys.hpp"
#include "documents/blob_store.hpp"

namespace motcua::app {

namespace {

/// Seals every file with the newest key; answers how many that changed.
std::int64_t reseal(const std::filesystem::path& data) {
    const auto blobs = documents::open_blob_directory(data / "blobs");
    std::vector<documents::BlobKey> all;
    blobs->each([&](const documents::BlobKey& key, std::int64_t, Instant) { all.push_back(key); });
    std::int64_t changed = 0;
    for (const documents::BlobKey& key : all) changed += blobs->renew(key) ? 1 : 0;
    return changed;
}

}  // namespace

int run_keys(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data"}, {});
    if (!options) {
        print_refusal(err, "keys", options.error());
        return 2;
    }
    const std::string what = options->arguments.size() == 1 ? std::string(options->arguments.front()) : "";
    if (!options->has("data") || (what != "status" && what != "rotate" && what != "reseal" && what != "forget")) {
        err << "usage: motcua keys {status|rotate|reseal|forget} --data DIR\n"
               "  status  the keys, oldest first; the last one seals\n"
               "  rotate  a new key seals from now on; a running server notices\n"
               "  reseal  every file is sealed with the newest key\n"
               "  forget  drops the older keys, after sealing everything with the newest\n";
        return 2;
    }
    const std::filesystem::path data = *options->find("data");
    if (!std::filesystem::is_directory(data)) {
        print_refusal(err, "keys", Error{Errc::not_found, "app.no_data", {{"path", data.string()}}, {}});
        return 1;
    }
    documents::BlobKeys keys(documents::blob_key_file(data));
    if (what == "rotate") out << "key " << keys.add_key() << '\n';
    if (what == "reseal" || what == "forget") out << "sealed again: " << reseal(data) << '\n';
    if (what == "forget") keys.forget_old();
    if (what == "status" || what == "forget")
        for (const std::string& name : keys.names()) out << "key " << name << '\n';
    return 0;
}

}  // namespace motcua::app
