import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultEndpoint, startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { runSeed } from '../acceptance/external/run-seed.ts'
import { PLACES } from '../acceptance/external/writer.ts'
import { type Stack, startStack } from '../support/stack.ts'

// A small part; the figure outside-writes has the rest.

let faults: FaultEndpoint
let stack: Stack

beforeAll(async () => {
  faults = await startFaultEndpoint()
  stack = await startStack({ faults })
  await stack.sql(PLACES)
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await faults[Symbol.asyncDispose]()
})

it.each([1, 2])('OUT-22 nothing vanishes of what SQL sessions and clients write, seed %i', async (seed) => {
  const { changes, events, lost, unequal } = await runSeed(stack, faults, seed)
  expect([...lost, ...unequal]).toEqual([])
  expect(events).toBe(changes)
  expect(changes).toBeGreaterThan(0)
})

it('OUT-23 updates that are not recorded are found', async () => {
  await stack.sql(`
    CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER forget BEFORE INSERT ON tidemark.sync_change FOR EACH ROW
      WHEN (NEW.op = 'update' AND NEW.id % 5 = 0 AND NOT NEW.after ? 'email') EXECUTE FUNCTION forget()`)
  try {
    const { lost } = await runSeed(stack, faults, 3)
    expect(lost.join('\n')).toContain('nothing tells of')
  } finally {
    await stack.sql('DROP TRIGGER forget ON tidemark.sync_change')
  }
})
