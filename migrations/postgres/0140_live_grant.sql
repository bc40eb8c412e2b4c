-- Roles that give nothing to an account without a second factor, as the server's configuration has them
-- (identity.second_factor_roles): lists by SQL obey what single checks do.
CREATE TABLE second_factor_role (
    role TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
COMMENT ON TABLE second_factor_role IS 'distribution: reference';

-- The grants that count: those of a demanding role only for an account that has a second factor.
CREATE VIEW live_grant AS
SELECT account_id, post_id, line, role, root_id, field, procedure_id, from_day, to_day FROM access_grant g
WHERE NOT EXISTS (SELECT 1 FROM second_factor_role d WHERE d.role = g.role)
   OR EXISTS (SELECT 1 FROM second_factor f WHERE f.account_id = g.account_id AND f.active = 1)
   OR EXISTS (SELECT 1 FROM passkey_factor k WHERE k.account_id = g.account_id);
