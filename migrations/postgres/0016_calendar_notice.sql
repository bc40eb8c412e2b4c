-- Government notices (holidays, exchanged days) announced while calendars were in use, and how far the open dossiers have
-- been counted again for each. The calendars' new versions are in `definition`.
CREATE TABLE calendar_notice (
    id           BIGINT PRIMARY KEY,
    version      BIGINT NOT NULL,
    last_event   BIGINT NOT NULL,
    calendar     TEXT COLLATE "C" NOT NULL,      -- name of the calendar it was announced on; those that extend it followed
    number       TEXT COLLATE "C" NOT NULL,      -- of the document, as printed
    announced_at BIGINT NOT NULL,   -- milliseconds since 1970 UTC
    announced_in BIGINT NOT NULL,   -- position of its first event: what it moved comes later in the ledger
    applied_at   BIGINT,            -- NULL while open dossiers are still to be counted again
    moved        BIGINT,            -- dossiers whose dates it moved
    body         TEXT COLLATE "C" NOT NULL       -- the notice
);
COMMENT ON TABLE calendar_notice IS 'distribution: reference';
CREATE INDEX calendar_notice_open ON calendar_notice (id) WHERE applied_at IS NULL;
