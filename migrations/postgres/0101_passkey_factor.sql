-- Accounts whose passkeys are their second factor: a password alone opens no session of theirs.
CREATE TABLE passkey_factor (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    since      BIGINT NOT NULL
);
COMMENT ON TABLE passkey_factor IS 'distribution: reference';
