-- Second factors of staff: the shared secret of time-based codes (RFC 6238), sealed with the key file of the data
-- directory. `last_step` is the last step whose code was used: none counts twice.
CREATE TABLE second_factor (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    secret     BLOB    NOT NULL,
    active     INTEGER NOT NULL CHECK (active IN (0, 1)),
    last_step  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Recovery codes that are left, as hashes; a used one is deleted.
CREATE TABLE recovery_code (
    account_id INTEGER NOT NULL REFERENCES account (id),
    code_hash  BLOB    NOT NULL,
    PRIMARY KEY (account_id, code_hash)
) STRICT, WITHOUT ROWID;

-- When the person last proved who he is within the session, by signing in or by confirming.
ALTER TABLE session ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;
