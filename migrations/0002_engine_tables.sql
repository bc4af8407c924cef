-- The engine's own tables. They are plain SQL and not Drizzle tables, because only the functions of
-- the next migration read or write them. No role but the owner's can reach the schema by default.
CREATE SCHEMA "tidemark";--> statement-breakpoint

-- How far each tenant's log is in Postgres, and the answer to its last batch.
CREATE TABLE "tidemark"."ledger" (
	"tenant_id" text PRIMARY KEY,
	"epoch" text NOT NULL,
	"applied_seq" bigint NOT NULL DEFAULT 0,
	"last_after" bigint,
	"last_up_to" bigint,
	"last_refusals" jsonb,
	"updated_at" timestamptz NOT NULL DEFAULT now()
);--> statement-breakpoint

-- The highest edit number of each client that is settled. Survives epochs.
CREATE TABLE "tidemark"."client_mark" (
	"tenant_id" text NOT NULL,
	"client_id" text NOT NULL,
	"subject" text NOT NULL,
	"n" bigint NOT NULL,
	PRIMARY KEY ("tenant_id", "client_id")
);--> statement-breakpoint

-- Every edit as it was applied or refused, for audits. Its actor is a client, `sql` or `object`.
CREATE TABLE "tidemark"."history" (
	"tenant_id" text NOT NULL,
	"epoch" text NOT NULL,
	"seq" bigint NOT NULL,
	"actor" text NOT NULL,
	"n" bigint NOT NULL,
	"subject" text NOT NULL,
	"at" timestamptz NOT NULL,
	"changes" jsonb NOT NULL,
	"refused" jsonb,
	PRIMARY KEY ("tenant_id", "epoch", "seq")
);--> statement-breakpoint

CREATE FUNCTION "tidemark"."refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'tidemark.% is only ever added to', TG_TABLE_NAME;
END
$$;--> statement-breakpoint

CREATE TRIGGER "history_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "tidemark"."history"
  FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."refuse_change"();
