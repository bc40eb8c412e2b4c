// What waits in the committer's queue. Private to src/ledger.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "ledger/committer.hpp"

namespace motcua::ledger {

using AdminChange = std::function<Result<void>(AdminTransaction&)>;

struct Request {
    WriteSet set;
    std::vector<std::string> data;  // of the events, serialised on the caller's thread
    Completion done;
    Result<Committed> outcome = Committed{};
    // An administrative change instead of a write set; alive while its caller waits.
    std::string_view name;
    const AdminChange* change = nullptr;
    std::exception_ptr thrown;
};
using Batch = std::vector<std::unique_ptr<Request>>;

}  // namespace motcua::ledger
