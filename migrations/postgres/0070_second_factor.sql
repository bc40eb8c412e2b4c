-- Second factors of staff: the shared secret of time-based codes (RFC 6238), sealed with the key file of the data
-- directory. `last_step` is the last step whose code was used: none counts twice.
CREATE TABLE second_factor (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    secret    BYTEA NOT NULL,
    active     BIGINT NOT NULL CHECK (active IN (0, 1)),
    last_step  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
COMMENT ON TABLE second_factor IS 'distribution: reference';

-- Recovery codes that are left, as hashes; a used one is deleted.
CREATE TABLE recovery_code (
    account_id BIGINT NOT NULL REFERENCES account (id),
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);
COMMENT ON TABLE recovery_code IS 'distribution: reference';

-- When the person last proved who he is within the session, by signing in or by confirming.
ALTER TABLE session ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
