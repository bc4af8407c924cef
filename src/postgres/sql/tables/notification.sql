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
);

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();
