-- Which account somebody is who signs in at an identity provider (OpenID Connect: issuer's `sub`).
CREATE TABLE external_identity (
    provider   TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id),
    linked_at  BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
COMMENT ON TABLE external_identity IS 'distribution: reference';
CREATE INDEX external_identity_account ON external_identity (account_id, provider);

-- How well the citizen id or tax code is proven: 0 = by nobody, 1 and 2 as the levels of electronic identification.
ALTER TABLE person ADD COLUMN proof BIGINT NOT NULL DEFAULT 0;

-- Who may act for whom: mandates, representatives of businesses, and assistance for an hour. Times are milliseconds.
CREATE TABLE mandate (
    id            BIGINT PRIMARY KEY,
    kind          TEXT COLLATE "C" NOT NULL CHECK (kind IN ('mandate', 'representative', 'assistance')),
    giver_id      BIGINT NOT NULL REFERENCES account (id),
    holder_id     BIGINT,           -- null: whoever proves to be `holder_number`
    holder_number TEXT COLLATE "C" NOT NULL,  -- citizen id; empty when the account is named
    holder_name   TEXT COLLATE "C" NOT NULL,
    procedures    TEXT COLLATE "C" NOT NULL,  -- JSON array of codes; empty = all
    fields        TEXT COLLATE "C" NOT NULL,  -- JSON array of codes; empty = all
    only_dossier  BIGINT,           -- that one alone
    from_at       BIGINT NOT NULL,
    to_at         BIGINT NOT NULL,
    source        TEXT COLLATE "C" NOT NULL,  -- 'giver', 'provider', 'code', 'session', 'paper'; empty while assistance waits
    reason        TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    revoked_by    BIGINT
);
COMMENT ON TABLE mandate IS 'distribution: reference';
CREATE INDEX mandate_giver ON mandate (giver_id, id);
CREATE INDEX mandate_holder ON mandate (holder_id, id) WHERE holder_id IS NOT NULL;
CREATE INDEX mandate_number ON mandate (holder_number, id) WHERE holder_number <> '';

-- At which provider the session began, and under which mandate it acts.
ALTER TABLE session ADD COLUMN provider TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN mandate_id BIGINT;

-- Codes sent to a phone or mail box: sealed, for a few minutes and tries. `subject` says what a code opens.
CREATE TABLE one_time_code (
    subject    TEXT COLLATE "C" PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    tries      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
COMMENT ON TABLE one_time_code IS 'distribution: local';

-- A post held for a colleague on leave: the account that delegated it.
ALTER TABLE post ADD COLUMN delegated_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX post_delegated ON post (delegated_by) WHERE delegated_by <> 0;

-- Messages to people on their way out: sealed, handed to the sender (src/sending) by a job, then gone.
CREATE TABLE outgoing_message (
    id         BIGINT PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
COMMENT ON TABLE outgoing_message IS 'distribution: local';
