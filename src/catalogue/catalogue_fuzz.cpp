// Fuzzer: any bytes as a portal record, as its tables, as a procedure of our own form and as search words; what is read
// can be stored and read back, nothing crashes or hangs.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/portal_record.hpp"
#include "catalogue/portal_table.hpp"

using namespace motcua;
using namespace motcua::catalogue;

static void require(bool holds) {
    if (!holds) std::abort();
}

static void check_stored(const Procedure& procedure) {
    auto again = read_procedure(to_json(procedure));
    require(again.has_value());
    again->status = procedure.status;
    again->flags = procedure.flags;
    require(to_json(*again) == to_json(procedure));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    require(nfc(nfc(text)) == nfc(text));
    require(fold(fold(text)) == fold(text));
    require(fold(nfd(text)) == fold(nfc(text)));
    (void)normalize_tones(text);
    (void)normalize_y(text);

    std::string valid = nfc(text);
    json::object page{{"ma_thu_tuc", "1.000001"}, {"ten_thu_tuc", "x"}};
    for (const char* member : {"cach_thuc_thuc_hien", "thanh_phan_ho_so", "can_cu_phap_ly", "ket_qua_xu_ly",
                               "cap_thuc_hien", "doi_tuong_thuc_hien", "linh_vuc"})
        page[member] = valid;
    if (auto procedure = read_portal_record(page)) check_stored(*procedure);

    auto parsed = parse_json(text);
    if (parsed) {
        if (auto procedure = read_portal_record(*parsed)) check_stored(*procedure);
        if (parsed->is_object())
            if (auto procedure = read_procedure(parsed->get_object())) check_stored(*procedure);
    }
    Procedure named;
    named.id = ProcedureId{1};
    named.version = 1;
    named.code = "1.000001";
    named.name = valid.substr(0, valid.size() / 2);
    Catalogue catalogue({named}, Synonyms());
    (void)catalogue.search(text, {.day = LocalDay(), .published_only = false}, 5);
    return 0;
}
