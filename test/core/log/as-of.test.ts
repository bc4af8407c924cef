import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { AsOf } from '../../../src/core/log/as-of.ts'
import { holds } from '../../support/property.ts'
import { actions, CARD_IDS, tenantAfter } from '../../support/random-log.ts'

it('LIF-3 rows as of a place are those that were there, however far the log has gone since', () => {
  holds(
    fc.property(actions, fc.nat(40), fc.nat(40), (list, ...cuts) => {
      const [place, look] = cuts.map((cut) => Math.min(cut, list.length)).toSorted((a, b) => a - b)
      const [then, meanwhile, now] = [
        tenantAfter(list.slice(0, place)),
        tenantAfter(list.slice(0, look)),
        tenantAfter(list),
      ]
      const asOf = new AsOf()
      // The first look happens while the log is still on its way.
      asOf.take(meanwhile.log.slice(then.head), (name, id) => meanwhile.record(name, id)?.row)
      asOf.take(now.log.slice(meanwhile.head), (name, id) => now.record(name, id)?.row)
      for (const id of CARD_IDS) {
        const row = asOf.row('cards', id, now.row('cards', id) ?? null)
        expect(row).toEqual(then.row('cards', id) ?? null)
      }
    }),
  )
})
