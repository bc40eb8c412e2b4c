-- Government notices (holidays, exchanged days) announced while calendars were in use, and how far the open dossiers have
-- been counted again for each. The calendars' new versions are in `definition`.
CREATE TABLE calendar_notice (
    id           INTEGER PRIMARY KEY,
    version      INTEGER NOT NULL,
    last_event   INTEGER NOT NULL,
    calendar     TEXT NOT NULL,      -- name of the calendar it was announced on; those that extend it followed
    number       TEXT NOT NULL,      -- of the document, as printed
    announced_at INTEGER NOT NULL,   -- milliseconds since 1970 UTC
    announced_in INTEGER NOT NULL,   -- position of its first event: what it moved comes later in the ledger
    applied_at   INTEGER,            -- NULL while open dossiers are still to be counted again
    moved        INTEGER,            -- dossiers whose dates it moved
    body         TEXT NOT NULL       -- the notice
) STRICT;
CREATE INDEX calendar_notice_open ON calendar_notice (id) WHERE applied_at IS NULL;
