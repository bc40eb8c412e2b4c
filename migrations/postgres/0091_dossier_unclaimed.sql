-- Filed dossiers that no account follows yet, by the applicant's number: a citizen who proves to be that person finds
-- them at sign-in. A line leaves when the dossier is followed or erased.
CREATE TABLE dossier_unclaimed (
    id_number  TEXT COLLATE "C" NOT NULL,
    dossier_id BIGINT NOT NULL,
    PRIMARY KEY (id_number, dossier_id)
);
COMMENT ON TABLE dossier_unclaimed IS 'distribution: dossier_id';

INSERT INTO dossier_unclaimed (id_number, dossier_id)
SELECT CAST(state AS json) -> 'applicant' ->> 'id_number', id FROM dossier
WHERE owner IS NULL AND submitted_at IS NOT NULL AND coalesce(CAST(state AS json) -> 'applicant' ->> 'id_number', '') <> '';
