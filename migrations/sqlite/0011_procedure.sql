-- Procedures and their versions. A version's body is never changed but by settling what was flagged in it; a dossier pins
-- procedure and number. All of them are in memory while the program runs (catalogue::Catalogue).
CREATE TABLE procedure (
    id       INTEGER PRIMARY KEY,
    code     TEXT    NOT NULL UNIQUE,
    digest   TEXT    NOT NULL,  -- of the record last imported, so that the same record changes nothing
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE procedure_version (
    procedure_id INTEGER NOT NULL REFERENCES procedure (id),
    number       INTEGER NOT NULL,  -- from 1
    status       TEXT    NOT NULL,  -- draft, published, flagged
    valid_from   TEXT,              -- NULL = open
    valid_to     TEXT,              -- first day on which it no longer holds
    body         TEXT    NOT NULL,
    PRIMARY KEY (procedure_id, number)
) STRICT;
