-- The engine's schema. Generated from src/postgres/sql, where each function and table has a file of its own,
-- in an order in which each finds what it needs.

-- The engine's own schema. No role but the owner's can reach it by default: nothing in it is granted to anybody. Only
-- the functions in it read and write its tables.
--
-- Names of an application's tables and columns come from the object's registry, never from a client. They are still
-- quoted wherever they become SQL, and resolved in the caller's search path, on which this schema is not: the engine's
-- own tables cannot be named, but for those that are collections (`relation`).
--
-- What a comment does not mention does not happen: a function locks nothing, fails with nothing of its own and gives
-- back nothing where nothing is said of it. Arguments of one name are one thing everywhere:
--   p_tenant   the id of a tenant
--   p_epoch    the name of the log with which an object has claimed it
--   p_cursor   the text of a cursor, or one that was taken apart (`parse_cursor`)
--   p_table    the name of a synced table (`relation`), and p_id the id of a row of the tenant in it
--   p_edits    the edits of a batch (`edits_of`), and p_changes what each of them changes (`lines_of`)
--   p_after    the place in the log after which a batch begins, and p_up_to that of its last edit
--
-- Settings of a transaction:
--   tidemark.by        who writes, as another program names itself (`record_change`)
--   tidemark.origin    the table that a statement of ours writes, whose triggers then pass over that
--   tidemark.step      counts the statements of ours (`begin_own`)
--   tidemark.cluster   the name of the cluster, once it was asked for (`record_change`)
--   tidemark.erasing   yes while a tenant is erased
--
-- SQLSTATEs of our own:
--   TM001  an update or delete met no row                               refuses an edit
--   TM002  an insert met a row                                          refuses an edit
--   TM003  the object undid an edit before it was sent                  the verdict on it, from the object
--   TM004  rows were changed by others while they were waited for       takes back what was done
--   TM005  it cannot be told which of several numbers is meant          refuses an edit
--   TM011  the cursor does not fit what is kept                         the reader has to load everything anew
--   TM020  the deadline of a proposal is over                           withdraws an edit
--   TM021  a proposal can no longer be done                             withdraws an edit
CREATE SCHEMA tidemark;--> statement-breakpoint

-- The highest edit number of each client that is settled. Survives epochs.
CREATE TABLE tidemark.client_mark (
  tenant_id text NOT NULL,
  client_id text NOT NULL,
  subject text NOT NULL,
  n bigint NOT NULL,
  -- The newest refused edits, oldest first: [{n, seq, sqlState, message, ...}].
  refusals jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant_id, client_id)
);--> statement-breakpoint

-- One row, which nobody ever changes. A restored row gets the number of the transaction that restores it, so this one
-- tells a copy that was restored, in whatever way, from the database that it was taken of. (A copy of files keeps the
-- number, and all others with it, and goes on from there: what it lacks is told by the marks of readers.)
CREATE TABLE tidemark.cluster (made timestamptz NOT NULL DEFAULT now());--> statement-breakpoint

INSERT INTO tidemark.cluster DEFAULT VALUES;--> statement-breakpoint

-- The name under which a synced table is known: one of the engine's own with its schema, which `relation` reads.
CREATE OR REPLACE FUNCTION tidemark.synced_name(p_schema text, p_table text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_schema WHEN 'tidemark' THEN 'tidemark.' || p_table ELSE p_table END
$$;--> statement-breakpoint

-- Row trigger of every synced table: records what anybody but us changes, in the transaction of the change itself. Runs
-- with its owner's rights, because a writer has none in this schema. Numbers are written in full whatever the writer's
-- session says. A row that gets another key is a delete and an insert.
CREATE OR REPLACE FUNCTION tidemark.capture_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
DECLARE
  v_table text := tidemark.synced_name(TG_TABLE_SCHEMA, TG_TABLE_NAME);
  v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  v_file text := pg_relation_filenode(TG_RELID);
  v_from text := CASE WHEN TG_OP <> 'INSERT' THEN v_file || OLD.ctid::text END;
  v_to text := CASE WHEN TG_OP <> 'DELETE' THEN v_file || NEW.ctid::text END;
  v_before jsonb;
  v_after jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.tenant_id = NEW.tenant_id AND OLD.id = NEW.id THEN
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, v_new -> key) INTO v_before, v_after
      FROM jsonb_each(v_old) WHERE value <> v_new -> key;
    -- One that changes nothing is a link of the chain all the same, unless the row is as old as the transaction.
    IF v_before IS NOT NULL OR age(OLD.xmin) <= 0 THEN
      PERFORM tidemark.record_change(
        NEW.tenant_id, v_table, NEW.id, 'update', coalesce(v_before, '{}'), coalesce(v_after, '{}'), v_from, v_to
      );
    END IF;
    RETURN NULL;
  END IF;
  -- A row with another key is another row.
  IF TG_OP <> 'INSERT' THEN
    PERFORM tidemark.record_change(OLD.tenant_id, v_table, OLD.id, 'delete', v_old, '{}', v_from, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM tidemark.record_change(NEW.tenant_id, v_table, NEW.id, 'insert', '{}', v_new, NULL, v_to);
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint

-- TRUNCATE trigger of every synced table: records the delete of each row, before they are gone. Nobody else can write
-- meanwhile, TRUNCATE holds the strongest lock; but in a transaction that keeps its snapshot, rows that it cannot see
-- would go unrecorded, so there it fails.
CREATE OR REPLACE FUNCTION tidemark.capture_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'TRUNCATE of the synced table % needs a READ COMMITTED transaction', TG_TABLE_NAME
      USING HINT = 'DELETE works in every transaction.';
  END IF;
  EXECUTE format(
    'SELECT tidemark.record_change(
         tenant_id, $1, id, ''delete'', to_jsonb(gone.*), ''{}'', tidemark.version_name($2, gone.ctid), NULL
       ) FROM %I.%I AS gone',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
  ) USING tidemark.synced_name(TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_RELID;
  RETURN NULL;
END
$$;--> statement-breakpoint

-- Values that lost to another without the author of one having seen the other, one row for each loser. A collection
-- of every application, so the engine writes it as it writes the application's tables.
CREATE TABLE tidemark.conflict (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  collection text NOT NULL,
  record text NOT NULL,
  -- NULL where the record as a whole lost, or won.
  field text,
  policy text NOT NULL,
  -- A person has to decide: nobody's value was taken.
  asked boolean NOT NULL,
  -- {value}: what the loser's author had in sight. NULL where that is not known.
  base jsonb,
  -- {value, client, n}: the two sides.
  winner jsonb NOT NULL,
  loser jsonb NOT NULL,
  -- The subjects of their authors; empty where nobody is known.
  winner_by text NOT NULL,
  loser_by text NOT NULL,
  -- {value}: what the field came to.
  result jsonb,
  -- The place in the log that it was found at.
  epoch text NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  -- open; superseded by a write whose author had seen both; resolved by somebody.
  state text NOT NULL,
  resolution text,
  resolved_by text,
  PRIMARY KEY (tenant_id, id)
);--> statement-breakpoint

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.conflict FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.conflict' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();--> statement-breakpoint

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.conflict
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();--> statement-breakpoint

-- Where a reader stands. It has read what is visible in the snapshot `since`, and, while a burst is read in pages, also
-- what is visible in `until` up to the id `place`. `mark` is what it left there (`leave_mark`): one that has read
-- nothing yet has none, because the epoch in which it was opened is mark enough. `cluster` gave out the numbers in it.
-- `ahead` are the ids of changes that were read before their turn: they are not read again.
-- Written as cluster@since|until|place|mark|ahead, with commas between the ids. Most cursors end with the mark.
CREATE TYPE tidemark.cursor AS (
  since pg_snapshot, until pg_snapshot, place bigint, mark uuid, cluster bigint, ahead bigint[]
);--> statement-breakpoint

-- Every epoch that has ever claimed a tenant here. A log that is not among them began after a backup from which this
-- database was restored.
CREATE TABLE tidemark.epoch (
  tenant_id text NOT NULL,
  epoch text NOT NULL,
  -- For people who look.
  began timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, epoch)
);--> statement-breakpoint

-- Trigger of tables that are only ever added to. Deletes pass while a tenant is erased (`erase_tenant`).
CREATE OR REPLACE FUNCTION tidemark.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('tidemark.erasing', true) = 'yes' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'tidemark.% is only ever added to', TG_TABLE_NAME;
END
$$;--> statement-breakpoint

-- The audit history by batch: what passed of one, as it was sent. A row for each edit was a quarter of what Postgres
-- did for one. Edits beyond last_seq, which a refusal kept from passing, came again with the next. `refusal` is of the
-- last edit that passed. A tenant's lines are a chain over all its epochs: `npm run audit` finds what was changed in it.
CREATE TABLE tidemark.history_batch (
  tenant_id text NOT NULL,
  epoch text NOT NULL,
  last_seq bigint NOT NULL,
  edits json NOT NULL,
  changes text NOT NULL,
  refusal jsonb,
  -- Its place among the tenant's lines, counted from 1.
  line bigint NOT NULL,
  -- The hash of the line before, and of this one with it (`hash_line`).
  previous bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, epoch, last_seq)
);--> statement-breakpoint

-- Not unique: whoever puts a ledger back must be found, and must not keep edits out of Postgres.
CREATE INDEX history_batch_line ON tidemark.history_batch (tenant_id, line);--> statement-breakpoint

CREATE TRIGGER history_batch_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidemark.history_batch
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change();--> statement-breakpoint

-- Which lines of the history say something of a record: one row for each record of a line, so that what happened to one
-- record is found without reading what happened to all. It can be made anew from the lines, and is no part of the chain.
CREATE TABLE tidemark.history_record (
  tenant_id text NOT NULL,
  -- The record, as `record_hash` names it. Two may have one name: whoever reads a line looks for the record itself.
  record bigint NOT NULL,
  line bigint NOT NULL,
  PRIMARY KEY (tenant_id, record, line)
);--> statement-breakpoint

CREATE TRIGGER history_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidemark.history_record
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change();--> statement-breakpoint

