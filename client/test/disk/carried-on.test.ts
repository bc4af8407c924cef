import { expect, it } from 'vitest'
import type { Edit } from '../../../src/protocol/edit.ts'
import { carriedOn } from '../../src/disk/adopt.ts'
import { NOTHING_KEPT } from '../../src/queue/durable.ts'
import { Queue } from '../../src/queue/queue.ts'

const reacting = (n: number, id: string): Edit => ({
  n,
  context: { epoch: 'log', seq: 3 },
  ops: [{ op: 'update', collection: 'cards', id, fields: { reactions: { add: 1 } } }],
})

it('TAB-19 what was stored under a client id that another tab has changed is not stored again under the new one', () => {
  const queue = new Queue(() => {}, NOTHING_KEPT)
  const [first, twin, unsaved] = [1, 2, 3].map((n) => queue.add(reacting(n, n < 3 ? 'one' : 'another')))
  queue.stored(2)
  const edits = [7, 8].map((n) => ({ edit: reacting(n, 'one'), places: [] }))
  const entries = carriedOn({ queue }, { edits })
  queue.restore({ last: 8, acknowledged: 6 }, entries, false)
  expect([...queue.entries].map(({ edit }) => edit.n)).toEqual([7, 8, 9])
  // Whoever waits for them hears of what became of them.
  expect(entries).toEqual([first, twin])
  expect(unsaved?.edit.n).toBe(9)
})
