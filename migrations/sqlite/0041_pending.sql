-- What the processes of dossiers wait for: timers, messages, signals, calls of services, incidents. Rows are projections
-- of the dossier's state (src/dossier/rows.cpp) and leave when the waiting ends.
CREATE TABLE pending (
    id          INTEGER PRIMARY KEY,  -- time-ordered, made by the program
    dossier_id  INTEGER NOT NULL,
    kind        INTEGER NOT NULL,     -- PendingKind
    key         TEXT NOT NULL,        -- of the process engine
    element     TEXT NOT NULL,
    name        TEXT NOT NULL,        -- of message, signal or service; reason of an incident
    correlation TEXT NOT NULL,
    due_at      INTEGER               -- timers and calls; milliseconds since 1970 UTC
) STRICT;
CREATE INDEX pending_due ON pending (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX pending_name ON pending (kind, name, id);

-- Signals on their way: one row until everybody who waited has heard it.
CREATE TABLE process_signal (
    id         INTEGER PRIMARY KEY,
    dossier_id INTEGER,               -- that raised it; NULL = from outside
    name       TEXT NOT NULL,
    variables  TEXT NOT NULL          -- JSON object
) STRICT;
