-- Events that a follower could not handle, and those of the same stream behind them. `retry` is set by whoever wants them
-- delivered again.
CREATE TABLE parked_event (
    follower TEXT    NOT NULL,
    position INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    retry    INTEGER NOT NULL,
    PRIMARY KEY (follower, position)
) STRICT, WITHOUT ROWID;
