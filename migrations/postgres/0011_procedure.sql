-- Procedures and their versions. A version's body is never changed but by settling what was flagged in it; a dossier pins
-- procedure and number. All of them are in memory while the program runs (catalogue::Catalogue).
CREATE TABLE procedure (
    id       BIGINT PRIMARY KEY,
    code     TEXT COLLATE "C" NOT NULL UNIQUE,
    digest   TEXT COLLATE "C" NOT NULL,  -- of the record last imported, so that the same record changes nothing
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL
);
COMMENT ON TABLE procedure IS 'distribution: reference';

CREATE TABLE procedure_version (
    procedure_id BIGINT NOT NULL REFERENCES procedure (id),
    number       BIGINT NOT NULL,  -- from 1
    status       TEXT COLLATE "C" NOT NULL,  -- draft, published, flagged
    valid_from   TEXT COLLATE "C",              -- NULL = open
    valid_to     TEXT COLLATE "C",              -- first day on which it no longer holds
    body         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (procedure_id, number)
);
COMMENT ON TABLE procedure_version IS 'distribution: reference';
