-- Authorities of all times. The facts are in body (JSON); beside it stands what statements look for. All of them are in
-- memory while the program runs (organisation::Directory).
CREATE TABLE unit (
    id       BIGINT PRIMARY KEY,
    code     TEXT COLLATE "C" NOT NULL UNIQUE,
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL,
    body     TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE unit IS 'distribution: reference';
