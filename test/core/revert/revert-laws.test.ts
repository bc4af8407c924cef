import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { intervalChanges } from '../../../src/core/query/changes.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import { board } from '../../fixtures/board.ts'
import { BothSides } from '../../support/both-sides.ts'
import { Author, MemoryTenant } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'
import { opOf, ownSteps, run, steps } from '../../support/random-steps.ts'

const TABLES = ['cards', 'keepers', 'awards'] as const

/** Which edit made the record that is at each place. */
class Lives {
  readonly #births = new Map<string, number>()

  of(ops: readonly Op[]): (number | undefined)[] {
    return ops.map(({ collection, id }) => this.#births.get(`${collection} ${id}`))
  }

  follow(ops: readonly Op[], seq: number): void {
    for (const { op, collection, id } of ops) {
      if (op === 'insert') this.#births.set(`${collection} ${id}`, seq)
      if (op === 'delete') this.#births.delete(`${collection} ${id}`)
    }
  }
}

it('REC-16 every edit that was refused, or depended on one, is undone once, and Postgres knows it', () => {
  let refused = 0
  let dependent = 0
  holds(
    fc.property(steps, (list) => {
      const { tenant, postgres } = run(list)
      const reverts = tenant.log.flatMap((entry) => entry.reverts ?? [])
      const seqs = reverts.map(({ seq }) => seq)
      expect(new Set(seqs).size).toBe(seqs.length)
      expect(postgres.undone.toSorted((a, b) => a - b)).toEqual(seqs.toSorted((a, b) => a - b))
      const dependents = reverts.filter(({ error }) => error.code === 'depends-on-reverted')
      refused += seqs.length - dependents.length
      dependent += dependents.length
    }),
    1_300,
  )
  expect(refused).toBeGreaterThan(300)
  expect(dependent).toBeGreaterThan(60)
})

it('REC-16 whoever follows the log back from the rows as they are ends with none', () => {
  holds(
    fc.property(steps, (list) => {
      const { tenant } = run(list)
      const nets = intervalChanges(tenant.log.toReversed(), (collection, id) => tenant.row(collection, id))
      for (const changes of nets.values()) {
        for (const { before } of changes.values()) expect(before).toBeUndefined()
      }
    }),
    500,
  )
})

it('REC-16 what is left is what the edits that were not undone come to, and no edit is undone that could have stayed', () => {
  let dependent = 0
  holds(
    fc.property(ownSteps, (list) => {
      const both = new BothSides()
      const mia = new Author(both.tenant, 'client-a1')
      const sent = new Map<number, { ops: Op[]; meant: (number | undefined)[] }>()
      for (const step of list) {
        if (step.is === 'send') both.send(step.size, step.ending, step.refuse)
        if (step.is !== 'edit') continue
        const ops = step.deeds.map(opOf)
        const lives = new Lives()
        const gone = new Set(both.tenant.log.flatMap(({ reverts }) => reverts?.seq ?? []))
        for (const [seq, earlier] of sent) if (!gone.has(seq)) lives.follow(earlier.ops, seq)
        mia.look()
        const verdict = mia.send(...ops)
        if (verdict.is === 'accepted') sent.set(verdict.seq, { ops, meant: lives.of(ops) })
      }
      both.drain()

      // The same edits once more, without those that Postgres refused, in the order it refused them.
      const left = new Set<number>()
      const play = (before: number): MemoryTenant => {
        const tenant = new MemoryTenant(board)
        const author = new Author(tenant, 'client-a1')
        const lives = new Lives()
        for (const [seq, { ops, meant }] of sent) {
          if (seq > before || left.has(seq)) continue
          author.look()
          const isMeant = lives.of(ops).every((life, index) => life === meant[index])
          if (isMeant && author.send(...ops).is === 'accepted') lives.follow(ops, seq)
          else left.add(seq)
        }
        return tenant
      }
      const reverts = both.tenant.log.flatMap(({ seq: at, reverts: undone }) =>
        undone ? { at, ...undone } : [],
      )
      for (const { at, seq, error } of reverts) {
        if (error.code === 'depends-on-reverted') continue
        left.add(seq)
        play(at)
      }
      const again = play(both.tenant.head)
      expect(reverts.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
        [...left].toSorted((a, b) => a - b),
      )
      dependent += reverts.filter(({ error }) => error.code === 'depends-on-reverted').length
      for (const table of TABLES)
        for (let n = 1; n <= 9; n += 1)
          expect(both.postgres.table(table).get(`c${n}`)).toEqual(again.row(table, `c${n}`))
    }),
    700,
  )
  expect(dependent).toBeGreaterThan(60)
})
