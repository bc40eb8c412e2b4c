// SQLite's own page cache with one answer of its own: a truncation that has nothing to drop does not look for it.
// SQLite moves pages past the end of the file and back when it sorts the siblings of a split, remembers that far page
// number as the largest there is, and at the next commit walks through the whole cache for pages beyond the file's end:
// time that grows with the cache, in every group that splits a page. Private to db/sqlite.
#pragma once

namespace motcua::db {

/// Puts it in the place of SQLite's cache; before sqlite3_initialize, once.
void install_page_cache();

}  // namespace motcua::db
