-- One row, which nobody ever changes. A restored row gets the number of the transaction that restores it, so this one
-- tells a copy that was restored, in whatever way, from the database that it was taken of. (A copy of files keeps the
-- number, and all others with it, and goes on from there: what it lacks is told by the marks of readers.)
CREATE TABLE tidemark.cluster (made timestamptz NOT NULL DEFAULT now());

INSERT INTO tidemark.cluster DEFAULT VALUES;
