-- People may also ask for their account to be erased.
CREATE TABLE data_request_wider (
    id          INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    person_id   INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('correct', 'object', 'erase')),
    asked_at    INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    answered_at INTEGER,
    answered_by TEXT    NOT NULL,
    answer      TEXT    NOT NULL
) STRICT;
INSERT INTO data_request_wider (id, version, position, person_id, kind, asked_at, text, answered_at, answered_by, answer)
SELECT id, version, position, person_id, kind, asked_at, text, answered_at, answered_by, answer FROM data_request;
DROP TABLE data_request;
ALTER TABLE data_request_wider RENAME TO data_request;
CREATE INDEX data_request_person ON data_request (person_id, id);
CREATE INDEX data_request_open ON data_request (id) WHERE answered_at IS NULL;
