-- Which of several servers does what comes with time (src/app/job_turn.hpp), until when unless it says so again.
CREATE TABLE job_turn (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    until  INTEGER NOT NULL  -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;
