#include "app/keys_command.hpp"

#include <ostream>
#include <vector>

#include "app/options.hpp"
#include "base/field_keys.hpp"
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
               "  status  the keys of files and of personal values, oldest first; the last one seals\n"
               "  rotate  new keys seal from now on, and a new key wraps those of personal values; a running server "
               "notices\n"
               "  reseal  every file is sealed with the newest key\n"
               "  forget  drops the older keys, after sealing everything with the newest; those of personal values "
               "stay, wrapped by the newest\n";
        return 2;
    }
    const std::filesystem::path data = *options->find("data");
    if (!std::filesystem::is_directory(data)) {
        print_refusal(err, "keys", Error{Errc::not_found, "app.no_data", {{"path", data.string()}}, {}});
        return 1;
    }
    SystemRandom random;
    documents::BlobKeys files(documents::blob_key_file(data));
    FieldKeys fields(field_key_file(data), field_ring_file(data), random);
    if (what == "rotate") {
        out << "files " << files.add_key() << '\n';
        out << "personal values " << fields.rotate() << '\n';
    }
    if (what == "reseal" || what == "forget") out << "sealed again: " << reseal(data) << '\n';
    if (what == "forget") {
        files.forget_old();
        fields.forget_old();
    }
    if (what == "status" || what == "forget") {
        for (const std::string& name : files.names()) out << "files " << name << '\n';
        const FieldKeys::Names names = fields.names();
        for (const std::string& name : names.data) out << "personal values " << name << '\n';
        for (const std::string& name : names.wrapping) out << "wrapping " << name << '\n';
    }
    return 0;
}

}  // namespace motcua::app
