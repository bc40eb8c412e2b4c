-- Only tasks that time alone may end are looked for by due time: supplements (4) and drafts (8). All others were written
-- into this index and taken out of it for nobody, and read again every minute once they were late.
DROP INDEX task_due;
CREATE INDEX task_due ON task (due_at, id) WHERE kind IN (4, 8);
