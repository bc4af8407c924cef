-- One edit in the form that `edits_of` takes apart, for what is remembered outside of a batch.
--   p_at  ms since 1970
CREATE OR REPLACE FUNCTION tidemark.single_edit(
  p_seq bigint, p_actor text, p_n bigint, p_subject text, p_at double precision
) RETURNS json
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT json_build_object(
    'first', p_seq, 'actors', json_build_array(p_actor), 'subjects', json_build_array(p_subject),
    'authors', json_build_array(1), 'n', json_build_array(p_n), 'since', p_at, 'at', json_build_array(0)
  )
$$;
