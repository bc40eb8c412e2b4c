-- Signed-in sessions. The token itself is known to the browser alone; its hash is the key.
CREATE TABLE session (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    id         INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,  -- moved on at most once a minute
    expires_at INTEGER NOT NULL,  -- whatever its use
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_expiry ON session (expires_at);

-- Failed sign-ins, by a hash of name and address, of the name, or of the address.
CREATE TABLE sign_in_guard (
    key           INTEGER PRIMARY KEY,
    failures      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_guard_age ON sign_in_guard (last_at);
