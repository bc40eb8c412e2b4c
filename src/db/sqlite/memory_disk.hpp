// A disk in memory, as a SQLite VFS of its own: databases that need no durability, and simulated faults (write and
// sync errors, full disk, short writes, power cuts that drop what was not synced). Same locks and shared memory as the
// file system gives, within one process. Owns the files' bytes; leaves out anything that another process could see.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace motcua::db {

class MemoryDisk {
  public:
    enum class Operation { write, sync, truncate };
    enum class Outcome {
        done,
        io_error,     // nothing happened, EIO
        short_write,  // half of the bytes arrived, EIO
        disk_full,    // ENOSPC
    };
    /// Decides what becomes of an operation; `call` counts from 1 since the hook was set. Runs under the disk's lock.
    using FaultHook = std::function<Outcome(Operation operation, std::string_view file, std::int64_t call)>;

    MemoryDisk();
    /// Every database on the disk must be closed before.
    ~MemoryDisk();
    MemoryDisk(const MemoryDisk&) = delete;
    MemoryDisk& operator=(const MemoryDisk&) = delete;

    /// The name under which SQLite knows the disk.
    const std::string& vfs_name() const;

    /// From here on remembers what was synced, at the price of a second copy; needed for power_cut.
    void track_syncs();
    void set_fault_hook(FaultHook hook);
    /// Total bytes that fit; beyond it writes answer "disk full". 0 = no limit.
    void set_capacity(std::int64_t bytes);
    std::int64_t used_bytes() const;
    /// The power goes: of what was written since each file's last sync every 512-byte sector stays or is lost by
    /// chance. Open handles answer I/O errors from now on; close them and open the database again.
    void power_cut(Random& random);

    struct State;  // private to the implementation

  private:
    std::unique_ptr<State> state_;
};

}  // namespace motcua::db
