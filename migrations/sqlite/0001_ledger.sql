-- The ledger: every change of the system, in order. Rows are only ever appended (position = rowid); the events of one
-- stream are found by following `prev` from the head that the aggregate's own row keeps, so no second index is needed.
CREATE TABLE event (
    position     INTEGER PRIMARY KEY,
    kind         INTEGER NOT NULL,
    stream       INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    prev         INTEGER NOT NULL,  -- position of the stream's event before this one, 0 = none
    type         TEXT    NOT NULL,
    schema       INTEGER NOT NULL,
    at           INTEGER NOT NULL,  -- milliseconds since 1970, UTC
    actor        TEXT    NOT NULL,
    on_behalf_of TEXT    NOT NULL,
    request_id   TEXT    NOT NULL,
    data         TEXT    NOT NULL
) STRICT;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

-- Heads of the streams whose aggregate has no row of its own.
CREATE TABLE stream_head (
    kind     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, stream)
) STRICT, WITHOUT ROWID;

-- How far each follower has come.
CREATE TABLE follower (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers kept for repeated requests. The look-up table is narrow, because its keys are random; the answers are
-- appended and forgotten from the old end.
CREATE TABLE idempotency (
    hash   INTEGER PRIMARY KEY,
    answer INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency_answer (
    id          INTEGER PRIMARY KEY,
    hash        INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    status      INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
