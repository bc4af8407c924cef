import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forgetActors, versionOf } from '../../../src/core/records/record.ts'
import { covers } from '../../../src/core/records/version-vector.ts'
import { clientId, context, editNumber, seq } from '../../support/generate.ts'
import { holds } from '../../support/property.ts'

const version = fc.record({ actor: clientId, n: editNumber, seq })
const record = fc
  .record({ birth: version, notes: version, status: version })
  .map(({ birth, ...versions }) => ({ collection: 'cards', id: 'i1', row: {}, birth, versions }))

describe('a record', () => {
  it('VEC-4 forgets who wrote what lies at or below the floor, and a prefix compares as before', () => {
    holds(
      fc.property(record, seq, context, (kept, floor, held) => {
        const pruned = forgetActors(kept, floor)
        const prefixOnly = { epoch: held.epoch, seq: held.seq }
        for (const column of ['notes', 'status']) {
          const before = versionOf(kept, column)
          const after = versionOf(pruned, column)
          expect(after.seq).toBe(before.seq)
          expect(after.actor).toBe(before.seq <= floor ? '' : before.actor)
          expect(covers(prefixOnly, held.epoch, 'stranger', after)).toBe(
            covers(prefixOnly, held.epoch, 'stranger', before),
          )
        }
      }),
    )
  })

  it('VEC-4 with nothing below the floor stays the same object', () => {
    const version = { actor: 'client-a1', n: 1, seq: 9 }
    const young = { collection: 'cards', id: 'i1', row: {}, birth: version, versions: { notes: version } }
    expect(forgetActors(young, 8)).toBe(young)
  })
})
