-- How the salts of a leaf come out of its secret (docs/transparency.md): 1 = BLAKE2b, all leaves until now; 2 = ChaCha20.
ALTER TABLE log_leaf ADD COLUMN salts BIGINT NOT NULL DEFAULT 1 CHECK (salts IN (1, 2));
