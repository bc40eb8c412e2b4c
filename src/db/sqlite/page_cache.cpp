#include "db/sqlite/page_cache.hpp"

#include <algorithm>
#include <new>

#include <sqlite3.h>

#include "base/check.hpp"

namespace motcua::db {

namespace {

/// What SQLite gets as its cache; `real` is SQLite's own. Page numbers begin at 1.
struct Tracked {
    sqlite3_pcache* real = nullptr;
    unsigned key_max = 0;  // no page but `passing` has a larger number
    unsigned passing = 0;  // number beyond key_max that a page was moved to and not moved away from; 0 = none
};

sqlite3_pcache_methods2& real_methods() {
    static sqlite3_pcache_methods2 methods{};
    return methods;
}

Tracked& tracked(sqlite3_pcache* cache) { return *reinterpret_cast<Tracked*>(cache); }

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
    auto* made = new (std::nothrow) Tracked;
    if (!made) return nullptr;
    made->real = real_methods().xCreate(page_bytes, extra_bytes, purgeable);
    if (made->real) return reinterpret_cast<sqlite3_pcache*>(made);
    delete made;
    return nullptr;
}

void destroy(sqlite3_pcache* cache) {
    real_methods().xDestroy(tracked(cache).real);
    delete &tracked(cache);
}

void set_size(sqlite3_pcache* cache, int pages) { real_methods().xCachesize(tracked(cache).real, pages); }
int count_pages(sqlite3_pcache* cache) { return real_methods().xPagecount(tracked(cache).real); }
void shrink(sqlite3_pcache* cache) { real_methods().xShrink(tracked(cache).real); }

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, unsigned key, int create_flag) {
    Tracked& self = tracked(cache);
    if (create_flag != 0) self.key_max = std::max(self.key_max, key);
    return real_methods().xFetch(self.real, key, create_flag);
}

void unpin(sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
    real_methods().xUnpin(tracked(cache).real, page, discard);
}

void rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
    Tracked& self = tracked(cache);
    if (from == self.passing) self.passing = 0;
    if (to > self.key_max) {
        // A second one beyond the end is no passing through any more.
        if (self.passing != 0) self.key_max = std::max(self.passing, to);
        self.passing = to > self.key_max ? to : 0;
    }
    real_methods().xRekey(self.real, page, from, to);
}

void truncate(sqlite3_pcache* cache, unsigned limit) {
    Tracked& self = tracked(cache);
    if (limit > self.key_max && (self.passing == 0 || limit > self.passing)) return;
    real_methods().xTruncate(self.real, limit);
    self.key_max = limit > 0 ? std::min(self.key_max, limit - 1) : 0;
    if (self.passing >= limit) self.passing = 0;
}

}  // namespace

void install_page_cache() {
    CHECK(sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &real_methods()) == SQLITE_OK && real_methods().xCreate);
    sqlite3_pcache_methods2 methods = real_methods();
    methods.xCreate = &create;
    methods.xDestroy = &destroy;
    methods.xCachesize = &set_size;
    methods.xPagecount = &count_pages;
    methods.xShrink = &shrink;
    methods.xFetch = &fetch;
    methods.xUnpin = &unpin;
    methods.xRekey = &rekey;
    methods.xTruncate = &truncate;
    CHECK(sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods) == SQLITE_OK);
}

}  // namespace motcua::db
