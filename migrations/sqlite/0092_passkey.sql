-- Passkeys of staff (WebAuthn): the public key as a JSON Web Key, and how often it was used as its device counts.
CREATE TABLE passkey (
    id            INTEGER PRIMARY KEY,
    account_id    INTEGER NOT NULL REFERENCES account (id),
    credential_id TEXT    NOT NULL UNIQUE,  -- base64url
    public_key    TEXT    NOT NULL,
    sign_count    INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    used_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX passkey_account ON passkey (account_id, id);
