-- The engine's own schema. Only its owner and the application role can reach it, and that role no more of it than
-- `access/grants.sql` lists. Only the functions in it read and write its tables.
--
-- The application role is whom the Worker connects as. It owns nothing and passes by no policy: whatever a statement
-- says, it meets rows of one tenant only, the one that its transaction names (`access/policies.sql`). It cannot sign in
-- until somebody gives it a password (docs/second-wall.md).
--
-- Names of an application's tables and columns come from the object's registry, never from a client. They are still
-- quoted wherever they become SQL, and resolved in the schema `public`: the engine's own tables cannot be named, but
-- for those that are collections (`relation`). No function finds anything by its caller's search path: each has a path
-- of its own, or was bound to what it names when it was made, which leaves Postgres free to make it part of a query.
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
--   tidemark.tenant    whom it is about: the application role meets the rows of no other tenant
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
--   TM012  the schema is of a version that does not serve the caller   waits for a person
--   TM020  the deadline of a proposal is over                           withdraws an edit
--   TM021  a proposal can no longer be done                             withdraws an edit
CREATE SCHEMA tidemark;

-- A role is the whole cluster's: another database in it may have made it, at this moment too.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_app') THEN
    CREATE ROLE tidemark_app NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
