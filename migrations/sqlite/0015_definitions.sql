-- Versions of what dossiers run on: processes (BPMN), forms and calendars. A version is never changed: a new text is a
-- new version, and running dossiers keep theirs.
CREATE TABLE definition (
    id          INTEGER PRIMARY KEY,
    kind        INTEGER NOT NULL,   -- 1 process, 2 form, 3 calendar
    name        TEXT NOT NULL,      -- "one-stop", "1.001193", "vietnam"
    version     INTEGER NOT NULL,   -- from 1
    last_event  INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,   -- milliseconds since 1970 UTC
    body        TEXT NOT NULL,
    UNIQUE (kind, name, version)
) STRICT;
