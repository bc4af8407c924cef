import { describe, expect, it } from 'vitest'
import { describeVectors, evenly } from './support/describe.ts'
import { Ground } from './support/ground.ts'
import { readVectors, type Vector } from './support/vector.ts'

/** Vectors of a category that attack here; the proof has all. Of a prime, the steps fall in with no pattern of a list. */
const DRAWN = 31

describeVectors((all) => evenly(all, DRAWN))

describe('the list and what runs it', () => {
  const vectors = readVectors()

  it('HOS-1 there are 2,500 vectors at least, each by a name of its own', () => {
    const names = [...vectors].flatMap(([category, all]) => all.map(({ name }) => `${category}: ${name}`))
    expect(names.length).toBeGreaterThanOrEqual(2_500)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    for (const all of vectors.values()) expect(evenly(all, DRAWN)).toHaveLength(Math.min(DRAWN, all.length))
  })

  it('HOS-1 of a verdict that is wrong it is said whose it is, and what was found', async () => {
    const good = (vectors.get('frames') ?? []).slice(0, 1)
    const wrong: Vector = { ...only(good[0]), name: 'planted', verdict: 'nothing' }
    const ground = await Ground.lay('hostile')
    expect(await ground.withstand([...good, wrong])).toEqual([
      { name: 'planted', found: 'closed 4400 bad-json' },
    ])
  })

  it('HOS-1 of a batch that changed what it should not the one that did it is found', async () => {
    const good = (vectors.get('frames') ?? []).slice(0, 1)
    const insert = { op: 'insert', collection: 'assignees', id: 'planted', values: { name: 'x' } }
    const context = { epoch: '$EPOCH', seq: '$SEQ' }
    const socket = JSON.stringify(['push', 0, [{ n: 1, context, ops: [insert] }]]).replace('"$SEQ"', '$SEQ')
    const ground = await Ground.lay('hostile')
    const faults = await ground.withstand([...good, { name: 'planted', socket, verdict: 'rejected bad-id' }])
    const changed = 'the state of the tenant has changed'
    expect(faults.filter(({ found }) => found === changed)).toEqual([
      { name: `the batch from "${only(good[0]).name}"`, found: changed },
      { name: 'planted', found: changed },
    ])
    expect(faults).toContainEqual({ name: 'planted', found: 'accepted' })
  })
})

function only(vector: Vector | undefined): Vector {
  if (!vector) throw new Error('the list is empty')
  return vector
}
