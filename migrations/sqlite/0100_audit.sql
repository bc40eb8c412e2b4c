-- What is watched: who opened a personal record, who was refused, what looked unusual. One event of the ledger a row
-- (kind system, stream = id); what a person wrote stands in the row alone.
CREATE TABLE audit_record (
    id         INTEGER PRIMARY KEY,  -- time-ordered, made by the program
    position   INTEGER NOT NULL,     -- of its event
    at         INTEGER NOT NULL,     -- milliseconds since 1970 UTC
    type       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    dossier_id INTEGER,
    count      INTEGER NOT NULL,
    detail     TEXT    NOT NULL      -- JSON
) STRICT;
CREATE INDEX audit_record_dossier ON audit_record (dossier_id, id) WHERE dossier_id IS NOT NULL;
CREATE INDEX audit_record_actor ON audit_record (actor, id);
CREATE INDEX audit_record_type ON audit_record (type, at);

-- What people ask about their own data: to correct it, or not to use it so.
CREATE TABLE data_request (
    id          INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    person_id   INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('correct', 'object')),
    asked_at    INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    answered_at INTEGER,
    answered_by TEXT    NOT NULL,
    answer      TEXT    NOT NULL
) STRICT;
CREATE INDEX data_request_person ON data_request (person_id, id);
CREATE INDEX data_request_open ON data_request (id) WHERE answered_at IS NULL;
