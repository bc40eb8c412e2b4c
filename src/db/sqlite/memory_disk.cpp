#include "db/sqlite/memory_disk.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include <sqlite3.h>

#include "base/check.hpp"
#include "db/sqlite/connection.hpp"

namespace motcua::db {

namespace {

constexpr std::size_t sector_bytes = 512;

struct Handle;

struct File {
    std::string name;
    std::string bytes;
    std::string synced;                   // as after the last sync; with track_syncs only
    std::set<std::size_t> dirty_sectors;  // written since then
    // Locks of the database file, as in SQLite's rollback journal protocol.
    int shared_locks = 0;
    const Handle* reserved_by = nullptr;
    const Handle* pending_by = nullptr;
    const Handle* exclusive_by = nullptr;
    // The shared memory of the write-ahead log's index; vanishes with its last user.
    int memory_users = 0;
    std::vector<std::unique_ptr<char[]>> memory;
    std::array<int, SQLITE_SHM_NLOCK> memory_shared{};
    std::array<const Handle*, SQLITE_SHM_NLOCK> memory_exclusive{};
};

}  // namespace

struct MemoryDisk::State {
    std::string name;
    sqlite3_vfs vfs{};
    mutable std::mutex mutex;
    std::map<std::string, std::shared_ptr<File>, std::less<>> files;
    bool tracking = false;
    FaultHook hook;
    std::int64_t calls = 0;  // since the hook was set
    std::int64_t temporaries = 0;
    std::int64_t capacity = 0;
    std::int64_t used = 0;
    std::int64_t generation = 0;  // power cuts so far; handles of an earlier one are dead
    std::atomic<int> last_errno{0};

