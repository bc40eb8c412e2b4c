#include "ledger/upcast.hpp"

#include <algorithm>

namespace motcua::ledger {

namespace {

std::span<const Upcaster>& steps() {
    static std::span<const Upcaster> all;
    return all;
}

}  // namespace

void set_upcasters(std::span<const Upcaster> upcasters) { steps() = upcasters; }

void upcast(StoredEvent& event) {
    for (;;) {
        const auto step = std::ranges::find_if(
            steps(), [&](const Upcaster& one) { return one.from == event.schema && one.type == event.type; });
        if (step == steps().end()) return;
        step->change(event.data);
        ++event.schema;
    }
}

}  // namespace motcua::ledger
