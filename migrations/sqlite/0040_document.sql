-- Files of dossiers; the bytes lie in the blob store under `sha256`. Ids count up with time, so a dossier's files are
-- neighbours in the index.
CREATE TABLE document (
    id          INTEGER PRIMARY KEY,
    dossier_id  INTEGER NOT NULL,
    component   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    media_type  TEXT    NOT NULL,
    bytes       INTEGER NOT NULL,
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32),
    uploaded_by TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    removed_at  INTEGER
) STRICT;
CREATE INDEX document_dossier ON document (dossier_id);
