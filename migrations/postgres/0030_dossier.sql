-- Dossiers and what is owed to them. Rows are projections of the ledger (src/dossier/rows.cpp).
-- `state` is the folded state as JSON; the columns before it are what lists filter and sort by. Updates leave the indexed
-- columns as they are, so that they stay on their page while it has room.
CREATE TABLE dossier (
    id             BIGINT PRIMARY KEY,  -- time-ordered, made by the program
    version        BIGINT NOT NULL,
    last_event     BIGINT NOT NULL,     -- position; head of the stream's back-pointer chain
    status         BIGINT NOT NULL,     -- the national portal's TrangThaiHoSo, 0 = draft
    code           TEXT COLLATE "C",
    procedure      TEXT COLLATE "C" NOT NULL,
    channel        BIGINT NOT NULL,
    receiving_unit BIGINT,
    competent_unit BIGINT,
    owner          BIGINT,              -- person account that follows it
    submitted_at   BIGINT,              -- times: milliseconds since 1970 UTC
    received_at    BIGINT,
    due_at         BIGINT,
    finished_at    BIGINT,
    returned_at    BIGINT,
    next_at        BIGINT,              -- the next date on which somebody owes it something
    state          TEXT COLLATE "C" NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE dossier IS 'distribution: id';
CREATE INDEX dossier_by_code ON dossier (code) WHERE code IS NOT NULL;
CREATE INDEX dossier_owner ON dossier (owner, id) WHERE owner IS NOT NULL;

-- A code belongs to one dossier. A unique index of `dossier` would have to hold the id; this table is spread by the code
-- itself and claims it.
CREATE TABLE dossier_code (
    code    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    claimed BIGINT NOT NULL  -- id of the dossier
);
COMMENT ON TABLE dossier_code IS 'distribution: code';

CREATE FUNCTION claim_dossier_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.code IS NOT NULL THEN
        DELETE FROM dossier_code WHERE code = OLD.code;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.code IS NOT NULL THEN
        INSERT INTO dossier_code (code, claimed) VALUES (NEW.code, NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dossier_code_new AFTER INSERT ON dossier
    FOR EACH ROW WHEN (NEW.code IS NOT NULL) EXECUTE FUNCTION claim_dossier_code();
CREATE TRIGGER dossier_code_changed AFTER UPDATE OF code ON dossier
    FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION claim_dossier_code();
CREATE TRIGGER dossier_code_gone AFTER DELETE ON dossier
    FOR EACH ROW WHEN (OLD.code IS NOT NULL) EXECUTE FUNCTION claim_dossier_code();

-- Open tasks only: a line leaves when it is done, so the indexes stay as small as the work at hand.
CREATE TABLE task (
    dossier_id BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    kind       BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    unit_id    BIGINT NOT NULL,
    officer_id BIGINT,
    opened_at  BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    PRIMARY KEY (dossier_id, id)
);
COMMENT ON TABLE task IS 'distribution: dossier_id';
CREATE INDEX task_worklist ON task (unit_id, due_at, id);
CREATE INDEX task_officer ON task (officer_id, due_at, id) WHERE officer_id IS NOT NULL;
CREATE INDEX task_due ON task (due_at, id);
CREATE INDEX task_order ON task (id);
