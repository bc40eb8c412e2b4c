-- The ledger: every change of the system, in order. Rows are only ever appended; positions have no gap, because whoever
-- appends holds the turn to write until its commit. The events of one stream are found by following `prev` from the head
-- that the aggregate's own row keeps. `data` is text, never jsonb: its bytes are hashed into the transparency log.
CREATE TABLE event (
    position     BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    stream       BIGINT NOT NULL,  -- of a dossier: its id
    version      BIGINT NOT NULL,
    prev         BIGINT NOT NULL,  -- position of the stream's event before this one, 0 = none
    type         TEXT COLLATE "C" NOT NULL,
    schema       BIGINT NOT NULL,
    at           BIGINT NOT NULL,  -- milliseconds since 1970, UTC
    actor        TEXT COLLATE "C" NOT NULL,
    on_behalf_of TEXT COLLATE "C" NOT NULL,
    request_id   TEXT COLLATE "C" NOT NULL,
    data         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (position, stream)
);
COMMENT ON TABLE event IS 'distribution: stream';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
CREATE TRIGGER event_no_delete BEFORE DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Neither does the program have the right to: it may take away members of the data (0060) and nothing else.
REVOKE ALL ON event FROM CURRENT_USER;
GRANT SELECT, INSERT, UPDATE (data) ON event TO CURRENT_USER;

-- Heads of the streams whose aggregate has no row of its own.
CREATE TABLE stream_head (
    kind     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (kind, stream)
);
COMMENT ON TABLE stream_head IS 'distribution: local';

-- How far each follower has come.
CREATE TABLE follower (
    name     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
COMMENT ON TABLE follower IS 'distribution: local';

-- Answers kept for repeated requests. The look-up table is narrow, because its keys are random; the answers are
-- appended and forgotten from the old end.
CREATE TABLE idempotency (
    hash   BIGINT PRIMARY KEY,
    answer BIGINT NOT NULL
);
COMMENT ON TABLE idempotency IS 'distribution: hash';

CREATE TABLE idempotency_answer (
    id          BIGINT PRIMARY KEY,
    hash        BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    status      BIGINT NOT NULL,
    body        TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE idempotency_answer IS 'distribution: id';
