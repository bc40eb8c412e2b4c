-- Authorities of all times. The facts are in body (JSON); beside it stands what statements look for. All of them are in
-- memory while the program runs (organisation::Directory).
CREATE TABLE unit (
    id       INTEGER PRIMARY KEY,
    code     TEXT    NOT NULL UNIQUE,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
