-- Events that a follower could not handle, and those of the same stream behind them. `retry` is set by whoever wants them
-- delivered again.
CREATE TABLE parked_event (
    follower TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    kind     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    reason   TEXT COLLATE "C" NOT NULL,
    retry    BIGINT NOT NULL,
    PRIMARY KEY (follower, position)
);
COMMENT ON TABLE parked_event IS 'distribution: local';
