-- Which account somebody is who signs in at an identity provider (OpenID Connect: issuer's `sub`).
CREATE TABLE external_identity (
    provider   TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account (id),
    linked_at  INTEGER NOT NULL,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_identity_account ON external_identity (account_id, provider);

-- How well the citizen id or tax code is proven: 0 = by nobody, 1 and 2 as the levels of electronic identification.
ALTER TABLE person ADD COLUMN proof INTEGER NOT NULL DEFAULT 0;

-- Who may act for whom: mandates, representatives of businesses, and assistance for an hour. Times are milliseconds.
CREATE TABLE mandate (
    id            INTEGER PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('mandate', 'representative', 'assistance')),
    giver_id      INTEGER NOT NULL REFERENCES account (id),
    holder_id     INTEGER,           -- null: whoever proves to be `holder_number`
    holder_number TEXT    NOT NULL,  -- citizen id; empty when the account is named
    holder_name   TEXT    NOT NULL,
    procedures    TEXT    NOT NULL,  -- JSON array of codes; empty = all
    fields        TEXT    NOT NULL,  -- JSON array of codes; empty = all
    only_dossier  INTEGER,           -- that one alone
    from_at       INTEGER NOT NULL,
    to_at         INTEGER NOT NULL,
    source        TEXT    NOT NULL,  -- 'giver', 'provider', 'code', 'session', 'paper'; empty while assistance waits
    reason        TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER,
    revoked_by    INTEGER
) STRICT;
CREATE INDEX mandate_giver ON mandate (giver_id, id);
CREATE INDEX mandate_holder ON mandate (holder_id, id) WHERE holder_id IS NOT NULL;
CREATE INDEX mandate_number ON mandate (holder_number, id) WHERE holder_number <> '';

-- At which provider the session began, and under which mandate it acts.
ALTER TABLE session ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN mandate_id INTEGER;

-- Codes sent to a phone or mail box: sealed, for a few minutes and tries. `subject` says what a code opens.
CREATE TABLE one_time_code (
    subject    TEXT    PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    tries      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A post held for a colleague on leave: the account that delegated it.
ALTER TABLE post ADD COLUMN delegated_by INTEGER NOT NULL DEFAULT 0;
CREATE INDEX post_delegated ON post (delegated_by) WHERE delegated_by <> 0;

-- Messages to people on their way out: sealed, handed to the sender (src/sending) by a job, then gone.
CREATE TABLE outgoing_message (
    id         INTEGER PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
