-- Accounts of officers, citizens and businesses. `access_version` is the stream's version at the last change of what
-- the account may do: accesses kept in memory are looked up by it. `name_key` is the search key of name and user name.
CREATE TABLE account (
    id             INTEGER PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('officer', 'person', 'business')),
    user_name      TEXT    NOT NULL UNIQUE,
    display_name   TEXT    NOT NULL,
    name_key       TEXT    NOT NULL,
    status         TEXT    NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at     INTEGER NOT NULL,
    access_version INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    position       INTEGER NOT NULL
) STRICT;

-- What identifies a citizen or business. Rows only: events carry none of it.
CREATE TABLE person (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    citizen_id TEXT NOT NULL,
    tax_code   TEXT NOT NULL,
    phone      TEXT NOT NULL,
    email      TEXT NOT NULL,
    address    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_citizen_id ON person (citizen_id) WHERE citizen_id <> '';
CREATE UNIQUE INDEX person_tax_code ON person (tax_code) WHERE tax_code <> '';

-- Secrets that prove who signs in, one a kind ("password": Argon2id string of libsodium).
CREATE TABLE credential (
    account_id INTEGER NOT NULL REFERENCES account (id),
    kind       TEXT    NOT NULL,
    secret     TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT, WITHOUT ROWID;

-- Posts: a role in a unit (0 = the whole system) from a day to a day (days since 1970, `to_day` excluded).
CREATE TABLE post (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    unit_id    INTEGER NOT NULL,
    role       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    from_day   INTEGER NOT NULL,
    to_day     INTEGER NOT NULL,
    fields     TEXT    NOT NULL,  -- JSON array of field codes; empty = all
    procedures TEXT    NOT NULL   -- JSON array of ids as text; empty = all
) STRICT;
CREATE INDEX post_account ON post (account_id);
CREATE INDEX post_unit ON post (unit_id);

-- What the posts give, one row a limit: the table that the predicate of scope reads.
CREATE TABLE access_grant (
    account_id   INTEGER NOT NULL REFERENCES account (id),
    post_id      INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    role         TEXT    NOT NULL,
    root_id      INTEGER NOT NULL,
    field        TEXT    NOT NULL,
    procedure_id INTEGER NOT NULL,
    from_day     INTEGER NOT NULL,
    to_day       INTEGER NOT NULL,
    PRIMARY KEY (account_id, post_id, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_grant_root ON access_grant (root_id, role);

-- The roles that ship with the program, written again when they change.
CREATE TABLE role_permission (
    role       TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (role, permission)
) STRICT, WITHOUT ROWID;

-- Which units a root reaches on which days, made from the units whenever those change.
CREATE TABLE unit_reach (
    root_id  INTEGER NOT NULL,
    unit_id  INTEGER NOT NULL,
    from_day INTEGER NOT NULL,
    to_day   INTEGER NOT NULL,
    PRIMARY KEY (root_id, unit_id, from_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_reach_unit ON unit_reach (unit_id);
