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
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
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
$$;
