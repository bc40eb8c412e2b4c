-- Passkeys of staff (WebAuthn): the public key as a JSON Web Key, and how often it was used as its device counts.
CREATE TABLE passkey (
    id            BIGINT PRIMARY KEY,
    account_id    BIGINT NOT NULL REFERENCES account (id),
    credential_id TEXT COLLATE "C" NOT NULL UNIQUE,  -- base64url
    public_key    TEXT COLLATE "C" NOT NULL,
    sign_count    BIGINT NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL
);
COMMENT ON TABLE passkey IS 'distribution: reference';
CREATE INDEX passkey_account ON passkey (account_id, id);