-- Puts the values of one part of a change under the names of its columns.
-- Returns {} where it has none.
CREATE OR REPLACE FUNCTION tidemark.named_row(p_columns json, p_values json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(json_object_agg(name, value), '{}')
    FROM ROWS FROM (json_array_elements_text(p_columns), json_array_elements(p_values)) AS pair(name, value)
$$;--> statement-breakpoint

-- Gives a change by position its names.
--   p_shape   {op, table, parts: {part: columns}}
--   p_change  [shape, id, values of each part in the order of its columns, ...]
-- Returns {op, table, id, part: {column: value}, ...}.
CREATE OR REPLACE FUNCTION tidemark.named_change(p_shape json, p_change json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
  SELECT json_object_agg(name, value)
    FROM (
      VALUES ('op', p_shape -> 'op'), ('table', p_shape -> 'table'), ('id', p_change -> 1)
      UNION ALL
      SELECT part.name, tidemark.named_row(part.columns, p_change -> (part.place + 1)::integer)
        FROM json_each(p_shape -> 'parts') WITH ORDINALITY AS part(name, columns, place)
    ) AS fields(name, value)
$$;--> statement-breakpoint

-- The lines of a batch, one for each edit: its changes in JSON, with the names of their tables and columns.
--   p_changes  one line for each edit. Where the first line is {shapes}, the changes of the others are by position, as
--              `named_change` takes them; else they have their names already, as those of a proposal.
-- Returns nothing for NULL. A batch names a table and its columns once for all changes of one form, because most of its
-- text would be names.
CREATE OR REPLACE FUNCTION tidemark.lines_of(p_changes text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  v_shapes json;
BEGIN
  IF NOT starts_with(p_changes, '{') THEN
    RETURN QUERY SELECT string_to_table(p_changes, E'\n');
    RETURN;
  END IF;
  v_shapes := split_part(p_changes, E'\n', 1)::json -> 'shapes';
  RETURN QUERY
    SELECT (
        SELECT coalesce(
            json_agg(tidemark.named_change(v_shapes -> (change ->> 0)::integer, change) ORDER BY change_place), '[]'
          )::text
          FROM json_array_elements(line::json) WITH ORDINALITY AS changes(change, change_place)
      )
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS lines(line, place)
      WHERE place > 1
      ORDER BY place;
END
$$;--> statement-breakpoint

-- The edits of a batch in their order, each with its line of changes.
--   p_edits    {first, actors, subjects, authors, n, since, at, outside?, told?, shapes?, refused?}. What all of them
--              share is sent once, because an object that is busy takes long to send a large text: seqs count up from
--              the first, authors are named by their place in two lists (counted from 1), and times are ms after that
--              of the first. `outside` has NULL or {by: [shape, id, values, ...]} for each edit: the external change
--              that it answers, in the form of `named_change`. `told` has NULL or {changes, client?, n?} for each: what
--              the log says that it came to, by position too, where Postgres is sent something else. `refused` has a
--              verdict for each edit that the object had undone before it was sent: there is nothing to do for those
--              but to remember why.
--   p_changes  the lines of `lines_of`; NULL where no changes are asked for
-- Returns no row for an empty batch.
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.edits_of(p_edits json, p_changes text) RETURNS TABLE (
  seq bigint, actor text, n bigint, subject text, at double precision, outside json, refused json, changes text
)
LANGUAGE sql STABLE AS $$
  SELECT
      lists.first + edit.place - 1, lists.actors[edit.author], edit.n, lists.subjects[edit.author],
      lists.since + edit.at,
      CASE
        WHEN edit.outside IS NOT NULL
          THEN tidemark.named_change(lists.shapes -> (edit.outside #>> '{by,0}')::integer, edit.outside -> 'by')
      END,
      edit.refused, edit.changes
    FROM json_to_record(p_edits)
      AS lists(
        first bigint, actors text[], subjects text[], authors integer[], n bigint[], since double precision,
        at double precision[], outside json[], shapes json, refused json[]
      )
    CROSS JOIN LATERAL ROWS FROM (
      unnest(lists.authors), unnest(lists.n), unnest(lists.at), unnest(lists.outside), unnest(lists.refused),
      tidemark.lines_of(p_changes)
    ) WITH ORDINALITY AS edit(author, n, at, outside, refused, changes, place)
$$;--> statement-breakpoint

-- Every edit as it was applied or refused, for audits. Its actor is a client, `sql` or `object`. `outside` is an
-- external change as it was made: {op, table, id, before, after}; its `changes` are what the engine wrote in answer.
CREATE VIEW tidemark.history AS
  SELECT
      batch.tenant_id, batch.epoch, edit.seq, edit.actor, edit.n, edit.subject, to_timestamp(edit.at / 1000) AS at,
      edit.changes::json AS changes, edit.outside,
      CASE WHEN edit.seq = (batch.refusal -> 'seq')::bigint THEN batch.refusal ELSE edit.refused::jsonb END AS refused
    FROM tidemark.history_batch AS batch
    CROSS JOIN LATERAL tidemark.edits_of(batch.edits, batch.changes) AS edit
    WHERE edit.seq <= batch.last_seq;--> statement-breakpoint

-- How far each tenant's log is in Postgres, the answer to its last batch, and where its history ends.
CREATE TABLE tidemark.ledger (
  tenant_id text PRIMARY KEY,
  epoch text NOT NULL,
  applied_seq bigint NOT NULL DEFAULT 0,
  -- Where the last batch began, and what was refused of it.
  last_after bigint,
  last_refusals jsonb,
  -- The number and the hash of the history's last line (`hash_line`). Other epochs continue it.
  last_line bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  -- For people who look.
  updated_at timestamptz NOT NULL DEFAULT now()
);--> statement-breakpoint

-- Which manifests tenants' objects serve, so that what a deploy would take away can be told before it.
CREATE TABLE tidemark.manifest (
  hash text PRIMARY KEY,
  manifest jsonb NOT NULL,
  -- When an object last began to serve it: the newest is the deployed one.
  served_at timestamptz NOT NULL DEFAULT clock_timestamp()
);--> statement-breakpoint

-- The kinds of notifications that a person does not want to be told of, one row for each of the two.
CREATE TABLE tidemark.notification_preference (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  subject text NOT NULL,
  kind text NOT NULL,
  muted boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);--> statement-breakpoint

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification_preference FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification_preference' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();--> statement-breakpoint

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification_preference
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();--> statement-breakpoint

-- How far a person has come with a notification, one row for each of the two.
CREATE TABLE tidemark.notification_state (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  subject text NOT NULL,
  notification text NOT NULL,
  -- rank % 4: 0 unseen, 1 seen, 2 read, 3 archived; rank / 4: how often it was marked unread. The greatest stays.
  rank integer NOT NULL,
  -- The notification is for nobody else, and goes earlier once it is read.
  alone boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);--> statement-breakpoint

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification_state FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification_state' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();--> statement-breakpoint

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification_state
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();--> statement-breakpoint

-- What people are told, one row for each thing and whom it is for. A collection of the applications that have
-- notifications, so the engine writes it as it writes the application's tables.
CREATE TABLE tidemark.notification (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  -- The same for those that tell different people of one thing.
  event text NOT NULL,
  -- Whom it is for: conditions on claims such as ["role","owner"], all of which hold; empty where there are fewer.
  audience1 text NOT NULL,
  audience2 text NOT NULL,
  audience3 text NOT NULL,
  -- Its author is told as well, if of the audience.
  self boolean NOT NULL,
  -- The subject whose edit it tells of; empty where nobody is named.
  by text NOT NULL,
  at timestamptz NOT NULL,
  data jsonb NOT NULL,
  group_key text,
  -- The record that it is about, whose rights are those of the notification, and the columns that `data` tells of.
  collection text NOT NULL,
  record text NOT NULL,
  fields text[] NOT NULL,
  -- What the record held, where the notification is about its end.
  was jsonb,
  PRIMARY KEY (tenant_id, id)
);--> statement-breakpoint

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();--> statement-breakpoint

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();--> statement-breakpoint

-- The name of the cluster and of the database in it. Two clusters that were filled by the same script have another
-- system identifier, unless its owner may not read that. With the owner's rights, so that all get the same name.
-- Numbers of transactions mean nothing in another cluster. A logical dump brings them along: changes that were read
-- long ago look unread where transactions have lower numbers, and those that are new look read where they have higher
-- ones. So the name goes with each number: what is of another cluster counts for nothing here, and a cursor from there
-- has expired.
CREATE OR REPLACE FUNCTION tidemark.cluster_name() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_system bigint;
BEGIN
  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
    SELECT system_identifier INTO v_system FROM pg_control_system();
  END IF;
  RETURN (
    SELECT hashtextextended(
        concat_ws(
          '/', v_system, (SELECT oid FROM pg_database WHERE datname = current_database()),
          'tidemark.sync_change'::regclass::oid, string_agg(xmin::text, ',' ORDER BY xmin::text)
        ),
        0
      )
      FROM tidemark.cluster
  );
END
$$;--> statement-breakpoint

-- The latest transaction of which external changes are deleted, for each tenant. A cursor that may not have seen it is
-- too old.
CREATE TABLE tidemark.pruned (
  tenant_id text PRIMARY KEY,
  xid xid8 NOT NULL,
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  -- The transaction that deleted them: whoever sees it had seen all of them.
  pruner xid8
);--> statement-breakpoint

-- The marks that readers leave in what they read (`leave_mark`). A database that was put back behind a reading does not
-- have its mark.
CREATE TABLE tidemark.reading (
  -- Empty for who reads for all tenants.
  tenant_id text NOT NULL,
  mark uuid NOT NULL DEFAULT gen_random_uuid(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  PRIMARY KEY (tenant_id, mark)
);--> statement-breakpoint

-- Tokens of a tenant that do not count any more, for an object that has lost its storage: those of kind and name that
-- were issued before a time. A row is of no use once its last token has ended.
CREATE TABLE tidemark.revocation (
  tenant_id text NOT NULL,
  -- sub, sid, jti, or all
  kind text NOT NULL,
  name text NOT NULL,
  -- Seconds since 1970.
  before bigint NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, name)
);--> statement-breakpoint

-- Trigger of `sync_change`: a change of a row that is too large for any record is kept without its values. An answer
-- with them would never arrive, and no change after it. It is kept with the columns' names, and its size under a name
-- that no column has.
CREATE OR REPLACE FUNCTION tidemark.trim_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_bytes bigint := pg_column_size(NEW.before) + pg_column_size(NEW.after);
BEGIN
  IF NEW.op <> 'delete' THEN
    NEW.after := (SELECT jsonb_object_agg(name, NULL) FROM jsonb_object_keys(NEW.after) AS name)
      || jsonb_build_object('', v_bytes);
  END IF;
  NEW.before := '{}';
  RETURN NEW;
END
$$;--> statement-breakpoint

-- What anybody but us changed in a synced table: one row per changed row, written in the transaction of the change
-- itself. The triggers that write it belong to the application's tables and come with its own migrations.
CREATE TABLE tidemark.sync_change (
  -- Drawn while the row is locked: per row it is the order of the changes.
  id bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text NOT NULL,
  table_name text NOT NULL,
  row_id text NOT NULL,
  -- insert, update, delete, or proposal: an edit that was in Postgres first, whose rows are in `after`.
  op text NOT NULL,
  -- The changed columns of an update; the whole row of an insert (after) or a delete (before).
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  -- The tenant's ledger at that moment: the log that the change's author could see.
  epoch text NOT NULL,
  seen bigint NOT NULL,
  by_whom text NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  -- Which version of the row became which, as `version_name` names them. NULL where there was no row or will be none,
  -- and where what we wrote ourselves led there.
  from_version text,
  to_version text,
  -- Counts our own statements in a transaction: what came before one and what came after are not one change.
  step integer NOT NULL DEFAULT 0,
  -- A dump that is restored while triggers are on brings ids that its own rows have been given already.
  PRIMARY KEY (id, cluster)
);--> statement-breakpoint

CREATE INDEX sync_change_prune ON tidemark.sync_change USING brin (at);--> statement-breakpoint

-- For all steps of a row in a transaction. Ids may be longer than an index takes.
CREATE INDEX sync_change_row ON tidemark.sync_change (tenant_id, xid, hashtext(row_id), id);--> statement-breakpoint

-- A proposal is never so large, because an edit is not.
CREATE TRIGGER trim_change BEFORE INSERT ON tidemark.sync_change
  FOR EACH ROW WHEN (pg_column_size(NEW.before) + pg_column_size(NEW.after) > 8000000)
  EXECUTE FUNCTION tidemark.trim_change();--> statement-breakpoint

-- Takes the text of a cursor apart (see the type `tidemark.cursor`). NULL is a reader that has read nothing yet.
CREATE OR REPLACE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(
    split_part(split_part(p_cursor, '@', -1), '|', 1)::pg_snapshot,
    nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
    nullif(split_part(p_cursor, '|', 3), '')::bigint,
    nullif(split_part(p_cursor, '|', 4), '')::uuid,
    nullif(split_part(p_cursor, '@', -2), '')::bigint,
    string_to_array(nullif(split_part(p_cursor, '|', 5), ''), ',')::bigint[]
  )::tidemark.cursor
$$;--> statement-breakpoint

-- Tells whether this database has all that a cursor has read, which may be nothing. It does not once it was put back
-- behind that; and of another cluster, or of one that it does not name, nobody can tell, so it does not either.
--   p_tenant  '' for who reads for all tenants
CREATE OR REPLACE FUNCTION tidemark.was_read(p_tenant text, p_cursor tidemark.cursor) RETURNS boolean
LANGUAGE sql AS $$
  SELECT (p_cursor).since IS NULL OR (
    coalesce((p_cursor).cluster = tidemark.cluster_name(), false)
    AND pg_snapshot_xmax((p_cursor).since) <= pg_snapshot_xmax(pg_current_snapshot())
    AND (
      (p_cursor).mark IS NULL
      OR EXISTS (SELECT FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = (p_cursor).mark)
    )
  )
$$;--> statement-breakpoint

-- Tells which of these tenants have unread external changes.
--   p_cursor   '' at first
--   p_tenants  a JSON array
-- Returns {cursor, tenants}. The cursor moves only where there is something to tell. In a database that was put back,
-- or that another cluster has now, every tenant has changes as far as is known here.
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.changed_tenants(p_cursor text, p_tenants jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(nullif(p_cursor, ''));
  v_is_other boolean := NOT tidemark.was_read('', v_cursor);
  v_now pg_snapshot;
  v_changed jsonb;
BEGIN
  SELECT pg_current_snapshot(), coalesce(jsonb_agg(tenant), '[]') INTO v_now, v_changed
    FROM jsonb_array_elements_text(p_tenants) AS listed(tenant)
    WHERE v_is_other OR v_cursor.since IS NULL OR EXISTS (SELECT FROM tidemark.unread(tenant, v_cursor));
  IF v_changed = '[]' THEN
    RETURN jsonb_build_object('cursor', p_cursor, 'tenants', v_changed);
  END IF;
  RETURN jsonb_build_object(
    'cursor', tidemark.cursor_text(v_now, p_mark => tidemark.leave_mark('', v_cursor.mark)), 'tenants', v_changed
  );
END
$$;--> statement-breakpoint

-- Deletes a tenant in pieces that each end in time, the ledger last.
--   p_tables  a JSON array of the synced tables, in which one comes after those it refers to
--   p_limit   rows of each table, and of what is kept about the tenant, that one call deletes at most
-- Returns whether rows are left.
-- Repeated: until it returns false.
-- Locks the ledger's row: a batch under way ends first, and none can follow, because the ledger is nobody's from then
-- on.
CREATE OR REPLACE FUNCTION tidemark.erase_tenant(p_tenant text, p_tables jsonb, p_limit bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table text;
  v_done bigint;
BEGIN
  -- A batch under way ends first, and none can follow: the ledger is nobody's.
  UPDATE tidemark.ledger SET epoch = '' WHERE tenant_id = p_tenant;
  PERFORM set_config('tidemark.erasing', 'yes', true);
  FOR v_table IN
    SELECT name FROM jsonb_array_elements_text(p_tables) WITH ORDINALITY AS tables(name, place) ORDER BY place DESC
  LOOP
    -- Nobody is left to be told.
    PERFORM set_config('tidemark.origin', v_table, true);
    EXECUTE format(
      'DELETE FROM %1$s WHERE ctid IN (SELECT ctid FROM %1$s WHERE tenant_id = $1 LIMIT $2)',
      tidemark.relation(v_table)
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    -- What refers to these rows has to be gone before those it refers to.
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  PERFORM set_config('tidemark.origin', '', true);
  FOREACH v_table IN ARRAY
    ARRAY['history_record', 'history_batch', 'sync_change', 'client_mark', 'epoch', 'pruned', 'reading', 'revocation', 'ledger']
  LOOP
    EXECUTE format(
      'DELETE FROM tidemark.%1$I WHERE ctid IN (SELECT ctid FROM tidemark.%1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END
$$;--> statement-breakpoint

-- Deletes external changes, the oldest first.
--   p_retention  those that are older go
--   p_limit      how many at most
-- Returns how many: fewer than the limit where nothing is left to delete. A reader that has not read them is told
-- (`check_kept`). What is deleted of another cluster was never to be read here.
CREATE OR REPLACE FUNCTION tidemark.prune_changes(p_retention interval, p_limit bigint DEFAULT 5000) RETURNS bigint
LANGUAGE sql AS $$
  WITH old AS (
    SELECT id, cluster FROM tidemark.sync_change WHERE at < now() - p_retention ORDER BY id LIMIT p_limit
  ), gone AS (
    DELETE FROM tidemark.sync_change AS change
      USING old WHERE change.id = old.id AND change.cluster = old.cluster
      RETURNING change.tenant_id, change.xid, change.cluster
  ), told AS (
    INSERT INTO tidemark.pruned AS known (tenant_id, xid, cluster, pruner)
      SELECT DISTINCT ON (tenant_id) tenant_id, xid, cluster, pg_current_xact_id()
        FROM gone WHERE cluster = (SELECT tidemark.cluster_name()) ORDER BY tenant_id, xid DESC
      ON CONFLICT (tenant_id) DO UPDATE SET
        xid = CASE WHEN known.cluster = excluded.cluster THEN greatest(known.xid, excluded.xid) ELSE excluded.xid END,
        cluster = excluded.cluster, pruner = excluded.pruner
  )
  SELECT count(*) FROM gone
$$;--> statement-breakpoint

-- Notes that an object begins to serve a manifest, so that what a deploy would take away can be told before it.
--   p_hash  of the manifest; one that was served before is the newest again
CREATE OR REPLACE FUNCTION tidemark.serve_manifest(p_hash text, p_manifest jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO tidemark.manifest (hash, manifest) VALUES (p_hash, p_manifest)
    ON CONFLICT (hash) DO UPDATE SET served_at = excluded.served_at
$$;--> statement-breakpoint

-- The rows that the lines of a batch touch, which takes a twelfth of the time that giving them their names does.
--   p_changes  as `lines_of` takes them
-- Returns each row as often as it is changed, and nothing for NULL.
CREATE OR REPLACE FUNCTION tidemark.rows_of(p_changes text) RETURNS TABLE (table_name text, row_id text)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  v_tables text[];
BEGIN
  IF NOT starts_with(p_changes, '{') THEN
    RETURN QUERY
      SELECT change."table", change.id
        FROM string_to_table(p_changes, E'\n') AS line
        CROSS JOIN LATERAL json_to_recordset(line::json) AS change("table" text, id text);
    RETURN;
  END IF;
  v_tables := ARRAY(
    SELECT shape ->> 'table'
      FROM json_array_elements(split_part(p_changes, E'\n', 1)::json -> 'shapes')
        WITH ORDINALITY AS shapes(shape, place)
      ORDER BY place
  );
  RETURN QUERY
    SELECT v_tables[(change ->> 0)::integer + 1], change ->> 1
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS lines(line, place)
      CROSS JOIN LATERAL json_array_elements(line::json) AS change
      WHERE place > 1;
END
$$;--> statement-breakpoint

-- One edit in the form that `edits_of` takes apart, for what is remembered outside of a batch.
--   p_at  ms since 1970
CREATE OR REPLACE FUNCTION tidemark.single_edit(
  p_seq bigint, p_actor text, p_n bigint, p_subject text, p_at double precision
) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
  SELECT json_build_object(
    'first', p_seq, 'actors', json_build_array(p_actor), 'subjects', json_build_array(p_subject),
    'authors', json_build_array(1), 'n', json_build_array(p_n), 'since', p_at, 'at', json_build_array(0)
  )
$$;--> statement-breakpoint

-- Fails with TM011 where this database does not have all that a cursor has read (`was_read`).
CREATE OR REPLACE FUNCTION tidemark.check_reading(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, p_cursor) THEN
    RAISE EXCEPTION 'the cursor of tenant % has read what this database does not have', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;--> statement-breakpoint

-- Writes a cursor of this cluster as cluster@since|until|place|mark, and what was read ahead after it.
--   p_ahead  the last part, with the bar before it, as `still_ahead` gives it
CREATE OR REPLACE FUNCTION tidemark.cursor_text(
  p_since pg_snapshot, p_until pg_snapshot DEFAULT NULL, p_place bigint DEFAULT NULL, p_mark uuid DEFAULT NULL,
  p_ahead text DEFAULT ''
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT format('%s@%s|%s|%s|%s%s', tidemark.cluster_name(), p_since, p_until, p_place, p_mark, p_ahead)
$$;--> statement-breakpoint

-- Leaves a mark for what is read in this transaction.
--   p_tenant  '' for who reads for all tenants
--   p_shown   the mark of the cursor at hand, or NULL. A reader that shows an earlier one needs none from before that;
--             its answer may be lost, so the shown one stays. Marks of other clusters go.
-- Returns NULL for a tenant that nobody has opened: there is nothing to find again.
-- The transactions of a database are numbered, and after it was put back the same numbers are given out again: once
-- enough have ended, a snapshot from before looks current, and what they changed looks read. A database that was put
-- back behind a reading does not have its mark.
-- It also makes our commit wait for the disk, and with it for the traces of all transactions that ended before: a crash
-- may give the number of one that left none to another, which a snapshot from before the crash would take for seen.
CREATE OR REPLACE FUNCTION tidemark.leave_mark(p_tenant text, p_shown uuid) RETURNS uuid
LANGUAGE sql AS $$
  DELETE FROM tidemark.reading
    WHERE tenant_id = p_tenant
      AND (
        cluster <> (SELECT tidemark.cluster_name())
        OR xid < (SELECT xid FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = p_shown)
      );
  INSERT INTO tidemark.reading (tenant_id)
    SELECT p_tenant WHERE p_tenant = '' OR EXISTS (SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant)
    RETURNING mark;
$$;--> statement-breakpoint

-- The current snapshot in which our own transaction counts as done: what it has changed until now is read with the
-- rest. A snapshot leaves out its own transaction, unless that began after its end; then all between are listed as not
-- done.
CREATE OR REPLACE FUNCTION tidemark.own_snapshot() RETURNS pg_snapshot
LANGUAGE plpgsql AS $$
DECLARE
  v_now pg_snapshot := pg_current_snapshot();
  v_end bigint := pg_snapshot_xmax(v_now)::text::bigint;
  v_own bigint := pg_current_xact_id_if_assigned()::text::bigint;
BEGIN
  IF v_own IS NULL OR v_own < v_end THEN RETURN v_now; END IF;
  RETURN format('%s:%s:%s', pg_snapshot_xmin(v_now), v_own + 1, (
    SELECT string_agg(xid::text, ',' ORDER BY xid)
      FROM (
        SELECT running::text::bigint FROM pg_snapshot_xip(v_now) AS running
        UNION ALL SELECT generate_series(v_end, v_own - 1)
      ) AS others(xid)
  ))::pg_snapshot;
END
$$;--> statement-breakpoint

-- The state in which a page of rows is read, written as a cursor.
--   p_reached  the state of the page before, or NULL. Each page shows that of the page before, and the first look that
--              of the last.
-- Returns p_reached where this database does not have it: a past that is gone is handed on, because only a look can
-- tell that from a tenant that another log has taken over.
CREATE OR REPLACE FUNCTION tidemark.page_state(p_tenant text, p_snapshot pg_snapshot, p_reached text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, tidemark.parse_cursor(p_reached)) THEN RETURN p_reached; END IF;
  RETURN tidemark.cursor_text(p_snapshot, p_mark => tidemark.leave_mark(p_tenant, NULL));
END
$$;--> statement-breakpoint

-- The last part of a cursor: those of the ids that it has still to name, because by its other parts it would read them
-- again.
-- Returns '' where there are none.
CREATE OR REPLACE FUNCTION tidemark.still_ahead(
  p_tenant text, p_since pg_snapshot, p_until pg_snapshot, p_place bigint, p_ahead bigint[]
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_ahead IS NULL THEN RETURN ''; END IF;
  RETURN (
    SELECT coalesce('|' || string_agg(id::text, ',' ORDER BY id), '')
      FROM tidemark.unread(p_tenant, ROW(p_since, p_until, p_place, NULL, NULL, NULL)::tidemark.cursor)
      WHERE id = ANY (p_ahead)
  );
END
$$;--> statement-breakpoint

-- Fails with TM011 where changes were deleted that a cursor may not have read. What was deleted before the cursor's
-- snapshot was taken, the cursor has.
CREATE OR REPLACE FUNCTION tidemark.check_kept(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tidemark.pruned
      WHERE tenant_id = p_tenant AND cluster = tidemark.cluster_name()
        AND xid >= pg_snapshot_xmin(p_cursor.since)
        AND NOT coalesce(pg_visible_in_snapshot(pruner, p_cursor.since), false)
  ) THEN
    RAISE EXCEPTION 'the cursor of tenant % is older than the outside changes that are kept', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;--> statement-breakpoint

-- Reads external changes for a log that ends at p_head and whose edits up to p_after are known to be here.
--   p_reached  the state of rows that the reader has loaded, as `page_state` gives it; NULL where there are none. Rows
--              are loaded page by page, each in a state of its own. A database that is put back before one of them
--              shows nothing of it in the ledger and in a cursor from before the pages, so the latest of the pages is
--              held against the present state as well.
-- Returns {is: 'current', outside} with the answer of `read_changes`, or what `misfit` says.
-- Fails with TM011 as `read_changes` does.
-- Locks nothing: a look never waits for a batch.
CREATE OR REPLACE FUNCTION tidemark.look(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_cursor text, p_reached text DEFAULT NULL
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_outside jsonb;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, p_head, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  v_outside := tidemark.read_changes(p_tenant, p_cursor);
  IF p_reached IS NOT NULL THEN
    PERFORM tidemark.check_reading(p_tenant, tidemark.parse_cursor(p_reached));
  END IF;
  RETURN jsonb_build_object('is', 'current', 'outside', v_outside);
END
$$;--> statement-breakpoint

-- Adds to a page what else is unread of the rows of these edits, in its order, so that who waits for just that need not
-- read everything before it.
--   p_read     what `read_changes` answered
--   p_changes  as `lines_of` takes them
-- Rows that a proposal changed have to wait: it is one change of several rows, whose earlier changes come first. At
-- most 500 steps, and no more after 1 MiB. All steps count as read, the later ones of a transaction too, which are told
-- with its first: a batch would wait for them.
-- Returns p_read as it is where nothing is to be added, and where 5000 are ahead already.
-- Planned for the cursor at hand, as `is_behind`.
CREATE OR REPLACE FUNCTION tidemark.read_ahead(p_tenant text, p_read jsonb, p_changes text) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  c_steps CONSTANT integer := 500;
  c_bytes CONSTANT integer := 1024 * 1024;
  c_ahead CONSTANT integer := 5000;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_read ->> 'cursor');
  v_changes jsonb;
  v_ids bigint[];
BEGIN
  IF NOT (p_read -> 'more')::boolean OR cardinality(v_cursor.ahead) >= c_ahead THEN RETURN p_read; END IF;
  WITH touched AS MATERIALIZED (
    SELECT DISTINCT rows.table_name, rows.row_id FROM tidemark.rows_of(p_changes) AS rows
  ), waiting AS MATERIALIZED (
    SELECT unread FROM tidemark.unread(p_tenant, v_cursor) AS unread
  ), proposed AS MATERIALIZED (
    SELECT change ->> 'table' AS table_name, change ->> 'id' AS row_id
      FROM waiting CROSS JOIN LATERAL jsonb_array_elements((unread).after -> 'changes') AS change
      WHERE (unread).op = 'proposal'
  ), page AS MATERIALIZED (
    SELECT unread
      FROM waiting JOIN touched ON touched.table_name = (unread).table_name AND touched.row_id = (unread).row_id
      WHERE (unread).op <> 'proposal'
        AND ((unread).table_name, (unread).row_id) NOT IN (SELECT table_name, row_id FROM proposed)
      ORDER BY (unread).id LIMIT c_steps
  ), told AS (
    SELECT
        (unread).id,
        jsonb_build_object(
          'table', (unread).table_name, 'id', (unread).row_id,
          'epoch', (unread).epoch, 'seen', (unread).seen, 'by', (unread).by_whom
        ) AS change,
        CASE
          WHEN EXISTS (SELECT FROM tidemark.row_steps(unread) AS later WHERE later.id > (unread).id)
            THEN tidemark.row_changes(unread)
          WHEN (unread).op = 'update' AND (unread).before = '{}' AND (unread).after = '{}' THEN '[]'
          ELSE jsonb_build_array(
            jsonb_build_object('op', (unread).op, 'before', (unread).before, 'after', (unread).after)
          )
        END AS parts
      FROM page
      WHERE NOT EXISTS (SELECT FROM tidemark.row_steps(unread) AS earlier WHERE earlier.id < (unread).id)
  ), measured AS (
    SELECT
        *,
        coalesce(
          sum(octet_length(parts::text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
        ) < c_bytes AS fits
      FROM told
  ), cut AS (
    SELECT coalesce(bool_and(fits), true) AS fits, max(id) FILTER (WHERE fits) AS last FROM measured
  )
  SELECT
      coalesce(
        (
          SELECT jsonb_agg(change || part ORDER BY id, place)
            FROM measured CROSS JOIN LATERAL jsonb_array_elements(parts) WITH ORDINALITY AS parts(part, place)
            WHERE fits
        ),
        '[]'
      ),
      (SELECT array_agg((unread).id ORDER BY (unread).id) FROM page WHERE cut.fits OR (unread).id <= cut.last)
    INTO v_changes, v_ids
    FROM cut;
  IF v_ids IS NULL THEN RETURN p_read; END IF;
  RETURN p_read || jsonb_build_object(
    'cursor', tidemark.cursor_text(
      v_cursor.since, v_cursor.until, v_cursor.place, v_cursor.mark,
      '|' || array_to_string(v_cursor.ahead || v_ids, ',')
    ),
    'changes', p_read -> 'changes' || v_changes
  );
END
$$;--> statement-breakpoint

-- Reads a tenant's next external changes. To be called after everything else that its transaction does: what it has
-- changed until then is read with the rest.
-- Returns {cursor, more, changes: [{op, table, id, before, after, epoch, seen, by}]}. What a transaction did to a row
-- is told once, in the place of its first step. A page has at most 3000 steps, and no more after 4 MiB; a cursor that
-- has not moved is returned as it was and costs no write.
-- Fails with TM011, and the reader has to load everything anew, where the cursor is older than what is kept
-- (`check_kept`) or has read what this database does not have (`check_reading`).
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  c_steps CONSTANT integer := 3000;
  c_bytes CONSTANT integer := 4 * 1024 * 1024;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
  v_until pg_snapshot := coalesce(v_cursor.until, tidemark.own_snapshot());
  v_next text := p_cursor;
  v_changes jsonb;
  v_last bigint;
  v_more boolean;
BEGIN
  WITH page AS MATERIALIZED (
    SELECT unread
      FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE pg_visible_in_snapshot((unread).xid, v_until)
      ORDER BY (unread).id LIMIT c_steps
  ), told AS (
    SELECT
        (unread).id,
        jsonb_build_object(
          'table', (unread).table_name, 'id', (unread).row_id,
          'epoch', (unread).epoch, 'seen', (unread).seen, 'by', (unread).by_whom
        ) AS change,
        CASE
          WHEN EXISTS (SELECT FROM tidemark.row_steps(unread) AS later WHERE later.id > (unread).id)
            THEN tidemark.row_changes(unread)
          WHEN (unread).op = 'update' AND (unread).before = '{}' AND (unread).after = '{}' THEN '[]'
          ELSE jsonb_build_array(
            jsonb_build_object('op', (unread).op, 'before', (unread).before, 'after', (unread).after)
          )
        END AS parts
      FROM page
      WHERE NOT EXISTS (SELECT FROM tidemark.row_steps(unread) AS earlier WHERE earlier.id < (unread).id)
  ), measured AS (
    SELECT
        *,
        coalesce(
          sum(octet_length(parts::text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
        ) < c_bytes AS fits
      FROM told
  ), cut AS (
    SELECT coalesce(bool_and(fits), true) AS fits, max(id) FILTER (WHERE fits) AS last FROM measured
  )
  SELECT
      coalesce(
        (
          SELECT jsonb_agg(change || part ORDER BY id, place)
            FROM measured CROSS JOIN LATERAL jsonb_array_elements(parts) WITH ORDINALITY AS parts(part, place)
            WHERE fits
        ),
        '[]'
      ),
      CASE WHEN cut.fits THEN (SELECT max((unread).id) FROM page) ELSE cut.last END,
      NOT cut.fits OR (SELECT count(*) FROM page) = c_steps
    INTO v_changes, v_last, v_more
    FROM cut;
  -- Looked at after the changes were read, so that what is deleted in between is noticed.
  PERFORM tidemark.check_kept(p_tenant, v_cursor);
  PERFORM tidemark.check_reading(p_tenant, v_cursor);
  -- A cursor that has not moved costs no write.
  IF v_last IS NOT NULL OR v_cursor.until IS NOT NULL THEN
    v_next := tidemark.cursor_text(
      CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
      CASE WHEN v_more THEN v_until END,
      CASE WHEN v_more THEN v_last END,
      tidemark.leave_mark(p_tenant, v_cursor.mark),
      tidemark.still_ahead(
        p_tenant,
        CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
        CASE WHEN v_more THEN v_until END,
        CASE WHEN v_more THEN v_last END,
        v_cursor.ahead
      )
    );
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;--> statement-breakpoint

-- Records one change of one row.
--   p_op               insert, update or delete
--   p_before, p_after  the changed columns of an update; the whole row of a delete (before) or an insert (after)
--   p_from, p_to       the versions that it led from and to, as `version_name` names them; NULL where there was no row
--                      or will be none, and where a statement of ours led there
-- The ledger is read without a lock, so no writer waits for a batch. It is right all the same: a batch that touched
-- this row was committed before our caller could lock the row. A tenant that nobody has opened is recorded too, because
-- it may be opened before the caller commits. The name of the cluster is asked for once a transaction. A writer is
-- named by `tidemark.by`, else by the role of its session.
CREATE OR REPLACE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb, p_from text, p_to text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_cluster text := nullif(current_setting('tidemark.cluster', true), '');
BEGIN
  IF v_cluster IS NULL THEN
    v_cluster := set_config('tidemark.cluster', tidemark.cluster_name()::text, true);
  END IF;
  INSERT INTO tidemark.sync_change (
      tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom, cluster, from_version, to_version, step
    )
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user), v_cluster::bigint, p_from, p_to,
        coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0)
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant;
END
$$;--> statement-breakpoint

-- What the steps of a row in a transaction come to.
--   p_one  any of the steps
-- Returns [{op, before, after}]: none, one, or a delete and an insert.
-- The order in which triggers record changes is not the order in which they were made: when a trigger changes other
-- rows of a statement, what it does is recorded before what the statement did to them, and so is what a BEFORE trigger
-- or a function does. So each step says from which version of the row to which it led, and the steps make a chain,
-- whatever order they were recorded in. Nobody else can have seen anything between. A step without its values (see
-- `trim_change`) leaves the whole change without them.
CREATE OR REPLACE FUNCTION tidemark.row_changes(p_one tidemark.sync_change) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_ops text[];
  v_froms text[];
  v_tos text[];
  v_befores jsonb[];
  v_afters jsonb[];
  -- The place of the step that leads from a version, and of the one that led there.
  v_leading jsonb;
  v_led jsonb;
  v_last integer;
  v_next integer;
  v_before jsonb;
  v_after jsonb;
  v_change jsonb;
  -- A row that there was goes first, and one that there is then comes last.
  v_gone jsonb := '[]';
  v_changed jsonb := '[]';
  v_made jsonb := '[]';
BEGIN
  SELECT
      array_agg(op ORDER BY id), array_agg(from_version ORDER BY id), array_agg(to_version ORDER BY id),
      array_agg(before ORDER BY id), array_agg(after ORDER BY id),
      coalesce(jsonb_object_agg(from_version, place) FILTER (WHERE from_version IS NOT NULL), '{}'),
      coalesce(jsonb_object_agg(to_version, place) FILTER (WHERE to_version IS NOT NULL), '{}')
    INTO v_ops, v_froms, v_tos, v_befores, v_afters, v_leading, v_led
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM tidemark.row_steps(p_one)) AS steps;
  FOR v_first IN 1 .. cardinality(v_ops) LOOP
    CONTINUE WHEN v_led ? v_froms[v_first];
    v_last := v_first;
    v_before := v_befores[v_first];
    v_after := v_afters[v_first];
    LOOP
      v_next := v_leading -> v_tos[v_last];
      EXIT WHEN v_next IS NULL;
      v_last := v_next;
      v_before := v_befores[v_last] || v_before;
      v_after := v_after || v_afters[v_last];
    END LOOP;
    IF v_ops[v_last] = 'delete' THEN
      CONTINUE WHEN v_ops[v_first] = 'insert';
      v_gone := v_gone || jsonb_build_object('op', 'delete', 'before', v_before, 'after', '{}'::jsonb);
    ELSIF v_ops[v_first] = 'insert' THEN
      v_made := v_made || jsonb_build_object('op', 'insert', 'before', '{}'::jsonb, 'after', v_after);
    ELSIF v_after ? '' THEN
      v_changed := v_changed || jsonb_build_object('op', 'update', 'before', '{}'::jsonb, 'after', v_after);
    ELSE
      SELECT
          jsonb_build_object(
            'op', 'update', 'before', jsonb_object_agg(key, value), 'after', jsonb_object_agg(key, v_after -> key)
          )
        INTO v_change
        FROM jsonb_each(v_before) WHERE value <> v_after -> key HAVING count(*) > 0;
      CONTINUE WHEN v_change IS NULL;
      v_changed := v_changed || v_change;
    END IF;
  END LOOP;
  RETURN v_gone || v_changed || v_made;
END
$$;--> statement-breakpoint

-- All steps of a row in a transaction, between two statements of ours.
--   p_one  any of the steps
-- One that names no versions, as a proposal, is alone. The hash serves the index: ids may be longer than one takes.
CREATE OR REPLACE FUNCTION tidemark.row_steps(p_one tidemark.sync_change) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE AS $$
  SELECT step.*
    FROM tidemark.sync_change AS step
    WHERE step.tenant_id = (p_one).tenant_id AND step.xid = (p_one).xid
      AND hashtext(step.row_id) = hashtext((p_one).row_id) AND step.row_id = (p_one).row_id
      AND step.table_name = (p_one).table_name AND step.step = (p_one).step AND step.cluster = (p_one).cluster
      AND (
        step.id = (p_one).id
        OR coalesce(step.from_version, step.to_version) IS NOT NULL
          AND coalesce((p_one).from_version, (p_one).to_version) IS NOT NULL
      )
$$;--> statement-breakpoint

-- The changes of a tenant that a reader has not read, without those it has read ahead. Ids are not drawn in the order
-- of commits, and everything below some id is only ever complete once the oldest transaction of the whole cluster has
-- ended; what a snapshot does not show is known at once. Changes of another cluster are nobody's to read here.
CREATE OR REPLACE FUNCTION tidemark.unread(p_tenant text, p_cursor tidemark.cursor) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE AS $$
  SELECT change.*
    FROM tidemark.sync_change AS change
    WHERE change.tenant_id = p_tenant
      AND change.xid >= pg_snapshot_xmin((p_cursor).since)
      AND NOT pg_visible_in_snapshot(change.xid, (p_cursor).since)
      AND (
        (p_cursor).until IS NULL
        OR change.id > (p_cursor).place
        OR NOT pg_visible_in_snapshot(change.xid, (p_cursor).until)
      )
      AND change.cluster = (SELECT tidemark.cluster_name())
      -- A list that is looked up by its hash.
      AND change.id NOT IN (SELECT unnest((p_cursor).ahead))
$$;--> statement-breakpoint

-- The rows that others changed after the cursor, with the transaction of each. A proposal names its rows in its
-- changes.
CREATE OR REPLACE FUNCTION tidemark.unread_rows(p_tenant text, p_cursor tidemark.cursor)
RETURNS TABLE (table_name text, row_id text, xid xid8)
LANGUAGE sql STABLE AS $$
  SELECT table_name, row_id, xid FROM tidemark.unread(p_tenant, p_cursor) WHERE op <> 'proposal'
  UNION ALL
  SELECT change ->> 'table', change ->> 'id', proposal.xid
    FROM tidemark.unread(p_tenant, p_cursor) AS proposal
    CROSS JOIN LATERAL jsonb_array_elements(proposal.after -> 'changes') AS change
    WHERE proposal.op = 'proposal'
$$;--> statement-breakpoint

-- Names a version of a row by its place in the table's file, which no other one gets before the transaction has ended.
-- A table gets another file when it is truncated or rewritten, so the file is named, too.
CREATE OR REPLACE FUNCTION tidemark.version_name(p_table oid, p_place tid) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT pg_relation_filenode(p_table) || p_place::text $$;--> statement-breakpoint

-- The changes of a batch that concern one record, or one edit, in JSON with the names of their tables and columns.
--   p_table, p_id  the record; NULL for all records
--   p_place        the edit, by its place among the lines counted from 1; NULL for all edits
-- Returns the changes of each such edit. Naming takes long, and a batch has thousands of edits: so lines without the
-- id's text are passed over as text.
CREATE OR REPLACE FUNCTION tidemark.changes_of(p_changes text, p_table text, p_id text, p_place bigint)
RETURNS TABLE (place bigint, changes json)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_shaped integer := starts_with(p_changes, '{')::integer;
  v_shapes json := CASE WHEN v_shaped = 1 THEN split_part(p_changes, E'\n', 1)::json -> 'shapes' END;
BEGIN
  RETURN QUERY
    SELECT line.place - v_shaped, json_agg(change.named ORDER BY change.place)
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS line(text, place)
      CROSS JOIN LATERAL (
        SELECT
            CASE WHEN v_shaped = 1 THEN tidemark.named_change(v_shapes -> (item ->> 0)::integer, item) ELSE item END,
            item_place
          FROM json_array_elements(line.text::json) WITH ORDINALITY AS items(item, item_place)
          WHERE p_id IS NULL OR p_id = CASE WHEN v_shaped = 1 THEN item ->> 1 ELSE item ->> 'id' END
      ) AS change(named, place)
      WHERE line.place > v_shaped
        AND (p_place IS NULL OR line.place = p_place + v_shaped)
        AND (p_id IS NULL OR strpos(line.text, to_json(p_id)::text) > 0)
        AND (p_table IS NULL OR change.named ->> 'table' = p_table)
      GROUP BY line.place;
END
$$;--> statement-breakpoint

-- What the log says of the edits of a batch where Postgres was sent something else (`told` of `edits_of`), for one
-- record or one edit, as `changes_of`.
-- Returns, for each edit of which it says more: the changes, which may be none, and the client and number of one that
-- was Postgres first.
CREATE OR REPLACE FUNCTION tidemark.told_changes(p_edits json, p_table text, p_id text, p_place bigint)
RETURNS TABLE (place bigint, client text, n bigint, changes json)
LANGUAGE sql IMMUTABLE AS $$
  SELECT told.place, told.item ->> 'client', (told.item ->> 'n')::bigint, (
      SELECT coalesce(json_agg(
          tidemark.named_change(p_edits -> 'shapes' -> (change ->> 0)::integer, change) ORDER BY change_place
        ), '[]')
        FROM json_array_elements(told.item -> 'changes') WITH ORDINALITY AS changes(change, change_place)
        WHERE p_id IS NULL
          OR (change ->> 1 = p_id AND p_edits -> 'shapes' -> (change ->> 0)::integer ->> 'table' = p_table)
    )
    FROM json_array_elements(p_edits -> 'told') WITH ORDINALITY AS told(item, place)
    WHERE json_typeof(told.item) = 'object' AND (p_place IS NULL OR told.place = p_place)
$$;--> statement-breakpoint

-- The edits of a line of the history that changed one record, or one edit of it.
--   p_line         the line; of the edits in it those that passed
--   p_table, p_id  the record; NULL for all records
--   p_seq          the edit; NULL for all edits
-- Returns the edits of clients and external changes, each as {seq, actor, n, subject, at, changes, outside, told,
-- refused}: `changes` as they were sent to Postgres; `outside` as somebody made it there; `told`, where the log says
-- otherwise, what it came to for everybody. What was Postgres first is told at its place in the log, with its own
-- `client` and `n`; the object's own reverts are not told.
CREATE OR REPLACE FUNCTION tidemark.line_entries(
  p_line tidemark.history_batch, p_table text, p_id text, p_seq bigint
) RETURNS TABLE (seq bigint, entry json)
LANGUAGE sql STABLE AS $$
  WITH told AS MATERIALIZED (
    SELECT * FROM tidemark.told_changes(p_line.edits, p_table, p_id, p_seq - (p_line.edits ->> 'first')::bigint + 1)
  ), sent AS MATERIALIZED (
    SELECT *
      FROM tidemark.changes_of(p_line.changes, p_table, p_id, p_seq - (p_line.edits ->> 'first')::bigint + 1)
  )
  SELECT edit.seq, json_build_object(
      'seq', edit.seq, 'actor', coalesce(told.client, edit.actor), 'n', coalesce(told.n, edit.n),
      'subject', edit.subject, 'at', edit.at, 'changes', coalesce(sent.changes, '[]'), 'told', told.changes,
      'outside', CASE
        WHEN p_id IS NULL OR (edit.outside ->> 'id' = p_id AND edit.outside ->> 'table' = p_table) THEN edit.outside
      END,
      'refused', CASE
        WHEN edit.seq = (p_line.refusal -> 'seq')::bigint THEN p_line.refusal ELSE edit.refused::jsonb
      END
    )
    FROM tidemark.edits_of(p_line.edits, NULL) AS edit
    LEFT JOIN told ON told.place = edit.seq - (p_line.edits ->> 'first')::bigint + 1
    LEFT JOIN sent ON sent.place = edit.seq - (p_line.edits ->> 'first')::bigint + 1
    WHERE edit.seq > 0 AND edit.seq <= p_line.last_seq AND edit.actor <> 'object'
      AND (p_seq IS NULL OR edit.seq = p_seq)
      AND (
        sent.changes IS NOT NULL OR json_array_length(told.changes) > 0
          OR (edit.outside ->> 'id' = p_id AND edit.outside ->> 'table' = p_table) OR p_id IS NULL
      )
$$;--> statement-breakpoint

-- One edit of the history with all that it changed, as `line_entries` says it.
-- Returns {entry}, which is NULL where the history does not have it.
CREATE OR REPLACE FUNCTION tidemark.edit_history(p_tenant text, p_epoch text, p_seq bigint) RETURNS json
LANGUAGE sql STABLE AS $$
  SELECT json_build_object('entry', (
    SELECT found.entry
      FROM (
        SELECT batch
          FROM tidemark.history_batch AS batch
          WHERE tenant_id = p_tenant AND epoch = p_epoch AND last_seq >= p_seq ORDER BY last_seq LIMIT 1
      ) AS line
      CROSS JOIN LATERAL tidemark.line_entries(line.batch, NULL, NULL, p_seq) AS found
  ))
$$;--> statement-breakpoint

-- The hash of a line of the history, by which a tenant's lines are a chain: each is hashed with the hash of the line
-- before it.
--   p_previous  the hash of the tenant's line before; 32 zero bytes for its first
--   p_last_seq, p_edits, p_changes, p_refusal  the line, as `history_batch` keeps it
-- Returns the SHA-256 of 200 bytes: the previous hash, the SHA-256 of tenant and epoch, last_seq, the SHA-256 of edits,
-- changes and refusal (of '' where there is none). Every part has one length, so no two lines have the same bytes.
-- Texts are hashed in UTF-8, as they are stored, and jsonb has one text: no setting of a session, no encoding of a
-- database and no order of columns makes a difference. The command that checks the chain does not call this function:
-- it computes the same by itself (dev/audit/line-hash.ts).
CREATE OR REPLACE FUNCTION tidemark.hash_line(
  p_previous bytea, p_tenant text, p_epoch text, p_last_seq bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT sha256(
    p_previous || sha256(convert_to(p_tenant, 'UTF8')) || sha256(convert_to(p_epoch, 'UTF8')) || int8send(p_last_seq)
      || sha256(convert_to(p_edits::text, 'UTF8')) || sha256(convert_to(p_changes, 'UTF8'))
      || sha256(convert_to(coalesce(p_refusal::text, ''), 'UTF8'))
  )
$$;--> statement-breakpoint

-- The lines of the edits up to p_applied, with the line of shapes where there is one.
--   p_applied  the seq of the last edit that passed
-- Returns p_changes as it is where all passed. The others come again with the
-- next batch, and thousands of them would be kept as often as an edit among them is refused.
CREATE OR REPLACE FUNCTION tidemark.passed_lines(p_applied bigint, p_edits json, p_changes text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_passed bigint := p_applied - (p_edits ->> 'first')::bigint + 1;
BEGIN
  IF v_passed >= json_array_length(p_edits -> 'authors') THEN RETURN p_changes; END IF;
  RETURN array_to_string(
    (string_to_array(p_changes, E'\n'))[:v_passed + starts_with(p_changes, '{')::integer], E'\n'
  );
END
$$;--> statement-breakpoint

-- Names a record in `history_record`: ids may be longer than an index takes.
CREATE OR REPLACE FUNCTION tidemark.record_hash(p_table text, p_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT hashtextextended(p_table || E'\n' || p_id, 0)
$$;--> statement-breakpoint

-- The history of one record, the newest first.
--   p_before_epoch, p_before_seq  only what is older than this place; NULL for the newest
--   p_limit  entries at most; one that is large may end the page earlier
-- Returns {epoch, applied, entries, more}: how far which log is in Postgres, which is at once where what the object's
-- log has goes on; the entries as `line_entries` says them, each with its epoch; and whether there may be older ones.
-- Absent: a record of which nothing is known has no entries, and a tenant that nobody opened no epoch either.
CREATE OR REPLACE FUNCTION tidemark.record_history(
  p_tenant text, p_table text, p_id text, p_before_epoch text, p_before_seq bigint, p_limit bigint
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_from bigint;
  v_line tidemark.history_batch;
  v_entry record;
  v_entries json[] := '{}';
  v_bytes bigint := 0;
  v_more boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_from := v_ledger.last_line;
  IF p_before_epoch IS NOT NULL THEN
    -- What Postgres never had of a log is after all that it has of it.
    SELECT coalesce(
        (SELECT line FROM tidemark.history_batch
          WHERE tenant_id = p_tenant AND epoch = p_before_epoch AND last_seq >= p_before_seq ORDER BY last_seq LIMIT 1),
        (SELECT line FROM tidemark.history_batch
          WHERE tenant_id = p_tenant AND epoch = p_before_epoch ORDER BY last_seq DESC LIMIT 1),
        v_from
      ) INTO v_from;
  END IF;
  <<lines>>
  FOR v_line IN
    SELECT batch.*
      FROM tidemark.history_record AS place
      JOIN tidemark.history_batch AS batch ON batch.tenant_id = p_tenant AND batch.line = place.line
      WHERE place.tenant_id = p_tenant AND place.record = tidemark.record_hash(p_table, p_id) AND place.line <= v_from
      ORDER BY place.line DESC
  LOOP
    FOR v_entry IN
      SELECT entry FROM tidemark.line_entries(v_line, p_table, p_id, NULL) AS found
        WHERE v_line.epoch IS DISTINCT FROM p_before_epoch OR found.seq < p_before_seq
        ORDER BY found.seq DESC
    LOOP
      IF cardinality(v_entries) >= p_limit OR v_bytes > 1000000 THEN
        v_more := true;
        EXIT lines;
      END IF;
      v_entries := v_entries || json_build_object('epoch', v_line.epoch, 'is', v_entry.entry);
      v_bytes := v_bytes + length(v_entry.entry::text);
    END LOOP;
  END LOOP;
  RETURN json_build_object(
    'epoch', coalesce(v_ledger.epoch, ''), 'applied', coalesce(v_ledger.applied_seq, 0),
    'entries', array_to_json(v_entries), 'more', v_more
  );
END
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, those refused included. The history's line is
-- the next of the tenant's chain (`hash_line`), and found by the records that it is about (`history_record`).
--   p_applied  the seq of the last that passed; nothing is written where none did
--   p_refusal  of that one, or NULL
-- Why edits were refused is kept for the newest hundred of each client. External changes and the object's own reverts
-- are not a client's edits and have no mark.
-- Locks the marks. The ledger's row is locked by its caller, so there is one chain.
CREATE OR REPLACE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_line bigint;
  v_previous bytea;
  v_changes text;
  v_hash bytea;
BEGIN
  -- A batch may be empty.
  IF coalesce((p_edits ->> 'first')::bigint > p_applied, true) THEN RETURN; END IF;
  SELECT last_line + 1, last_hash INTO v_line, v_previous FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_changes := tidemark.passed_lines(p_applied, p_edits, p_changes);
  v_hash := tidemark.hash_line(v_previous, p_tenant, p_epoch, p_applied, p_edits, v_changes, p_refusal);
  INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, refusal, line, previous, hash)
    VALUES (p_tenant, p_epoch, p_applied, p_edits, v_changes, p_refusal, v_line, v_previous, v_hash);
  UPDATE tidemark.ledger SET last_line = v_line, last_hash = v_hash WHERE tenant_id = p_tenant;
  -- A proposal is told at its place in the log.
  IF p_applied > 0 THEN
    INSERT INTO tidemark.history_record (tenant_id, record, line)
      SELECT p_tenant, record, v_line
        FROM (
          SELECT tidemark.record_hash(table_name, row_id) FROM tidemark.rows_of(v_changes)
          UNION
          SELECT tidemark.record_hash(table_name, row_id) FROM tidemark.told_rows(p_edits)
        ) AS records(record);
  END IF;
  -- External changes and the object's own reverts are not a client's edits and have no mark. All edits of
  -- a client have one subject.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT p_tenant, actor, max(subject), max(n)
      FROM tidemark.edits_of(p_edits, NULL)
      WHERE seq <= p_applied AND actor NOT IN ('sql', 'object') GROUP BY actor
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
  IF p_refusal IS NULL AND p_edits -> 'refused' IS NULL THEN RETURN; END IF;
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || added.refusals) WITH ORDINALITY AS kept(item, place)
            ORDER BY place DESC LIMIT 100
        ) AS newest
    )
    FROM (
      SELECT actor, jsonb_agg(refused || jsonb_build_object('n', n) ORDER BY seq) AS refusals
        FROM (
          SELECT
              seq, actor, n,
              CASE WHEN seq = (p_refusal -> 'seq')::bigint THEN p_refusal ELSE edit.refused::jsonb END AS refused
            FROM tidemark.edits_of(p_edits, NULL) AS edit
            WHERE seq <= p_applied
        ) AS passed
        WHERE refused IS NOT NULL
        GROUP BY actor
    ) AS added
    WHERE mark.tenant_id = p_tenant AND mark.client_id = added.actor;
END
$$;--> statement-breakpoint

-- The rows of which a batch tells beside its changes: those that others changed, and those of which the log says more
-- than Postgres was sent (`outside` and `told` of `edits_of`).
-- Returns each row as often as it is told of.
CREATE OR REPLACE FUNCTION tidemark.told_rows(p_edits json) RETURNS TABLE (table_name text, row_id text)
LANGUAGE sql IMMUTABLE AS $$
  SELECT p_edits -> 'shapes' -> (change ->> 0)::integer ->> 'table', change ->> 1
    FROM (
      SELECT item -> 'by' AS change FROM json_array_elements(p_edits -> 'outside') AS item
      UNION ALL
      SELECT change
        FROM json_array_elements(p_edits -> 'told') AS item
        CROSS JOIN LATERAL json_array_elements(item -> 'changes') AS change
    ) AS listed
    WHERE change IS NOT NULL
$$;--> statement-breakpoint

-- Tells whether the edits that were applied here are those of the log that sends them again.
--   p_edits  the batch, as `edits_of` takes it
-- Returns false where an edit with the same seq has another author, number or time. Edits that are not here differ from
-- nothing, and of what was kept only what the batch covers is compared.
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.is_repeated(p_tenant text, p_epoch text, p_edits json) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT
      FROM tidemark.history_batch AS batch
      CROSS JOIN LATERAL tidemark.edits_of(batch.edits, NULL) AS kept
      JOIN tidemark.edits_of(p_edits, NULL) AS sent USING (seq)
      WHERE batch.tenant_id = p_tenant AND batch.epoch = p_epoch
        AND batch.last_seq >= (p_edits ->> 'first')::bigint AND seq <= batch.last_seq
        AND (kept.actor, kept.n, kept.at) IS DISTINCT FROM (sent.actor, sent.n, sent.at)
  )
$$;--> statement-breakpoint

-- Says why a log has no business with the ledger that it met.
--   p_after   the log's edits up to here are known to be in Postgres
--   p_head    where the log ends, or NULL where that is not said
--   p_ledger  the row as it was read; all NULL where there is none
-- Returns NULL if they fit, {is: 'fenced', epoch} when another epoch took the tenant over, or {is: 'diverged', message}
-- when one of the two was lost or put back. An epoch that never claimed the tenant here began after a backup from which
-- this database was restored, so it has not been fenced: it has diverged.
-- Locks nothing. Whoever writes afterwards has to have locked the row.
CREATE OR REPLACE FUNCTION tidemark.misfit(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_ledger tidemark.ledger
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_ledger.epoch = p_epoch
    AND p_after BETWEEN coalesce(p_ledger.last_after, 0) AND p_ledger.applied_seq
    AND p_ledger.applied_seq <= coalesce(p_head, p_ledger.applied_seq)
  THEN
    RETURN NULL;
  END IF;
  IF p_ledger.epoch <> p_epoch
    AND EXISTS (SELECT FROM tidemark.epoch WHERE tenant_id = p_tenant AND epoch = p_epoch)
  THEN
    RETURN jsonb_build_object('is', 'fenced', 'epoch', p_ledger.epoch);
  END IF;
  RETURN jsonb_build_object('is', 'diverged', 'message', format(
    'of the log %s are %s confirmed, the ledger stands at %s of %s',
    p_epoch, concat_ws(' of ', p_after, p_head),
    coalesce(p_ledger.applied_seq::text, 'nothing'), coalesce(p_ledger.epoch, 'no log')
  ));
END
$$;--> statement-breakpoint

-- Moves a tenant's ledger to p_applied, within a batch that began after p_after.
--   p_refusals  what was refused on the way: the answer to the batch, should it be sent again
-- Locks the ledger's row, which its callers have locked before.
-- Absent: a tenant without a ledger stays without.
CREATE OR REPLACE FUNCTION tidemark.move_ledger(
  p_tenant text, p_after bigint, p_applied bigint, p_refusals jsonb DEFAULT '[]'
) RETURNS void
LANGUAGE sql AS $$
  UPDATE tidemark.ledger
    SET applied_seq = p_applied, last_after = p_after, last_refusals = p_refusals, updated_at = now()
    WHERE tenant_id = p_tenant
$$;--> statement-breakpoint

-- Claims a tenant for an epoch: from then on every other epoch is fenced.
--   p_epoch  the claimant's; claiming again with the same changes nothing
--   p_over   whom it takes the tenant from, or NULL. A claim that was given up and arrives late would otherwise take
--            the tenant back from a successor, which would be fenced for a log that nobody has any more.
-- Returns {applied, marks, revoked, cursor}: how far the log of this epoch is here, what is settled of each client and
-- how, which tokens do not count any more, and where external changes begin; or {owner}, with nothing done, where neither p_epoch nor p_over has the tenant.
-- Locks the ledger's row until the transaction ends, so a batch under way ends before the marks are read.
-- Absent: a tenant that nobody has opened is the claimant's at once.
CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text, p_over text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_owner text;
BEGIN
  INSERT INTO tidemark.ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  -- Locked even when it stays as it is, so a batch under way ends before the marks are read.
  SELECT epoch INTO v_owner FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  IF v_owner NOT IN (p_epoch, coalesce(p_over, p_epoch)) THEN
    RETURN jsonb_build_object('owner', v_owner);
  END IF;
  UPDATE tidemark.ledger
    SET epoch = p_epoch, applied_seq = 0, last_after = NULL, last_refusals = NULL, updated_at = now()
    WHERE tenant_id = p_tenant AND epoch <> p_epoch;
  INSERT INTO tidemark.epoch (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  RETURN jsonb_build_object(
    'applied', (SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = p_tenant),
    'marks', (
      SELECT
          coalesce(
            jsonb_agg(
              jsonb_build_object('client', client_id, 'subject', subject, 'n', n, 'refusals', refusals)
              ORDER BY client_id
            ),
            '[]'
          )
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    ),
    'revoked', (
      SELECT
          coalesce(
            jsonb_agg(jsonb_build_object('kind', kind, 'name', name, 'before', before, 'until', until)),
            '[]'
          )
        FROM tidemark.revocation WHERE tenant_id = p_tenant AND until > extract(epoch FROM now())
    ),
    'cursor', tidemark.cursor_text(pg_current_snapshot())
  );
END
$$;--> statement-breakpoint

-- Keeps revocations of a tenant, and drops those whose last token has ended.
--   p_revocations  a JSON array of {kind, name, before, until}
-- Returns how many are kept.
-- Repeated: of two for one thing the later bounds count, so nothing changes.
CREATE OR REPLACE FUNCTION tidemark.revoke(p_tenant text, p_revocations jsonb) RETURNS bigint
LANGUAGE sql AS $$
  DELETE FROM tidemark.revocation WHERE tenant_id = p_tenant AND until <= extract(epoch FROM now());
  INSERT INTO tidemark.revocation AS kept (tenant_id, kind, name, before, until)
    SELECT p_tenant, kind, name, before, until
      FROM jsonb_to_recordset(p_revocations) AS given(kind text, name text, before bigint, until bigint)
    ON CONFLICT (tenant_id, kind, name) DO UPDATE
      SET before = greatest(kept.before, excluded.before), until = greatest(kept.until, excluded.until);
  SELECT count(*) FROM tidemark.revocation WHERE tenant_id = p_tenant;
$$;--> statement-breakpoint

-- A number as JavaScript has it; NULL for one that is too large for it.
CREATE OR REPLACE FUNCTION tidemark.as_double(p_number numeric) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE
      WHEN abs(p_number) > 1.7976931348623157e308::numeric THEN NULL
      -- What is too small for a double is an error to Postgres, and nothing to JavaScript.
      WHEN abs(p_number) < 4.94e-324::numeric THEN 0
      ELSE p_number::float8
    END
$$;--> statement-breakpoint

-- A value as JavaScript has it, with all that is in it. Numbers that are too large for it stay.
CREATE OR REPLACE FUNCTION tidemark.as_seen(p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  CASE jsonb_typeof(p_value)
    WHEN 'number' THEN
      -- By way of the text, which is as short as JavaScript's; the cast rounds to 15 digits.
      RETURN coalesce(to_jsonb(tidemark.as_double(p_value::numeric)::text::numeric), p_value);
    WHEN 'object' THEN
      RETURN (SELECT coalesce(jsonb_object_agg(key, tidemark.as_seen(value)), '{}') FROM jsonb_each(p_value));
    WHEN 'array' THEN
      RETURN (
        SELECT coalesce(jsonb_agg(tidemark.as_seen(value) ORDER BY place), '[]')
          FROM jsonb_array_elements(p_value) WITH ORDINALITY AS items(value, place)
      );
    ELSE RETURN p_value;
  END CASE;
END
$$;--> statement-breakpoint

-- A number that was sent, as it is held anywhere in the value that it is sent for.
--   p_unlike  the numbers in what is held that are not what they look like
-- Returns p_sent where none of them looks like it. TM005 where several do.
CREATE OR REPLACE FUNCTION tidemark.held_number(p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_meant numeric[] := ARRAY(
    SELECT number FROM unnest(p_unlike) AS number
      WHERE tidemark.as_double(number) = tidemark.as_double(p_sent::numeric)
  );
BEGIN
  IF cardinality(v_meant) > 1 THEN PERFORM tidemark.refuse_ambiguous(p_sent); END IF;
  RETURN coalesce(to_jsonb(v_meant[1]), p_sent);
END
$$;--> statement-breakpoint

-- The part of `keep_numbers` for a list, each item as it is held: at its place, where that looks the same; else where
-- an item that looks the same is; else by its parts. Where several that look the same were moved, it cannot be told
-- which is which: TM005.
CREATE OR REPLACE FUNCTION tidemark.keep_items(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_doubtful jsonb;
  v_items jsonb;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_held) WITH ORDINALITY AS items(value, place)
  ), sent AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_sent) WITH ORDINALITY AS items(value, place)
  ), alike AS (
    SELECT
        seen, (array_agg(value ORDER BY place))[1] AS value, count(DISTINCT value) AS forms,
        array_agg(place ORDER BY place) AS places
      FROM held GROUP BY seen
  ), moved AS (
    SELECT seen, array_agg(place ORDER BY place) AS places FROM sent GROUP BY seen
  )
  SELECT
      (SELECT seen FROM alike JOIN moved USING (seen) WHERE forms > 1 AND alike.places <> moved.places LIMIT 1),
      (
        SELECT coalesce(
            jsonb_agg(
              CASE
                WHEN same.seen = sent.seen THEN same.value
                WHEN alike.seen IS NOT NULL THEN alike.value
                ELSE tidemark.keep_value(same.value, sent.value, p_unlike)
              END
              ORDER BY sent.place
            ),
            '[]'
          )
          FROM sent LEFT JOIN held AS same USING (place) LEFT JOIN alike ON alike.seen = sent.seen
      )
    INTO v_doubtful, v_items;
  IF v_doubtful IS NOT NULL THEN PERFORM tidemark.refuse_ambiguous(v_doubtful); END IF;
  RETURN v_items;
END
$$;--> statement-breakpoint

-- What is sent for a column of JSON, with its numbers as they are held. To JavaScript a number is a double, so an edit
-- that changes one key sends all others back as what they look like there: 9007199254740993 as 9007199254740992, and
-- 10.00 as 10. Where what is sent looks like what is held, what is held is meant; where it could be either of two, the
-- edit is refused (TM005).
-- Returns p_sent where either is NULL, or where every number that is held is what it looks like, as almost always.
CREATE OR REPLACE FUNCTION tidemark.keep_numbers(p_held jsonb, p_sent jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_unlike numeric[];
  v_is_written_otherwise boolean;
BEGIN
  IF p_held IS NULL OR p_sent IS NULL THEN RETURN p_sent; END IF;
  SELECT
      coalesce(array_agg(DISTINCT held) FILTER (WHERE held IS DISTINCT FROM seen), '{}'),
      coalesce(bool_or(held::text IS DISTINCT FROM seen::text), false)
    INTO v_unlike, v_is_written_otherwise
    FROM jsonb_path_query(p_held, 'strict $.**') AS item
    CROSS JOIN LATERAL (
      SELECT item::numeric AS held, tidemark.as_double(item::numeric)::text::numeric AS seen
        WHERE jsonb_typeof(item) = 'number'
    ) AS number;
  -- Almost always every number is what it looks like.
  IF NOT v_is_written_otherwise THEN RETURN p_sent; END IF;
  RETURN tidemark.keep_value(p_held, p_sent, v_unlike);
END
$$;--> statement-breakpoint

-- The part of `keep_numbers` for a value within: its numbers as they are held, by their place, else by what they look
-- like.
--   p_held    what is held at the place of p_sent; NULL where there is nothing
--   p_unlike  the numbers in the whole held value that are not what they look like
CREATE OR REPLACE FUNCTION tidemark.keep_value(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  IF tidemark.as_seen(p_held) = tidemark.as_seen(p_sent) THEN RETURN p_held; END IF;
  CASE jsonb_typeof(p_sent)
    WHEN 'number' THEN RETURN tidemark.held_number(p_sent, p_unlike);
    WHEN 'object' THEN
      RETURN (
        SELECT coalesce(jsonb_object_agg(key, tidemark.keep_value(p_held -> key, value, p_unlike)), '{}')
          FROM jsonb_each(p_sent)
      );
    WHEN 'array' THEN
      RETURN tidemark.keep_items(CASE jsonb_typeof(p_held) WHEN 'array' THEN p_held ELSE '[]' END, p_sent, p_unlike);
    ELSE RETURN p_sent;
  END CASE;
END
$$;--> statement-breakpoint

-- Refuses an edit (TM005) that means one of several numbers which look the same.
CREATE OR REPLACE FUNCTION tidemark.refuse_ambiguous(p_sent jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Several numbers in the database look like % here, and it cannot be told which is meant.',
    left(p_sent::text, 60) USING ERRCODE = 'TM005';
END
$$;--> statement-breakpoint

-- Makes the changes of a proposal while the ledger is locked and stands at p_seq.
--   p_seq       where the log and the ledger stand
--   p_proposal  as `propose` takes it
-- Returns `refusal`: NULL, or why Postgres refused it, and then nothing of it is left; or `behind`, with nothing done,
-- where its rows were changed by others in a way the object has not seen.
-- Locks the rows that it changes (`lock_rows`).
CREATE OR REPLACE FUNCTION tidemark.apply_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text,
  OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_changes jsonb := p_proposal -> 'changes';
  v_id bigint;
BEGIN
  PERFORM tidemark.lock_rows(p_tenant, (
    SELECT coalesce(json_agg(json_build_object(
        'op', change -> 'op', 'table', change -> 'table', 'ids', json_build_array(change -> 'id')
      )), '[]')
      FROM jsonb_array_elements(v_changes) AS change
  ));
  behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
  IF behind THEN RETURN; END IF;
  -- Before the changes themselves, so that what cascades and triggers do for them comes after it.
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    VALUES (p_tenant, '', '', 'proposal', '{}', p_proposal, p_epoch, p_seq, p_proposal ->> 'subject')
    RETURNING id INTO v_id;
  refusal := tidemark.apply_edit(p_tenant, p_after, p_seq, v_changes);
  IF refusal IS NOT NULL THEN
    DELETE FROM tidemark.sync_change WHERE id = v_id;
    behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
    RETURN;
  END IF;
  PERFORM tidemark.assert_not_behind(p_tenant, v_changes::text, p_cursor);
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN behind := true;
END
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once. This is the call by which edits enter
-- Postgres.
--   p_edits    the edits, as `edits_of` takes them
--   p_changes  what each of them changes, as `lines_of` takes it
--   p_steps    [{op, table, columns, deltas, ids}], the same interval set-wise, as statements in their order, each on
--              rows that touch the same columns
--   p_rows     a line for each step: [{id, column: value}], empty for a delete; NULL where a table has to see each edit
--   p_cursor   which external changes the object has seen
-- Rows that touch the same columns go in one plain statement. And Postgres passes over a JSON text many times as fast
-- as it takes one apart: so the large values travel as lines of JSON beside a small list that says what they are, and
-- each is taken apart at most once, where it is used.
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal or where more
-- edits follow than `apply_edits` takes; {is: 'behind', ...} where rows of the batch were changed by others in a way
-- the object has not seen, so that nothing beyond `applied` was done; or what `misfit` says. `outside` is the answer of
-- `read_changes`, and for a batch that is behind it has the unseen changes of its rows.
-- Locks the ledger's row first, then the rows that it changes (`lock_rows`), until the transaction ends.
-- Repeated: a batch that was applied answers as it did, and hears of no more than it names this time. One that has
-- other edits at the same places has diverged.
-- Late: a batch of an epoch that lost the tenant is fenced.
-- Absent: a tenant that nobody opened has diverged.
CREATE OR REPLACE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_applied bigint := p_after;
  v_refusal jsonb;
  v_refusals jsonb := '[]';
  v_behind boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, NULL, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  IF p_after < v_ledger.applied_seq THEN
    IF NOT tidemark.is_repeated(p_tenant, p_epoch, p_edits) THEN
      RETURN jsonb_build_object(
        'is', 'diverged', 'message', format('after %s the log %s has other edits', p_after, p_epoch)
      );
    END IF;
    -- A repetition may cover less than the first time: it hears of no more than it named.
    v_applied := least(v_ledger.applied_seq, p_up_to);
    SELECT coalesce(jsonb_agg(refusal), '[]') INTO v_refusals
      FROM jsonb_array_elements(v_ledger.last_refusals) AS refusal WHERE (refusal -> 'seq')::bigint <= v_applied;
  ELSE
    CASE tidemark.apply_steps(p_tenant, p_after, p_up_to, p_changes, p_steps, p_rows, p_cursor)
      WHEN 'applied' THEN v_applied := p_up_to;
      WHEN 'behind' THEN v_behind := true;
      WHEN 'refused' THEN
        SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
          FROM tidemark.apply_edits(p_tenant, p_after, p_edits, p_changes, p_steps, p_cursor);
        IF v_refusal IS NOT NULL THEN v_refusals := jsonb_build_array(v_refusal); END IF;
    END CASE;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, p_changes, v_refusal);
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_applied,
    'refusals', v_refusals,
    'outside', CASE
      WHEN v_behind THEN tidemark.read_ahead(p_tenant, tidemark.read_changes(p_tenant, p_cursor), p_changes)
      ELSE tidemark.read_changes(p_tenant, p_cursor)
    END
  );
END
$$;--> statement-breakpoint

-- Applies a batch, which may be empty, and settles a proposal behind it: an edit that is to be in Postgres first gets
-- there, exactly once, and from there into the log. To the reader of external changes it is one change of several rows,
-- in its place among the others.
--   p_proposal  {actor, n, subject, at, changes, conflicts}, drafted from what the log is at p_up_to; or with
--               {withdrawn: {sqlState, message}}: it is to be refused, unless it was taken before
--   see `apply_batch` for the other arguments
-- Returns the answer of `apply_batch`, with the `verdict` on the proposal where the batch has passed whole and nothing
-- unseen stands in the way.
-- Locks what `apply_batch` locks, then the rows of the proposal.
-- Repeated: the verdict is the same.
-- Late: a draft that was overtaken on its way has no verdict, and is drafted anew.
CREATE OR REPLACE FUNCTION tidemark.propose(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text, p_proposal jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_answer jsonb := tidemark.apply_batch(
    p_tenant, p_epoch, p_after, p_up_to, p_edits, p_changes, p_steps, p_rows, p_cursor
  );
  v_verdict jsonb;
BEGIN
  -- A draft that was overtaken on its way is of no use: the ledger has moved on then.
  IF v_answer ->> 'is' <> 'applied' OR v_answer -> 'refusals' <> '[]' OR NOT EXISTS (
    SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant AND applied_seq = p_up_to
  ) THEN
    RETURN v_answer;
  END IF;
  v_verdict := tidemark.settle_proposal(p_tenant, p_epoch, p_after, p_up_to, p_proposal, p_cursor);
  v_answer := v_answer || jsonb_build_object('outside', tidemark.read_changes(p_tenant, p_cursor));
  IF v_verdict IS NULL THEN
    RETURN v_answer || jsonb_build_object(
      'outside', tidemark.read_ahead(p_tenant, v_answer -> 'outside', p_proposal ->> 'changes')
    );
  END IF;
  RETURN v_answer || jsonb_build_object('verdict', v_verdict);
END
$$;--> statement-breakpoint

-- Settles a proposal while the ledger is locked and stands at p_seq.
--   p_seq       where the log and the ledger stand
--   p_proposal  as `propose` takes it
-- Returns {is: 'taken'} or {is: 'refused', refusal}, the same whenever it is asked again; or NULL, with nothing done,
-- where the object has to see external changes first.
-- Locks what `apply_proposal` locks.
CREATE OR REPLACE FUNCTION tidemark.settle_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_n bigint := (p_proposal -> 'n')::bigint;
  v_mark tidemark.client_mark;
  v_refusal jsonb := p_proposal -> 'withdrawn';
  v_behind boolean := false;
  v_place bigint;
BEGIN
  SELECT * INTO v_mark FROM tidemark.client_mark
    WHERE tenant_id = p_tenant AND client_id = p_proposal ->> 'actor';
  IF v_mark.n >= v_n THEN
    -- None, if it was taken.
    SELECT item INTO v_refusal
      FROM jsonb_array_elements(v_mark.refusals) AS item WHERE (item -> 'n')::bigint = v_n;
  ELSE
    IF v_refusal IS NULL THEN
      SELECT refusal, behind INTO v_refusal, v_behind
        FROM tidemark.apply_proposal(p_tenant, p_epoch, p_after, p_seq, p_proposal, p_cursor);
      IF v_behind THEN RETURN NULL; END IF;
    END IF;
    -- The audit history has it at once, by a place of its own, counted downwards from -1: its place in the
    -- log comes later, and a refused one never has any.
    SELECT least(min(last_seq), 0) - 1 INTO v_place
      FROM tidemark.history_batch WHERE tenant_id = p_tenant AND epoch = p_epoch;
    v_refusal := v_refusal || jsonb_build_object('seq', v_place);
    PERFORM tidemark.remember(
      p_tenant, p_epoch, v_place,
      tidemark.single_edit(
        v_place, p_proposal ->> 'actor', v_n, p_proposal ->> 'subject', (p_proposal -> 'at')::double precision
      ),
      p_proposal ->> 'changes', v_refusal
    );
  END IF;
  IF v_refusal IS NULL THEN RETURN '{"is": "taken"}'; END IF;
  RETURN jsonb_build_object('is', 'refused', 'refusal', v_refusal);
END
$$;--> statement-breakpoint

-- Applies one change of an edit.
--   p_change  {op, table, id} with `row` for an insert, and for an update with `set`, the columns that are set, and
--             `add`, those that are added to
-- Locks the row. Absent and duplicate are refused as by `insert_rows`, `update_rows` and `delete_rows`.
CREATE OR REPLACE FUNCTION tidemark.apply_change(p_tenant text, p_change jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table text := p_change ->> 'table';
  v_id text := p_change ->> 'id';
  v_row jsonb := p_change -> 'row';
  v_set jsonb := p_change -> 'set';
  v_add jsonb := p_change -> 'add';
BEGIN
  CASE p_change ->> 'op'
    WHEN 'insert' THEN
      PERFORM tidemark.insert_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_row)), json_build_array(v_row)
      );
    WHEN 'update' THEN
      PERFORM tidemark.update_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_set)), ARRAY(SELECT jsonb_object_keys(v_add)),
        ARRAY[v_id], json_build_array(v_set || v_add || jsonb_build_object('id', v_id))
      );
    WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_table, ARRAY[v_id]);
  END CASE;
END
$$;--> statement-breakpoint

-- Applies the changes of one edit in their order, and checks its references at its end.
--   p_after    where the batch began
--   p_seq      of the edit: the ledger goes ahead to it, so that what triggers do is recorded as done in its sight
--   p_changes  [{op, table, id, ...}], as `apply_change` takes them
-- Returns NULL, or {seq, sqlState, message, constraint?, column?}: why Postgres refused it, and then nothing of it is
-- left. What is no refusal (see `is_refusal`) ends the call.
-- Locks the rows that it changes.
CREATE OR REPLACE FUNCTION tidemark.apply_edit(
  p_tenant text, p_after bigint, p_seq bigint, p_changes jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_seq);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_change IN
    SELECT item FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS changes(item, place) ORDER BY place
  LOOP
    PERFORM tidemark.apply_change(p_tenant, v_change);
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN NULL;
EXCEPTION
  WHEN ASSERT_FAILURE OR OTHERS THEN
    IF NOT tidemark.is_refusal(SQLSTATE, SQLERRM) THEN RAISE; END IF;
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_seq, 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;--> statement-breakpoint

-- Applies edits one by one, up to the first that is refused (which has passed, with its verdict), or that fails while
-- the object is behind (which has not).
--   see `apply_batch` for the arguments
-- Returns how far it got, the refusal if there was one, and whether the object is behind: then nothing was done that
-- others' changes could be missing from. It takes 500 edits at the most and answers without a refusal where more
-- follow: each is a savepoint of its own and moves the same row of the ledger once more, so thousands in one
-- transaction take a second for every thousand and then longer, up to where the call is given up, again and again.
-- An insert waits for an open transaction that holds its key. If the row was made and deleted again there, the insert
-- goes through, and what happened before it would be taken into the log as happening after it. So what the edits came
-- upon is looked for once more when they are done: nobody else can change their rows by then.
-- Locks the rows that it changes (`lock_rows`). The ledger's row is locked by its caller.
CREATE OR REPLACE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_edits json, p_changes text, p_steps json, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_edit record;
  v_passed integer := 0;
BEGIN
  applied := p_after;
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  behind := tidemark.is_behind(p_tenant, p_changes, p_cursor);
  IF behind THEN RETURN; END IF;
  BEGIN
    FOR v_edit IN
      SELECT seq, changes FROM tidemark.edits_of(p_edits, p_changes) ORDER BY seq
    LOOP
      refusal := tidemark.apply_edit(p_tenant, p_after, v_edit.seq, v_edit.changes::jsonb);
      -- An earlier edit may have set off what this one failed on.
      behind := refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_changes, p_cursor);
      EXIT WHEN behind;
      applied := v_edit.seq;
      v_passed := v_passed + 1;
      EXIT WHEN refusal IS NOT NULL OR v_passed = 500;
    END LOOP;
    PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  EXCEPTION
    WHEN SQLSTATE 'TM004' THEN
      applied := p_after;
      behind := true;
  END;
  IF behind THEN
    refusal := NULL;
    RETURN;
  END IF;
  PERFORM tidemark.move_ledger(
    p_tenant, p_after, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;--> statement-breakpoint

-- Applies what a batch comes to, few statements a table.
--   see `apply_batch` for the arguments
-- Returns 'applied'; 'behind', with nothing done, where rows of it were changed by others unseen; or 'refused', with
-- nothing done, where this is for `apply_edits` to do: an edit would be refused and only it can tell which, or there
-- are no p_rows because a table has to see each edit. Postgres does not let a BEFORE trigger change a row that the same
-- statement is still to write; edit by edit that goes, and what is impossible even so is refused like any other edit.
-- Locks the rows that it changes (`lock_rows`). The ledger's row is locked by its caller.
CREATE OR REPLACE FUNCTION tidemark.apply_steps(
  p_tenant text, p_after bigint, p_up_to bigint, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_step record;
BEGIN
  IF p_rows IS NULL THEN RETURN 'refused'; END IF;
  -- Locked within this block, which is a transaction of its own to Postgres: rows locked by one
  -- transaction and written by another take a record of both.
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  -- Only now: whoever held these rows has committed, and this statement sees it.
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor) THEN RETURN 'behind'; END IF;
  -- The ledger goes ahead, so that what triggers and cascades do is recorded as done in sight of the batch.
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_step IN
    SELECT *
      FROM ROWS FROM (
        json_to_recordset(p_steps) AS (op text, "table" text, columns text[], deltas text[], ids text[]),
        string_to_table(p_rows, E'\n')
      ) WITH ORDINALITY AS step(op, "table", columns, deltas, ids, rows, place)
      ORDER BY place
  LOOP
    CASE v_step.op
      WHEN 'insert' THEN
        PERFORM tidemark.insert_rows(p_tenant, v_step."table", v_step.columns, v_step.rows::json);
      WHEN 'update' THEN
        PERFORM tidemark.update_rows(
          p_tenant, v_step."table", v_step.columns, v_step.deltas, v_step.ids, v_step.rows::json
        );
      WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_step."table", v_step.ids);
    END CASE;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  RETURN 'applied';
-- A deadlock, for one, is nobody's mistake and has to end the call. A cancelled statement is never caught here.
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN RETURN 'behind';
  WHEN ASSERT_FAILURE OR OTHERS THEN
    IF NOT tidemark.is_refusal(SQLSTATE, SQLERRM) THEN RAISE; END IF;
    RETURN 'refused';
END
$$;--> statement-breakpoint

-- Ends the block that made changes, with TM004, if others had changed their rows meanwhile.
CREATE OR REPLACE FUNCTION tidemark.assert_not_behind(p_tenant text, p_changes text, p_cursor text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor, pg_current_xact_id()) THEN
    RAISE EXCEPTION 'records were changed while they were waited for' USING ERRCODE = 'TM004';
  END IF;
END
$$;--> statement-breakpoint

-- Begins a statement of our own that writes rows of a table: its triggers take what it writes itself as ours. What
-- triggers did to these rows earlier in this transaction is overwritten by it, and must not come after it in the log.
--   p_ids      the rows; none where nobody can have changed them before
--   p_columns  the columns that it sets; NULL where it deletes the rows
-- Whoever calls it clears `tidemark.origin` when the statement is done.
-- Fails with TM001 where a trigger of the same transaction has replaced one of the rows by another.
-- Planned for the transaction at hand: a plan for any would look among all changes that are kept, where almost always
-- there is none.
CREATE OR REPLACE FUNCTION tidemark.begin_own(p_tenant text, p_table text, p_ids text[], p_columns text[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_own xid8 := pg_current_xact_id();
BEGIN
  PERFORM set_config('tidemark.origin', p_table, true);
  PERFORM set_config(
    'tidemark.step', (coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0) + 1)::text, true
  );
  -- Almost always there are no triggers that change anything.
  IF NOT EXISTS (SELECT FROM tidemark.sync_change WHERE tenant_id = p_tenant AND xid = v_own) THEN RETURN; END IF;
  IF p_columns IS NULL THEN
    DELETE FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids);
    RETURN;
  END IF;
  -- Not the row that the batch was made for: it waits until the object has seen that, or is refused if this is its
  -- own doing.
  IF EXISTS (
    SELECT FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'insert'
  ) THEN
    RAISE EXCEPTION 'a trigger has replaced a record of %', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
  UPDATE tidemark.sync_change SET before = before - p_columns, after = after - p_columns
    WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'update';
END
$$;--> statement-breakpoint

-- Deletes rows of one table.
--   p_ids  the rows
-- Locks them.
-- Absent: TM001 where one of them is missing.
CREATE OR REPLACE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_done bigint;
BEGIN
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, NULL);
  EXECUTE format('DELETE FROM %s WHERE tenant_id = $1 AND id = ANY ($2)', tidemark.relation(p_table)) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Inserts rows of one table.
--   p_columns  the columns that every row has, with `id`
--   p_rows     [{column: value}], with the same columns each
-- Written as plain SQL would write them: only the columns that were sent are read, in their types, and no conflict is
-- expected, which Postgres would otherwise prepare for with each row. What a BEFORE trigger stores otherwise than it
-- was sent is recorded as an external change. Waits for whoever holds the key of one of the rows.
-- Duplicate: TM002 where a row has the key already, or where a trigger left one out without a word.
CREATE OR REPLACE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_columns text[], p_rows json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_sent text;
  v_insert text;
  v_done bigint;
  v_constraint text;
BEGIN
  v_sent := format('json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, p_columns));
  SELECT format(
      'INSERT INTO %s AS target (tenant_id, %s) SELECT $1, %s FROM %s',
      tidemark.relation(p_table), string_agg(format('%I', name), ', '), string_agg(format('sent.%I', name), ', '), v_sent
    )
    INTO v_insert
    FROM unnest(p_columns) AS name;
  PERFORM tidemark.begin_own(p_tenant, p_table, '{}', '{}');
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%2$s RETURNING id, target.ctid AS place, to_jsonb(target.*) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %1$L, id, place, to_jsonb(sent.*), row) FROM stored JOIN %3$s USING (id)
         ) AS recorded',
      p_table, v_insert, v_sent
    ) INTO v_done USING p_tenant, p_rows;
  ELSE
    EXECUTE v_insert USING p_tenant, p_rows;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  -- A trigger may leave a row out without a word.
  IF v_done < json_array_length(p_rows) THEN
    RAISE EXCEPTION 'a record of % was not stored', p_table USING ERRCODE = 'TM002', TABLE = p_table;
  END IF;
EXCEPTION
  WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF NOT tidemark.is_key(p_table, v_constraint) THEN RAISE; END IF;
    RAISE EXCEPTION 'a record of % exists already', p_table USING ERRCODE = 'TM002', TABLE = p_table;
END
$$;--> statement-breakpoint

-- Tells whether rows that edits touch were changed by others after the cursor, whether the rows are there or not.
--   p_changes  as `lines_of` takes them
--   p_own      a transaction whose changes do not count: what the edits themselves set off
-- Planned for the cursor at hand: a plan for any cursor expects many unread changes, so it would look for the first
-- among all that are kept, where almost always there is none.
-- Locks nothing: its callers have locked the rows, so whoever held them has committed and is seen.
CREATE OR REPLACE FUNCTION tidemark.is_behind(
  p_tenant text, p_changes text, p_cursor text, p_own xid8 DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor) WHERE xid IS DISTINCT FROM p_own) THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread_rows(p_tenant, v_cursor) AS unread
      WHERE unread.xid IS DISTINCT FROM p_own
        AND (unread.table_name, unread.row_id) IN (
          SELECT touched.table_name, touched.row_id FROM tidemark.rows_of(p_changes) AS touched
        )
  );
END
$$;--> statement-breakpoint

-- The name of a synced table in SQL. One of the application's is looked up in the caller's search path; of the engine's
-- own there are those that are collections as well, and no others can be named.
CREATE OR REPLACE FUNCTION tidemark.relation(p_table text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_table = ANY (ARRAY[
      'tidemark.conflict', 'tidemark.notification', 'tidemark.notification_state', 'tidemark.notification_preference'
    ]) THEN p_table
    ELSE quote_ident(p_table)
  END
$$;--> statement-breakpoint

-- Tells whether a constraint is the table's primary key.
CREATE OR REPLACE FUNCTION tidemark.is_key(p_table text, p_constraint text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pg_constraint
      WHERE conrelid = tidemark.relation(p_table)::regclass AND contype = 'p' AND conname = p_constraint
  )
$$;--> statement-breakpoint

-- Tells whether an error is about what an edit asks for, so that it would fail alone, too. Then the edit is refused: it
-- is undone with a reason and holds nothing up. Every other error ends the call, so that it is repeated or waits for
-- somebody to mend something.
--   p_state    SQLSTATE
--   p_message  SQLERRM
-- All that a user's own triggers and constraints raise is a refusal: the codes of SQL for that, and every code that is
-- none of Postgres's own.
-- Repeated is whatever may pass, such as lost connections (08), deadlocks and serialization (40), a server without room
-- (53), locks (55006, 55P03), cancellation and shutdown (57), a broken server (58, XX). Waited for is what people mend
-- and would not want undone: a wrong password (28), a missing schema (3D, 3F), a missing table, column or function, no
-- right to use one (42). So of these a whole tenant waits, also where one table is at fault: a deploy that came before
-- its migration would undo the work of a day.
CREATE OR REPLACE FUNCTION tidemark.is_refusal(p_state text, p_message text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
      WHEN p_state IN ('TM001', 'TM002', 'TM005') THEN true
      WHEN p_state LIKE 'TM%' THEN false
      -- A column that Postgres itself fills, and a table that is not in the state that a trigger of it expects.
      WHEN p_state IN ('428C9', '55000') THEN true
      -- A row that a policy keeps out has the code of a missing right.
      WHEN p_state = '42501' THEN p_message LIKE '%row-level security%'
      WHEN left(p_state, 2) IN ('09', '20', '21', '22', '23', '27', '2F', '38', '39', '44', '54', 'P0') THEN true
      ELSE left(p_state, 2) NOT IN (
        '00', '01', '02', '03', '08', '0A', '0B', '0F', '0L', '0P', '0Z', '10', '24', '25', '26', '28', '2B', '2D', '34',
        '3B', '3D', '3F', '40', '42', '53', '55', '57', '58', '72', 'F0', 'HV', 'XX'
      )
    END
$$;--> statement-breakpoint

-- Tells whether a table has triggers that may store another row than was sent.
--   p_op  'insert' or 'update'
CREATE OR REPLACE FUNCTION tidemark.is_rewritten(p_table text, p_op text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  -- Bits of pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 16 update.
  SELECT EXISTS (
    SELECT FROM pg_trigger
      WHERE tgrelid = tidemark.relation(p_table)::regclass AND tgenabled <> 'D'
        AND tgtype & 3 = 3 AND tgtype & CASE p_op WHEN 'insert' THEN 4 ELSE 16 END <> 0
  )
$$;--> statement-breakpoint

-- Locks the rows that a batch will change, in the order of tables and keys, so that two writers meet at the first
-- common row and do not cross. Deletes need the stronger lock.
--   p_steps  [{op, table, ids}]; inserts have no row to lock
-- Absent: a row that is not there is not locked, so it may come while the batch waits to insert it.
CREATE OR REPLACE FUNCTION tidemark.lock_rows(p_tenant text, p_steps json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table record;
BEGIN
  FOR v_table IN
    SELECT step."table" AS name, array_agg(id) AS ids, bool_or(step.op = 'delete') AS deletes
      FROM json_to_recordset(p_steps) AS step(op text, "table" text, ids text[])
      CROSS JOIN LATERAL unnest(step.ids) AS id
      WHERE step.op <> 'insert'
      GROUP BY step."table" ORDER BY step."table" COLLATE "C"
  LOOP
    EXECUTE format(
      'SELECT 1 FROM %s WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id COLLATE "C" FOR %s',
      tidemark.relation(v_table.name), CASE WHEN v_table.deletes THEN 'UPDATE' ELSE 'NO KEY UPDATE' END
    ) USING p_tenant, v_table.ids;
  END LOOP;
END
$$;--> statement-breakpoint

-- Records where a row was stored otherwise than it was sent, as an external change.
--   p_place   of the stored version in the table's file. It is known when the statement has ended, and triggers of
--             other rows may have changed the row by then, so the version that was stored is named.
--   p_sent    {column: value}
--   p_stored  likewise
-- Records nothing where they are equal.
CREATE OR REPLACE FUNCTION tidemark.record_rewrite(
  p_tenant text, p_table text, p_id text, p_place tid, p_sent jsonb, p_stored jsonb
) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT tidemark.record_change(
      p_tenant, p_table, p_id, 'update', before, after,
      NULL, tidemark.version_name(tidemark.relation(p_table)::regclass, p_place)
    )
    FROM (
      SELECT jsonb_object_agg(key, value) AS before, jsonb_object_agg(key, p_stored -> key) AS after
        FROM jsonb_each(p_sent) WHERE value <> p_stored -> key
    ) AS rewritten
    WHERE before IS NOT NULL
$$;--> statement-breakpoint

-- Columns of a table with their types, for a column definition list. One that the table lacks is left for the statement
-- to name. The table is looked up in the caller's search path.
CREATE OR REPLACE FUNCTION tidemark.typed_columns(p_table text, p_columns text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(format('%I %s', name, coalesce(format_type(atttypid, atttypmod), 'text')), ', ')
    FROM unnest(p_columns) AS name
    LEFT JOIN pg_attribute ON attrelid = tidemark.relation(p_table)::regclass AND attname = name
$$;--> statement-breakpoint

-- Updates rows of one table.
--   p_columns  the columns that are set
--   p_deltas   the columns that are added to: to what Postgres holds, so a change made there meanwhile is kept
--   p_ids      the rows
--   p_rows     [{id, column: value}], with the same columns each
-- An index of the table can find a row by its id, or by the list of ids. Where it was offered both, Postgres took both
-- as soon as a table had grown a little: a search for each row, which sorted the list each time. So the rows are found
-- by the list alone, in one search, and the sent values are joined by something that no index has (`id || ''`). Numbers
-- within JSON stay as they are held (`keep_numbers`). What a BEFORE trigger stores otherwise than it was sent is
-- recorded as an external change.
-- Locks the rows.
-- Absent: TM001 where one of them is missing.
CREATE OR REPLACE FUNCTION tidemark.update_rows(
  p_tenant text, p_table text, p_columns text[], p_deltas text[], p_ids text[], p_rows json
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text[] := array_remove(p_columns, 'id');
  v_from text;
  v_update text;
  v_values text;
  v_done bigint;
BEGIN
  IF cardinality(v_columns || p_deltas) = 0 THEN RETURN; END IF;
  v_from := format(
    'json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, ARRAY['id'] || v_columns || p_deltas)
  );
  SELECT
      format(
        'UPDATE %s AS target SET %s FROM %s
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id',
        tidemark.relation(p_table), string_agg(format('%I = %s', name, value), ', '), v_from
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT
          name,
          CASE WHEN type = 'jsonb'::regtype THEN format('tidemark.keep_numbers(target.%1$I, sent.%1$I)', name)
            ELSE format('sent.%I', name)
          END AS value
        FROM unnest(v_columns) AS name
        LEFT JOIN LATERAL (
          SELECT atttypid::regtype AS type
            FROM pg_attribute WHERE attrelid = tidemark.relation(p_table)::regclass AND attname = name
        ) AS held ON true
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched;
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, v_columns);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target.*) || to_jsonb(changed.*) AS row
           FROM %3$s
           JOIN %1$s AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%5$s RETURNING target.id, target.ctid AS place, to_jsonb(target.*) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, stored.place, own.row, stored.row) FROM own JOIN stored USING (id)
         ) AS recorded',
      tidemark.relation(p_table), p_table, v_from, v_values, v_update
    ) INTO v_done USING p_tenant, p_rows, p_ids;
  ELSE
    EXECUTE v_update USING p_tenant, p_rows, p_ids;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- One row: the version of the engine's schema, and `floor`, the oldest that a Worker may be made for and still be
-- served. A migration that changes what Workers call moves the one, and the other too where an older Worker cannot go
-- on: Workers are deployed after the database is migrated, and some are of before for a while.
CREATE TABLE tidemark.version (version integer NOT NULL, floor integer NOT NULL);--> statement-breakpoint

INSERT INTO tidemark.version (version, floor) VALUES (1, 1);--> statement-breakpoint

-- Begins a call of a Worker, in the transaction of which it is the first statement: sets its settings.
--   p_settings  by name
--   p_version   of the schema that the Worker is made for
-- Fails with TM012, before anything is done, where this schema is older, or newer and no longer serves such a Worker.
-- The message says what to do.
CREATE OR REPLACE FUNCTION tidemark.begin_call(p_settings json, p_version integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_version integer;
  v_floor integer;
BEGIN
  SELECT version, floor INTO v_version, v_floor FROM tidemark.version;
  IF p_version > v_version THEN
    RAISE EXCEPTION 'the database has version % of the engine''s schema, and this Worker needs %: run `tidemark migrate`',
      v_version, p_version USING ERRCODE = 'TM012';
  ELSIF p_version < v_floor THEN
    RAISE EXCEPTION 'the database has version % of the engine''s schema, which serves no Worker that was made for %: deploy with the `tidemark` that migrated it',
      v_version, p_version USING ERRCODE = 'TM012';
  END IF;
  PERFORM set_config(name, value, true) FROM json_each_text(p_settings) AS setting (name, value);
END
$$;