    Outcome outcome(Operation operation, const File& file) {
        return hook ? hook(operation, file.name, ++calls) : Outcome::done;
    }
    void resize(File& file, std::size_t size) {
        used += static_cast<std::int64_t>(size) - static_cast<std::int64_t>(file.bytes.size());
        file.bytes.resize(size);
    }
};

namespace {

using State = MemoryDisk::State;
using Operation = MemoryDisk::Operation;
using Outcome = MemoryDisk::Outcome;

struct Handle {
    sqlite3_file base;  // first: SQLite sees only this
    State* state;
    std::shared_ptr<File> file;
    std::int64_t generation;
    int lock = SQLITE_LOCK_NONE;
    bool uses_memory = false;
    bool delete_on_close = false;
    unsigned memory_shared = 0;  // bit per lock held
    unsigned memory_exclusive = 0;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
State& state_of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }

int failure(State& state, Outcome outcome, int io_code) {
    state.last_errno = outcome == Outcome::disk_full ? ENOSPC : EIO;
    return outcome == Outcome::disk_full ? SQLITE_FULL : io_code;
}

/// Locks the disk for one operation; `dead` when the power went since the file was opened.
struct Guard {
    explicit Guard(Handle& handle) : lock(handle.state->mutex), dead(handle.generation != handle.state->generation) {
        if (dead) handle.state->last_errno = EIO;
    }
    std::lock_guard<std::mutex> lock;
    bool dead;
};

void drop_memory(Handle& handle) {
    if (!handle.uses_memory) return;
    handle.uses_memory = false;
    File& file = *handle.file;
    for (unsigned i = 0; i < SQLITE_SHM_NLOCK; ++i) {
        if (handle.memory_shared & (1u << i)) --file.memory_shared[i];
        if (handle.memory_exclusive & (1u << i)) file.memory_exclusive[i] = nullptr;
    }
    handle.memory_shared = handle.memory_exclusive = 0;
    if (--file.memory_users == 0) file.memory.clear();
}

void lower_lock(Handle& handle, int level) {
    File& file = *handle.file;
    if (level < SQLITE_LOCK_RESERVED) {
        if (file.reserved_by == &handle) file.reserved_by = nullptr;
        if (file.pending_by == &handle) file.pending_by = nullptr;
        if (file.exclusive_by == &handle) file.exclusive_by = nullptr;
    }
    if (level == SQLITE_LOCK_NONE && handle.lock >= SQLITE_LOCK_SHARED) --file.shared_locks;
    handle.lock = std::min(handle.lock, level);
}

int close_file(sqlite3_file* base) {
    Handle& handle = handle_of(base);
    {
        const Guard guard(handle);
        lower_lock(handle, SQLITE_LOCK_NONE);
        drop_memory(handle);
        if (handle.delete_on_close && !guard.dead) {
            handle.state->used -= static_cast<std::int64_t>(handle.file->bytes.size());
            handle.state->files.erase(handle.file->name);
        }
    }
    handle.file.~shared_ptr();
    return SQLITE_OK;
}

int read_file(sqlite3_file* base, void* out, int amount, sqlite3_int64 offset) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_READ;
    const std::string& bytes = handle.file->bytes;
    const auto wanted = static_cast<std::size_t>(amount);
    const auto start = static_cast<std::size_t>(offset);
    const std::size_t there = start < bytes.size() ? std::min(wanted, bytes.size() - start) : 0;
    if (there > 0) std::memcpy(out, bytes.data() + start, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* base, const void* in, int amount, sqlite3_int64 offset) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_WRITE;
    State& state = *handle.state;
    File& file = *handle.file;
    auto size = static_cast<std::size_t>(amount);
    const auto start = static_cast<std::size_t>(offset);
    Outcome outcome = state.outcome(Operation::write, file);
    if (outcome == Outcome::short_write) size /= 2;
    const std::size_t end = start + size;
    if (outcome == Outcome::done && state.capacity > 0 && end > file.bytes.size() &&
        state.used + static_cast<std::int64_t>(end - file.bytes.size()) > state.capacity) {
        outcome = Outcome::disk_full;
    }
    if (outcome == Outcome::done || outcome == Outcome::short_write) {
        if (end > file.bytes.size()) state.resize(file, end);
        std::memcpy(file.bytes.data() + start, in, size);
        if (state.tracking) {
            for (std::size_t sector = start / sector_bytes; sector * sector_bytes < end; ++sector) {
                file.dirty_sectors.insert(sector);
            }
        }
    }
    return outcome == Outcome::done ? SQLITE_OK : failure(state, outcome, SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* base, sqlite3_int64 size) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_TRUNCATE;
    const Outcome outcome = handle.state->outcome(Operation::truncate, *handle.file);
    if (outcome != Outcome::done) return failure(*handle.state, outcome, SQLITE_IOERR_TRUNCATE);
    handle.state->resize(*handle.file, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

void copy_sector(File& file, std::size_t sector) {
    const std::size_t start = sector * sector_bytes;
    if (start >= file.bytes.size()) return;
    const std::size_t size = std::min(sector_bytes, file.bytes.size() - start);
    if (file.synced.size() < start + size) file.synced.resize(start + size);
    std::memcpy(file.synced.data() + start, file.bytes.data() + start, size);
}

int sync_file(sqlite3_file* base, int) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_FSYNC;
    File& file = *handle.file;
    const Outcome outcome = handle.state->outcome(Operation::sync, file);
    if (outcome != Outcome::done) return failure(*handle.state, outcome, SQLITE_IOERR_FSYNC);
    if (handle.state->tracking) {
        file.synced.resize(std::min(file.synced.size(), file.bytes.size()));
        for (const std::size_t sector : file.dirty_sectors) copy_sector(file, sector);
        file.dirty_sectors.clear();
        file.synced.resize(file.bytes.size());
    }
    return SQLITE_OK;
}

int file_size(sqlite3_file* base, sqlite3_int64* size) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(handle.file->bytes.size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file* base, int level) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_LOCK;
    if (handle.lock >= level) return SQLITE_OK;
    File& file = *handle.file;
    const auto held_by_other = [&](const Handle* owner) { return owner && owner != &handle; };
    if (held_by_other(file.exclusive_by)) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_SHARED) {
        if (held_by_other(file.pending_by)) return SQLITE_BUSY;
        ++file.shared_locks;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (held_by_other(file.reserved_by)) return SQLITE_BUSY;
        file.reserved_by = &handle;
    } else {
        if (held_by_other(file.reserved_by) || held_by_other(file.pending_by)) return SQLITE_BUSY;
        file.pending_by = &handle;
        if (file.shared_locks > 1) {
            handle.lock = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
        file.exclusive_by = &handle;
    }
    handle.lock = level;
    return SQLITE_OK;
}

int unlock_file(sqlite3_file* base, int level) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    lower_lock(handle, level);
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* base, int* reserved) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    *reserved = handle.file->reserved_by || handle.file->exclusive_by ? 1 : 0;
    return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return sector_bytes; }
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int map_memory(sqlite3_file* base, int region, int size, int extend, void volatile** out) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    *out = nullptr;
    if (guard.dead) return SQLITE_IOERR_SHMMAP;
    File& file = *handle.file;
    if (!handle.uses_memory) {
        handle.uses_memory = true;
        ++file.memory_users;
    }
    const auto index = static_cast<std::size_t>(region);
    if (index >= file.memory.size()) {
        if (!extend) return SQLITE_OK;
        while (file.memory.size() <= index) {
            file.memory.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
        }
    }
    *out = file.memory[index].get();
    return SQLITE_OK;
}

