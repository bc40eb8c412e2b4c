-- The transparency log over the events (docs/transparency.md). Leaf N is event N + 1. The secret opens what the leaf
-- commits to; it goes when personal data of the event is erased. `event_erasure` then holds the openings that remain.
CREATE TABLE log_leaf (
    position BIGINT PRIMARY KEY,
    hash    BYTEA NOT NULL CHECK (length(hash) = 32),
    secret  BYTEA CHECK (length(secret) = 32)
);
COMMENT ON TABLE log_leaf IS 'distribution: local';

-- Hashes of complete tiles: level 1 = 256 leaves, level 2 = 65,536 …
CREATE TABLE log_node (
    level BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
);
COMMENT ON TABLE log_node IS 'distribution: local';

-- The last checkpoint of each day (days since 1970 in Vietnam), as signed.
CREATE TABLE log_checkpoint (
    day  BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE log_checkpoint IS 'distribution: local';

-- What witnesses have signed: the checkpoint's text and their line.
CREATE TABLE log_cosignature (
    size    BIGINT NOT NULL,
    witness TEXT COLLATE "C" NOT NULL,
    text    TEXT COLLATE "C" NOT NULL,
    line    TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,  -- seconds since 1970, as the witness says
    PRIMARY KEY (size, witness)
);
COMMENT ON TABLE log_cosignature IS 'distribution: local';

CREATE TABLE event_erasure (
    position BIGINT PRIMARY KEY,
    at       BIGINT NOT NULL,  -- milliseconds since 1970, UTC
    rule     TEXT COLLATE "C" NOT NULL,
    openings TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE event_erasure IS 'distribution: local';

CREATE FUNCTION refuse_unerased_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position = OLD.position AND NEW.hash = OLD.hash AND NEW.secret IS NULL
       AND EXISTS (SELECT 1 FROM event_erasure WHERE event_erasure.position = OLD.position) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'log_leaf is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER log_leaf_no_update BEFORE UPDATE ON log_leaf FOR EACH ROW EXECUTE FUNCTION refuse_unerased_leaf();
CREATE TRIGGER log_leaf_no_delete BEFORE DELETE ON log_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_leaf_no_truncate BEFORE TRUNCATE ON log_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_no_delete BEFORE DELETE ON log_node FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_no_truncate BEFORE TRUNCATE ON log_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE ALL ON log_leaf, log_node FROM CURRENT_USER;
GRANT SELECT, INSERT, UPDATE (secret) ON log_leaf TO CURRENT_USER;
GRANT SELECT, INSERT ON log_node TO CURRENT_USER;

-- An event may lose members of its data once its erasure is written down; nothing else of it ever changes.
CREATE OR REPLACE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position = OLD.position AND NEW.kind = OLD.kind AND NEW.stream = OLD.stream
       AND NEW.version = OLD.version AND NEW.prev = OLD.prev AND NEW.type = OLD.type AND NEW.schema = OLD.schema
       AND NEW.at = OLD.at AND NEW.actor = OLD.actor AND NEW.on_behalf_of = OLD.on_behalf_of
       AND NEW.request_id = OLD.request_id AND length(NEW.data) < length(OLD.data)
       AND EXISTS (SELECT 1 FROM event_erasure WHERE event_erasure.position = OLD.position) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'event is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
