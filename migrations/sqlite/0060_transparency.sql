-- The transparency log over the events (docs/transparency.md). Leaf N is event N + 1. The secret opens what the leaf
-- commits to; it goes when personal data of the event is erased. `event_erasure` then holds the openings that remain.
CREATE TABLE log_leaf (
    position INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    secret   BLOB CHECK (length(secret) = 32)
) STRICT;

-- Hashes of complete tiles: level 1 = 256 leaves, level 2 = 65,536 …
CREATE TABLE log_node (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;

-- The last checkpoint of each day (days since 1970 in Vietnam), as signed.
CREATE TABLE log_checkpoint (
    day  INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- What witnesses have signed: the checkpoint's text and their line.
CREATE TABLE log_cosignature (
    size    INTEGER NOT NULL,
    witness TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    line    TEXT    NOT NULL,
    at      INTEGER NOT NULL,  -- seconds since 1970, as the witness says
    PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_erasure (
    position INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,  -- milliseconds since 1970, UTC
    rule     TEXT    NOT NULL,
    openings TEXT    NOT NULL
) STRICT;

CREATE TRIGGER log_leaf_no_update BEFORE UPDATE ON log_leaf
WHEN NOT (new.position = old.position AND new.hash = old.hash AND new.secret IS NULL
          AND EXISTS (SELECT 1 FROM event_erasure WHERE position = old.position)) BEGIN
    SELECT RAISE(ABORT, 'log_leaf is append-only');
END;
CREATE TRIGGER log_leaf_no_delete BEFORE DELETE ON log_leaf BEGIN
    SELECT RAISE(ABORT, 'log_leaf is append-only');
END;
CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node BEGIN
    SELECT RAISE(ABORT, 'log_node is append-only');
END;
CREATE TRIGGER log_node_no_delete BEFORE DELETE ON log_node BEGIN
    SELECT RAISE(ABORT, 'log_node is append-only');
END;

-- An event may lose members of its data once its erasure is written down; nothing else of it ever changes.
DROP TRIGGER event_no_update;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
WHEN NOT (new.position = old.position AND new.kind = old.kind AND new.stream = old.stream
          AND new.version = old.version AND new.prev = old.prev AND new.type = old.type AND new.schema = old.schema
          AND new.at = old.at AND new.actor = old.actor AND new.on_behalf_of = old.on_behalf_of
          AND new.request_id = old.request_id AND length(new.data) < length(old.data)
          AND EXISTS (SELECT 1 FROM event_erasure WHERE position = old.position)) BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;
