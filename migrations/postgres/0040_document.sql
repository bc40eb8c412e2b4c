-- Files of dossiers; the bytes lie in the blob store under `sha256`.
CREATE TABLE document (
    dossier_id  BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    component   TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    media_type  TEXT COLLATE "C" NOT NULL,
    bytes       BIGINT NOT NULL,
    sha256     BYTEA NOT NULL CHECK (length(sha256) = 32),
    uploaded_by TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    removed_at  BIGINT,
    PRIMARY KEY (dossier_id, id)
);
COMMENT ON TABLE document IS 'distribution: dossier_id';
CREATE INDEX document_order ON document (id);
