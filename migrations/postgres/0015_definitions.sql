-- Versions of what dossiers run on: processes (BPMN), forms and calendars. A version is never changed: a new text is a
-- new version, and running dossiers keep theirs.
CREATE TABLE definition (
    id          BIGINT PRIMARY KEY,
    kind        BIGINT NOT NULL,   -- 1 process, 2 form, 3 calendar
    name        TEXT COLLATE "C" NOT NULL,      -- "one-stop", "1.001193", "vietnam"
    version     BIGINT NOT NULL,   -- from 1
    last_event  BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,   -- milliseconds since 1970 UTC
    body        TEXT COLLATE "C" NOT NULL,
    UNIQUE (kind, name, version)
);
COMMENT ON TABLE definition IS 'distribution: reference';
