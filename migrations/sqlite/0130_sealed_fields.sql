-- Numbers, phones, mail addresses and addresses of people are sealed (src/base/field_keys.hpp) and found by keyed hashes.
-- Rows of before are sealed by the program at its next start; `sealed` says which it has done.
ALTER TABLE person ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN citizen_key TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN tax_key TEXT NOT NULL DEFAULT '';
DROP INDEX person_citizen_id;
DROP INDEX person_tax_code;
CREATE UNIQUE INDEX person_citizen_key ON person (citizen_key) WHERE citizen_key <> '';
CREATE UNIQUE INDEX person_tax_key ON person (tax_key) WHERE tax_key <> '';
CREATE INDEX person_plain ON person (account_id) WHERE sealed = 0;

ALTER TABLE mandate ADD COLUMN holder_key TEXT NOT NULL DEFAULT '';
DROP INDEX mandate_number;
CREATE INDEX mandate_holder_key ON mandate (holder_key, id) WHERE holder_key <> '';
CREATE INDEX mandate_plain ON mandate (id) WHERE holder_key = '' AND holder_number <> '';

-- Keyed hashes alone: what they were made of is of no use here.
ALTER TABLE dossier_unclaimed RENAME COLUMN id_number TO number_key;
ALTER TABLE external_identity RENAME COLUMN subject TO subject_key;
