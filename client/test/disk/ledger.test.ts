import { expect, it } from 'vitest'
import type { Edit } from '../../../src/protocol/edit.ts'
import { Ledger } from '../../src/disk/ledger.ts'
import { NOTHING_KEPT } from '../../src/queue/durable.ts'
import type { PendingEdit } from '../../src/queue/pending-edit.ts'
import { People } from '../../src/queue/people.ts'
import { Replica } from '../../src/replica/replica.ts'

const edit = (n: number): Edit => ({
  n,
  context: { epoch: 'e1', seq: 10 },
  ops: [{ op: 'delete', collection: 'notes', id: 'a' }],
})

it('TAB-17 what had been stored, and has ended on another page, is not stored again', () => {
  const changed: PendingEdit[] = []
  const { current: owner } = new People('client-a1', {
    newId: () => 'another',
    durable: () => NOTHING_KEPT,
    changed: (entry) => void changed.push(entry),
  })
  owner.queue.add(edit(1))
  owner.queue.stored(1)
  owner.queue.add(edit(2))
  // The store has the number of the first edit as given away, and not the edit.
  const client = { clientId: 'client-a1', epoch: 'e1', cursor: 10, last: 1, acknowledged: 1 }
  const kept = { client, manifest: undefined, edits: [], refused: [], views: [] }
  const ledger = new Ledger({ owner, replica: new Replica(), until: () => 0, refused: new Map() }, kept)
  for (const entry of changed) ledger.editChanged(entry)
  expect(ledger.takeEdits()?.edits.add.map(({ edit: { n } }) => n)).toEqual([2])
})
