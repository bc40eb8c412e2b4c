-- Which of several servers does what comes with time (src/app/job_turn.hpp), until when unless it says so again.
CREATE TABLE job_turn (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until  BIGINT NOT NULL  -- milliseconds since 1970, UTC
) WITH (fillfactor = 20);
COMMENT ON TABLE job_turn IS 'distribution: local';
