-- What the processes of dossiers wait for: timers, messages, signals, calls of services, incidents. Rows are projections
-- of the dossier's state (src/dossier/rows.cpp) and leave when the waiting ends.
CREATE TABLE pending (
    dossier_id  BIGINT NOT NULL,
    id          BIGINT NOT NULL,                    -- time-ordered, made by the program
    kind        BIGINT NOT NULL,                    -- PendingKind
    key         TEXT COLLATE "C" NOT NULL,          -- of the process engine
    element     TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,          -- of message, signal or service; reason of an incident
    correlation TEXT COLLATE "C" NOT NULL,
    due_at      BIGINT,                             -- timers and calls; milliseconds since 1970 UTC
    PRIMARY KEY (dossier_id, id)
);
COMMENT ON TABLE pending IS 'distribution: dossier_id';
CREATE INDEX pending_due ON pending (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX pending_name ON pending (kind, name, id);
CREATE INDEX pending_order ON pending (id);

-- Signals on their way: one row until everybody who waited has heard it.
CREATE TABLE process_signal (
    dossier_id BIGINT NOT NULL,                     -- that raised it; 0 = from outside
    id         BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    variables  TEXT COLLATE "C" NOT NULL,           -- JSON object
    PRIMARY KEY (dossier_id, id)
);
COMMENT ON TABLE process_signal IS 'distribution: dossier_id';
CREATE INDEX process_signal_order ON process_signal (id);
