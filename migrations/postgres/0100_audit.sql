-- What is watched: who opened a personal record, who was refused, what looked unusual. One event of the ledger a row
-- (kind system, stream = id); what a person wrote stands in the row alone.
CREATE TABLE audit_record (
    id         BIGINT PRIMARY KEY,  -- time-ordered, made by the program
    position   BIGINT NOT NULL,     -- of its event
    at         BIGINT NOT NULL,     -- milliseconds since 1970 UTC
    type       TEXT COLLATE "C" NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    dossier_id BIGINT,
    count      BIGINT NOT NULL,
    detail     TEXT COLLATE "C" NOT NULL  -- JSON
);
COMMENT ON TABLE audit_record IS 'distribution: id';
CREATE INDEX audit_record_dossier ON audit_record (dossier_id, id) WHERE dossier_id IS NOT NULL;
CREATE INDEX audit_record_actor ON audit_record (actor, id);
CREATE INDEX audit_record_type ON audit_record (type, at);

-- What people ask about their own data: to correct it, or not to use it so.
CREATE TABLE data_request (
    id          BIGINT PRIMARY KEY,
    version     BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('correct', 'object')),
    asked_at    BIGINT NOT NULL,
    text        TEXT COLLATE "C" NOT NULL,
    answered_at BIGINT,
    answered_by TEXT COLLATE "C" NOT NULL,
    answer      TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE data_request IS 'distribution: id';
CREATE INDEX data_request_person ON data_request (person_id, id);
CREATE INDEX data_request_open ON data_request (id) WHERE answered_at IS NULL;
