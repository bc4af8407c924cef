-- One row: the version of the engine's schema, and `floor`, the oldest that a Worker may be made for and still be
-- served. A migration that changes what Workers call moves the one, and the other too where an older Worker cannot go
-- on: Workers are deployed after the database is migrated, and some are of before for a while.
CREATE TABLE tidemark.version (version integer NOT NULL, floor integer NOT NULL);

INSERT INTO tidemark.version (version, floor) VALUES (1, 1);
