-- Signed-in sessions. The token itself is known to the browser alone; its hash is the key.
CREATE TABLE session (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    id         BIGINT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,  -- moved on at most once a minute
    expires_at BIGINT NOT NULL,  -- whatever its use
    address    TEXT COLLATE "C" NOT NULL,
    agent      TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE session IS 'distribution: local';
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_expiry ON session (expires_at);

-- Failed sign-ins, by a hash of name and address, of the name, or of the address.
CREATE TABLE sign_in_guard (
    key           BIGINT PRIMARY KEY,
    failures      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
COMMENT ON TABLE sign_in_guard IS 'distribution: local';
CREATE INDEX sign_in_guard_age ON sign_in_guard (last_at);
