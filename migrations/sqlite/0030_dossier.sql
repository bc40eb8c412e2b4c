-- Dossiers and what is owed to them. Rows are projections of the ledger (src/dossier/rows.cpp).
-- `state` is the folded state as JSON; the columns before it are what lists filter and sort by.
CREATE TABLE dossier (
    id             INTEGER PRIMARY KEY,  -- time-ordered, made by the program
    version        INTEGER NOT NULL,
    last_event     INTEGER NOT NULL,     -- position; head of the stream's back-pointer chain
    status         INTEGER NOT NULL,     -- the national portal's TrangThaiHoSo, 0 = draft
    code           TEXT,
    procedure      TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    receiving_unit INTEGER,
    competent_unit INTEGER,
    owner          INTEGER,              -- person account that follows it
    submitted_at   INTEGER,              -- times: milliseconds since 1970 UTC
    received_at    INTEGER,
    due_at         INTEGER,
    finished_at    INTEGER,
    returned_at    INTEGER,
    next_at        INTEGER,              -- the next date on which somebody owes it something
    state          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX dossier_code ON dossier (code) WHERE code IS NOT NULL;
CREATE INDEX dossier_owner ON dossier (owner, id) WHERE owner IS NOT NULL;

-- Open tasks only: a line leaves when it is done, so the indexes stay as small as the work at hand.
CREATE TABLE task (
    id         INTEGER PRIMARY KEY,
    dossier_id INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    unit_id    INTEGER NOT NULL,
    officer_id INTEGER,
    opened_at  INTEGER NOT NULL,
    due_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX task_worklist ON task (unit_id, due_at, id);
CREATE INDEX task_officer ON task (officer_id, due_at, id) WHERE officer_id IS NOT NULL;
CREATE INDEX task_due ON task (due_at, id);
