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
);

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.conflict FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.conflict' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.conflict
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();