int lock_memory(sqlite3_file* base, int offset, int count, int flags) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    if (guard.dead) return SQLITE_IOERR_SHMLOCK;
    File& file = *handle.file;
    const auto first = static_cast<unsigned>(offset);
    const auto last = first + static_cast<unsigned>(count);
    const bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;
    if (flags & SQLITE_SHM_LOCK) {
        for (unsigned i = first; i < last; ++i) {
            if (file.memory_exclusive[i] && file.memory_exclusive[i] != &handle) return SQLITE_BUSY;
            if (exclusive && file.memory_shared[i] > ((handle.memory_shared >> i) & 1u ? 1 : 0)) return SQLITE_BUSY;
        }
    }
    for (unsigned i = first; i < last; ++i) {
        const unsigned bit = 1u << i;
        if (flags & SQLITE_SHM_LOCK) {
            if (exclusive) {
                file.memory_exclusive[i] = &handle;
                handle.memory_exclusive |= bit;
            } else if (!(handle.memory_shared & bit)) {
                ++file.memory_shared[i];
                handle.memory_shared |= bit;
            }
        } else if (exclusive) {
            if (handle.memory_exclusive & bit) file.memory_exclusive[i] = nullptr;
            handle.memory_exclusive &= ~bit;
        } else if (handle.memory_shared & bit) {
            --file.memory_shared[i];
            handle.memory_shared &= ~bit;
        }
    }
    return SQLITE_OK;
}

void memory_barrier(sqlite3_file* base) { const Guard guard(handle_of(base)); }

int unmap_memory(sqlite3_file* base, int) {
    Handle& handle = handle_of(base);
    const Guard guard(handle);
    drop_memory(handle);
    return SQLITE_OK;
}

constexpr sqlite3_io_methods methods = {
    2,
    close_file,
    read_file,
    write_file,
    truncate_file,
    sync_file,
    file_size,
    lock_file,
    unlock_file,
    check_reserved_lock,
    file_control,
    sector_size,
    device_characteristics,
    map_memory,
    lock_memory,
    memory_barrier,
    unmap_memory,
    nullptr,
    nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
    State& state = state_of(vfs);
    base->pMethods = nullptr;
    const std::lock_guard lock(state.mutex);
    const std::string path = name ? name : fmt::format("temporary-{}", ++state.temporaries);
    auto found = state.files.find(path);
    if (found == state.files.end()) {
        if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        found = state.files.emplace(path, std::make_shared<File>()).first;
        found->second->name = path;
    }
    auto* handle = new (base) Handle{};
    handle->base.pMethods = &methods;
    handle->state = &state;
    handle->file = found->second;
    handle->generation = state.generation;
    handle->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int) {
    State& state = state_of(vfs);
    const std::lock_guard lock(state.mutex);
    const auto found = state.files.find(std::string_view(name));
    if (found == state.files.end()) return SQLITE_IOERR_DELETE_NOENT;
    state.used -= static_cast<std::int64_t>(found->second->bytes.size());
    state.files.erase(found);
    return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
    State& state = state_of(vfs);
    const std::lock_guard lock(state.mutex);
    *result = state.files.contains(std::string_view(name)) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

int last_error(sqlite3_vfs* vfs, int, char*) { return state_of(vfs).last_errno; }

}  // namespace

MemoryDisk::MemoryDisk() : state_(std::make_unique<State>()) {
    static std::atomic<int> disks{0};
    initialize_sqlite();
    const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    CHECK(system);
    state_->name = fmt::format("motcua-memory-{}", ++disks);
    sqlite3_vfs& vfs = state_->vfs;
    vfs = *system;  // randomness, sleep and time are the system's
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(Handle);
    vfs.pNext = nullptr;
    vfs.zName = state_->name.c_str();
    vfs.pAppData = state_.get();
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xGetLastError = last_error;
    CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

MemoryDisk::~MemoryDisk() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& MemoryDisk::vfs_name() const { return state_->name; }

void MemoryDisk::track_syncs() {
    const std::lock_guard lock(state_->mutex);
    state_->tracking = true;
    for (auto& [name, file] : state_->files) file->synced = file->bytes;
}

void MemoryDisk::set_fault_hook(FaultHook hook) {
    const std::lock_guard lock(state_->mutex);
    state_->hook = std::move(hook);
    state_->calls = 0;
}

void MemoryDisk::set_capacity(std::int64_t bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->capacity = bytes;
}

std::int64_t MemoryDisk::used_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->used;
}

void MemoryDisk::power_cut(Random& random) {
    const std::lock_guard lock(state_->mutex);
    CHECK(state_->tracking, "power_cut needs track_syncs");
    ++state_->generation;
    for (auto& [name, file] : state_->files) {
        // A fresh file: handles of before keep the old one until they are closed.
        auto after = std::make_shared<File>();
        after->name = name;
        for (const std::size_t sector : file->dirty_sectors) {
            if (random.u64() & 1) copy_sector(*file, sector);
        }
        after->synced = after->bytes = file->synced;
        state_->used += static_cast<std::int64_t>(after->bytes.size()) - static_cast<std::int64_t>(file->bytes.size());
        file = std::move(after);
    }
}

}  // namespace motcua::db
