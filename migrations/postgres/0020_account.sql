-- Accounts of officers, citizens and businesses. `access_version` is the stream's version at the last change of what
-- the account may do: accesses kept in memory are looked up by it. `name_key` is the search key of name and user name.
CREATE TABLE account (
    id             BIGINT PRIMARY KEY,
    kind           TEXT COLLATE "C" NOT NULL CHECK (kind IN ('officer', 'person', 'business')),
    user_name      TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name   TEXT COLLATE "C" NOT NULL,
    name_key       TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at     BIGINT NOT NULL,
    access_version BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    position       BIGINT NOT NULL
);
COMMENT ON TABLE account IS 'distribution: reference';

-- What identifies a citizen or business. Rows only: events carry none of it.
CREATE TABLE person (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    citizen_id TEXT COLLATE "C" NOT NULL,
    tax_code   TEXT COLLATE "C" NOT NULL,
    phone      TEXT COLLATE "C" NOT NULL,
    email      TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL
);
COMMENT ON TABLE person IS 'distribution: reference';
CREATE UNIQUE INDEX person_citizen_id ON person (citizen_id) WHERE citizen_id <> '';
CREATE UNIQUE INDEX person_tax_code ON person (tax_code) WHERE tax_code <> '';

-- Secrets that prove who signs in, one a kind ("password": Argon2id string of libsodium).
CREATE TABLE credential (
    account_id BIGINT NOT NULL REFERENCES account (id),
    kind       TEXT COLLATE "C" NOT NULL,
    secret     TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);
COMMENT ON TABLE credential IS 'distribution: reference';

-- Posts: a role in a unit (0 = the whole system) from a day to a day (days since 1970, `to_day` excluded).
CREATE TABLE post (
    id         BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    unit_id    BIGINT NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    title      TEXT COLLATE "C" NOT NULL,
    from_day   BIGINT NOT NULL,
    to_day     BIGINT NOT NULL,
    fields     TEXT COLLATE "C" NOT NULL,  -- JSON array of field codes; empty = all
    procedures TEXT COLLATE "C" NOT NULL   -- JSON array of ids as text; empty = all
);
COMMENT ON TABLE post IS 'distribution: reference';
CREATE INDEX post_account ON post (account_id);
CREATE INDEX post_unit ON post (unit_id);

-- What the posts give, one row a limit: the table that the predicate of scope reads.
CREATE TABLE access_grant (
    account_id   BIGINT NOT NULL REFERENCES account (id),
    post_id      BIGINT NOT NULL,
    line         BIGINT NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    root_id      BIGINT NOT NULL,
    field        TEXT COLLATE "C" NOT NULL,
    procedure_id BIGINT NOT NULL,
    from_day     BIGINT NOT NULL,
    to_day       BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id, line)
);
COMMENT ON TABLE access_grant IS 'distribution: reference';

CREATE INDEX access_grant_root ON access_grant (root_id, role);

-- The roles that ship with the program, written again when they change.
CREATE TABLE role_permission (
    role       TEXT COLLATE "C" NOT NULL,
    permission TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (role, permission)
);
COMMENT ON TABLE role_permission IS 'distribution: reference';

-- Which units a root reaches on which days, made from the units whenever those change.
CREATE TABLE unit_reach (
    root_id  BIGINT NOT NULL,
    unit_id  BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day   BIGINT NOT NULL,
    PRIMARY KEY (root_id, unit_id, from_day)
);
COMMENT ON TABLE unit_reach IS 'distribution: reference';
CREATE INDEX unit_reach_unit ON unit_reach (unit_id);
