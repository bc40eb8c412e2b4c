-- Accounts whose passkeys are their second factor: a password alone opens no session of theirs.
CREATE TABLE passkey_factor (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    since      INTEGER NOT NULL
) STRICT;
