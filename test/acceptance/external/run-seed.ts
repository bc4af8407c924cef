import type { FaultEndpoint } from '../../../dev/harness/fault-endpoint.ts'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import { follow, type Person } from '../../support/person.ts'
import type { Stack } from '../../support/stack.ts'
import { type Edited, edit } from './editor.ts'
import { ASSIGNEE, drawScene, prepareRows, type Scene } from './rows.ts'
import { Values } from './touch.ts'
import { judge, type SeedResult } from './verdict.ts'
import { type Written, writeExternal } from './writer.ts'

const SESSIONS = 8
const TRANSACTIONS = 12
const EDITORS = ['ada', 'ben', 'cleo'] as const

/** What happens to calls of the object: Postgres has done what it was asked, and the object does not hear of it. */
const FAULTS = ['drop-answer', 'fail-answer', 'twice'] as const

/** In a tenant of its own: SQL sessions and clients change the same rows, then all sides are compared. */
export async function runSeed(stack: Stack, faults: FaultEndpoint, seed: number): Promise<SeedResult> {
  const tenant = `seed-${seed}`
  const values = new Values(seed)
  const scene = drawScene(new Random(seed))
  await prepareRows(stack, tenant, scene)
  const people = await Promise.all(
    EDITORS.map((name) => follow(stack.member(tenant, name), `${name} of ${tenant}`)),
  )
  try {
    const [written, edited] = await play(stack, faults, tenant, scene, seed, people, values)
    await settle(stack, tenant, people, values)
    return await judge(stack, tenant, scene, people, written, edited)
  } finally {
    for (const person of people) person.close()
  }
}

/** Both sides at once, as fast and as often nudged as the seed draws it. */
async function play(
  stack: Stack,
  faults: FaultEndpoint,
  tenant: string,
  scene: Scene,
  seed: number,
  people: readonly Person[],
  values: Values,
): Promise<[Written[], Edited[]]> {
  const draw = new Random(seed)
  const [writersPause, editorsPause] = [draw.pick([2, 10, 40]), draw.pick([20, 60, 150])]
  const nudges = draw.pick([0, 0.2, 1])
  const spoilt = draw.pick([0, 0.3])
  const answers = new Random(seed)
  faults.decide(() => (answers.chance(spoilt) ? answers.pick(FAULTS) : 'pass'))
  const over = new AbortController()
  const editing = people.map(({ db }, index) => {
    const name = EDITORS[index] ?? `editor-${index}`
    const random = new Random(seed * 1_000 + 500 + index)
    return edit({ name, db, longestPause: editorsPause, random, values, scene }, over.signal)
  })
  const writing = Array.from({ length: SESSIONS }, (_, index) => {
    const random = new Random(seed * 1_000 + index)
    return writeExternal({
      name: `sql-${index}`,
      connectionString: stack.connectionString,
      tenant,
      transactions: TRANSACTIONS,
      longestPause: writersPause,
      random,
      values,
      scene,
      committed: () => (random.chance(nudges) ? stack.nudge(tenant) : Promise.resolve()),
    })
  })
  const written = await Promise.all(writing).finally(() => over.abort())
  faults.decide(() => 'pass')
  return [written, await Promise.all(editing)]
}

/** Waits until every change has come everywhere: a last one on either side passes all before it. */
async function settle(
  stack: Stack,
  tenant: string,
  people: readonly Person[],
  values: Values,
): Promise<void> {
  const last = values.text('last')
  await stack.sql('UPDATE assignees SET email = $3 WHERE tenant_id = $1 AND id = $2', [
    tenant,
    ASSIGNEE,
    last,
  ])
  await stack.nudge(tenant)
  const names = people.map((_, index) => `last-${index}`)
  const arrived = (id: string, email: string) =>
    until(`everybody in ${tenant} sees ${id}`, () =>
      people.every(({ db }) => db.assignees.get(id)?.email === email),
    )
  await arrived(ASSIGNEE, last)
  const made = people.map(({ db }, index) =>
    db.assignees.insert({ id: names[index] ?? '', name: last, email: last }),
  )
  for (const { committed } of made) {
    const result = await committed
    if (!result.ok) throw new Error(`a last edit was refused: ${result.error.message}`)
  }
  for (const name of names) await arrived(name, last)
}
