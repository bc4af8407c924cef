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
LANGUAGE sql STABLE
BEGIN ATOMIC
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
    ) WITH ORDINALITY AS edit(author, n, at, outside, refused, changes, place);
END;
