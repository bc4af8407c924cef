-- Where a reader stands. It has read what is visible in the snapshot `since`, and, while a burst is read in pages, also
-- what is visible in `until` up to the id `place`. `mark` is what it left there (`leave_mark`): one that has read
-- nothing yet has none, because the epoch in which it was opened is mark enough. `cluster` gave out the numbers in it.
-- `ahead` are the ids of changes that were read before their turn: they are not read again.
-- Written as cluster@since|until|place|mark|ahead, with commas between the ids. Most cursors end with the mark.
CREATE TYPE tidemark.cursor AS (
  since pg_snapshot, until pg_snapshot, place bigint, mark uuid, cluster bigint, ahead bigint[]
);
