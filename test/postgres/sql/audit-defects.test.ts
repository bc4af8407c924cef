import { expect, test } from 'vitest'
import { audit, clean, LIVED, live } from '../support/audited.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

const definition = async () => {
  const [row] = await database.sql("SELECT pg_get_functiondef('tidemark.remember'::regproc) AS text")
  return String(row?.['text'])
}

/** What the chain is made by, with a defect in it: a piece of it, and what takes its place. */
test.for([
  ['hashed without the line before', 'hash_line(v_previous,', "hash_line('\\x00'::bytea,"],
  ['hashed without what it changed', 'v_changes, p_refusal);', "'', p_refusal);"],
  ['linked to itself', 'v_line, v_previous, v_hash)', 'v_line, v_hash, v_hash)'],
  ['numbered with a gap', 'last_line + 1', 'last_line + 2'],
  ['not noted in the ledger', 'last_hash = v_hash', 'last_hash = v_previous'],
] as const)('AUD-11 a line that is %s is found', async ([name, piece, put]) => {
  const right = await definition()
  expect(right.split(piece)).toHaveLength(2)
  await database.sql(right.replace(piece, put))
  try {
    await live(database, name)
  } finally {
    await database.sql(right)
  }
  const { tampering } = await audit(database, name)
  expect(tampering[0]).toMatchObject({ tenant: name, fromLine: expect.any(Number) })
  // What is written as it should be is found to be so.
  await live(database, `${name}, then not`)
  expect(await audit(database, `${name}, then not`)).toEqual(clean(LIVED))
})
