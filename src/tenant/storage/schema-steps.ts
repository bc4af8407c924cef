import type { Storage } from '../../platform/platform.ts'
/**
 * The object's own SQLite schema, as steps that are only ever appended. A tenant's object runs the
 * steps it has not run yet when it wakes, so a deploy needs no sweep over tenants.
 */
export const SCHEMA_STEPS: readonly string[] = [
  `
  -- Facts about the object: tenant, epoch, committed mark.
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  -- Records and tombstones. versions: birth, field versions and delete as JSON.
  CREATE TABLE record (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    row TEXT NOT NULL,
    versions TEXT NOT NULL,
    deleted_seq INTEGER,
    PRIMARY KEY (collection, id)
  ) WITHOUT ROWID;
  CREATE INDEX tombstone ON record (deleted_seq) WHERE deleted_seq IS NOT NULL;

  -- The tenant's order, one row for the edits that one event-loop turn accepted.
  CREATE TABLE log (last_seq INTEGER PRIMARY KEY, entries TEXT NOT NULL);

  -- What is remembered of each client for exactly-once.
  CREATE TABLE mark (client TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;

  -- Values that lost a concurrent meeting, kept for a person.
  CREATE TABLE conflict (
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    conflict TEXT NOT NULL,
    PRIMARY KEY (seq, ordinal)
  ) WITHOUT ROWID;

  -- How far each collection has been loaded from Postgres.
  CREATE TABLE hydration (
    collection TEXT PRIMARY KEY,
    after TEXT NOT NULL,
    loaded INTEGER NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- The external changes and reverts among the entries that wait for Postgres: what they overtook is
  -- not sent, and a batch cannot be planned without those that come after it.
  CREATE TABLE correction (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL);

  -- Loaded and made consistent with what changed in Postgres meanwhile.
  ALTER TABLE hydration ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Edits of earlier logs on their way into this one: entries as in a log row. Those of the latest round
  -- come first, because they had been taken from here before.
  CREATE TABLE carried (
    round INTEGER NOT NULL,
    place INTEGER NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (round, place)
  ) WITHOUT ROWID;

  -- A conflict is kept longer than its log.
  ALTER TABLE conflict RENAME TO conflict_of_one_log;
  CREATE TABLE conflict (
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    conflict TEXT NOT NULL,
    PRIMARY KEY (epoch, seq, ordinal)
  ) WITHOUT ROWID;
  INSERT INTO conflict (epoch, seq, ordinal, conflict)
    SELECT (SELECT value FROM meta WHERE key = 'epoch'), seq, ordinal, conflict FROM conflict_of_one_log;
  DROP TABLE conflict_of_one_log;
  `,
  `
  -- Edits that Postgres is to have first. asked: only Postgres can say any more that it has not got it.
  CREATE TABLE proposal (
    place INTEGER PRIMARY KEY,
    client TEXT NOT NULL UNIQUE,
    due_at INTEGER,
    asked INTEGER NOT NULL,
    proposal TEXT NOT NULL
  );

  -- What Postgres had before the log is a list of rows, because an edit of several can be. What its author
  -- had seen was not kept always.
  UPDATE correction
    SET entry = json_set(entry, '$.outside', json_array(
      json_insert(json_extract(entry, '$.outside'), '$.seen', 0)
    ))
    WHERE json_type(entry, '$.outside') = 'object';
  UPDATE log SET entries = (
    SELECT json_group_array(
      CASE json_type(value, '$.outside')
        WHEN 'object' THEN json_set(value, '$.outside', json_array(
          json_insert(json_extract(value, '$.outside'), '$.seen', 0)
        ))
        ELSE json(value)
      END
      ORDER BY key
    ) FROM json_each(log.entries)
  ) WHERE entries LIKE '%"outside":{%';
  `,
  `
  -- What sessions follow, each query under given rights once. Sockets name it by its number.
  CREATE TABLE view (number INTEGER PRIMARY KEY, definition TEXT NOT NULL);

  -- The cache tags that sessions watch.
  CREATE TABLE watch (session TEXT NOT NULL, pattern TEXT NOT NULL, PRIMARY KEY (session, pattern)) WITHOUT ROWID;
  `,
  `
  -- The indexed columns of a record once more, for the indexes to be over.
  ALTER TABLE record ADD COLUMN keys TEXT NOT NULL DEFAULT '{}';
  `,
  `
  -- The committed mark at the time of a row. The one in meta may be older, and so may be any but the newest.
  ALTER TABLE log ADD COLUMN committed INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Whose the client ids are that have no mark. place: the higher, the later it was first heard of.
  CREATE TABLE kept_client (place INTEGER PRIMARY KEY, client TEXT NOT NULL UNIQUE, subject TEXT NOT NULL);
  CREATE INDEX kept_client_of ON kept_client (subject, place);
  `,
  `
  -- Records that Postgres holds and that cannot be records here. due: read again, it may be mended.
  CREATE TABLE set_aside (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    column_name TEXT,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
  ) WITHOUT ROWID;
  CREATE INDEX set_aside_due ON set_aside (collection, id) WHERE due = 1;
  `,
  `
  -- Changes that others make in Postgres are called external. A version is ours, so its text says it in one way.
  UPDATE record SET versions = replace(versions, '"outside":true', '"external":true')
    WHERE versions LIKE '%"outside":true%';
  UPDATE correction
    SET entry = json_remove(json_set(entry, '$.external', json_extract(entry, '$.outside')), '$.outside')
    WHERE json_type(entry, '$.outside') IS NOT NULL;
  ${externalIn('log')}
  ${externalIn('carried')}
  `,
  `
  -- Conflicts are records of a collection.
  DROP TABLE conflict;
  `,
  `
  -- The manuscripts of texts that several write. place: -1 whose it is, 0 all of it up to a time, then updates.
  CREATE TABLE manuscript (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    column_name TEXT NOT NULL,
    place INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (collection, id, column_name, place)
  ) WITHOUT ROWID;
  `,
  `
  -- Tokens that do not count any more: those of kind and name that were issued before a time. Times are in seconds.
  CREATE TABLE revoked (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    before INTEGER NOT NULL,
    until INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  `,
]

function externalIn(table: 'log' | 'carried'): string {
  return `UPDATE ${table} SET entries = (
    SELECT json_group_array(
      CASE WHEN json_type(value, '$.outside') IS NULL THEN json(value)
        ELSE json_remove(json_set(value, '$.external', json_extract(value, '$.outside')), '$.outside')
      END
      ORDER BY key
    ) FROM json_each(${table}.entries)
  ) WHERE entries LIKE '%"outside":%';`
}

/** Returns whether the object has been used: one that was only asked whether it is has nothing stored. */
export function isUsed({ sql }: Storage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_step'").toArray().length > 0
}

/** Brings the object's schema up to date. Runs inside one transaction. */
export function migrateStorage(storage: Storage): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS schema_step (step INTEGER PRIMARY KEY)')
    const done = storage.sql.exec<{ steps: number }>('SELECT count(*) AS steps FROM schema_step').one().steps
    SCHEMA_STEPS.slice(done).forEach((step, index) => {
      storage.sql.exec(step)
      storage.sql.exec('INSERT INTO schema_step (step) VALUES (?)', done + index)
    })
  })
}
