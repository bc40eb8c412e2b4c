-- People may also ask for their account to be erased.
ALTER TABLE data_request DROP CONSTRAINT data_request_kind_check;
ALTER TABLE data_request ADD CONSTRAINT data_request_kind_check CHECK (kind IN ('correct', 'object', 'erase'));
