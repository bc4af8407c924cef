import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchesOf } from '../../../src/core/text/patches.ts'
import type { FieldOp, UpdateOp } from '../../../src/protocol/edit.ts'
import { Author, type MemoryTenant } from '../../support/memory-tenant.ts'
import { holds } from '../../support/property.ts'
import { bodyOf, tenantWith } from '../../support/text-people.ts'
import { CASES } from './cases.ts'

const write = (...bodies: FieldOp[]): UpdateOp[] =>
  bodies.map((body) => ({ op: 'update', collection: 'pages', id: 'p', fields: { body } }))

/** Somebody without an editor, who is shown the text as it was on the last look, and what was written since by themselves. */
class Writer {
  readonly #tenant: MemoryTenant
  readonly #author: Author
  shown: string | null = null

  constructor(tenant: MemoryTenant, client: string) {
    this.#tenant = tenant
    this.#author = new Author(tenant, client)
    this.look()
  }

  look(): void {
    this.#author.look()
    this.shown = bodyOf(this.#tenant)
  }

  /** Sets the whole text, or sends what changed of it; by one edit also several times. */
  make(isWhole: boolean, ...texts: (string | null)[]): void {
    const ops = texts.flatMap((text) => {
      const before = this.shown
      this.shown = text
      const isSet = isWhole || text === null || before === null
      return write(isSet ? { set: text } : { text: { patches: patchesOf(before, text) } })
    })
    expect(this.#author.send(...ops).is).toBe('accepted')
  }
}

function begun(body: string | null) {
  const tenant = tenantWith(body)
  return { tenant, ann: new Writer(tenant, 'client-0'), ben: new Writer(tenant, 'client-1') }
}

const step = fc.record({
  who: fc.nat({ max: 1 }),
  looks: fc.boolean(),
  isWhole: fc.boolean(),
  at: fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 2 }),
  gone: fc.nat({ max: 2 }),
})

describe('a whole text that is set', () => {
  it('TXT-18 means the difference to what its author had in sight: no word is lost that nobody deleted, or it is kept', () => {
    holds(
      fc.property(
        fc.array(step, { maxLength: 10 }),
        fc.option(fc.constantFrom('', 'ab', 'abcd')),
        (steps, body) => {
          const { tenant, ann, ben } = begun(body)
          const [typed, deleted] = [new Set<string>(), new Set<string>()]
          let next = 0x4e00
          for (const { who, looks, isWhole, at, gone } of steps) {
            const writer = who === 0 ? ann : ben
            if (looks) writer.look()
            let text = writer.shown ?? ''
            const texts = at.map((share) => {
              const place = Math.floor((text.length * share) / 1_000)
              const word = String.fromCodePoint(next++)
              typed.add(word)
              for (const character of text.slice(place, place + gone)) deleted.add(character)
              text = text.slice(0, place) + word + text.slice(place + gone)
              return text
            })
            writer.make(isWhole, ...texts)
          }
          const kept = [bodyOf(tenant), ...tenant.conflicts.map(({ loser }) => loser.value)].join()
          for (const word of typed) if (!deleted.has(word)) expect(kept).toContain(word)
        },
      ),
      CASES,
    )
  })

  it('TXT-18 leaves what others wrote unseen, and is no conflict', () => {
    const { tenant, ann, ben } = begun('Call')
    ann.make(true, 'Call Anna')
    ben.make(true, 'Please: Call')
    expect(bodyOf(tenant)).toBe('Please: Call Anna')
    ann.make(true, 'Call Anna today')
    expect(bodyOf(tenant)).toBe('Please: Call Anna today')
    expect(tenant.conflicts).toEqual([])
  })

  it('TXT-18 leaves what others wrote unseen where it empties the field, and is null where nothing is left', () => {
    const { tenant, ann, ben } = begun('Call')
    ann.make(true, 'Call Anna', 'Call Anna now')
    ben.make(false, 'Please: Call')
    ann.make(true, null)
    expect(bodyOf(tenant)).toBe('Please: ')
    ann.look()
    ann.make(true, null)
    expect(bodyOf(tenant)).toBeNull()
    expect(tenant.conflicts).toEqual([])
  })

  it('TXT-18 replaces a text of which it cannot be told what of it its author saw, and keeps it', () => {
    const { tenant, ann, ben } = begun('Call')
    ann.make(true, 'Call Anna')
    ben.make(false, 'Please: Call')
    ben.make(true, null)
    expect(bodyOf(tenant)).toBeNull()
    expect(tenant.conflicts).toMatchObject([{ field: 'body', loser: { value: 'Please: Call Anna' } }])
  })

  it('TXT-18 replaces what is there where it is not known what its author had in sight, and what it replaces is kept', () => {
    const { tenant, ann } = begun('Call')
    ann.make(true, 'Call Anna')
    const [op] = write({ set: 'Write' })
    if (!op) throw new Error('there is one')
    const blind = new Author(tenant, 'client-2')
    expect(blind.send({ ...op, blind: true }).is).toBe('accepted')
    expect(bodyOf(tenant)).toBe('Write')
    expect(tenant.conflicts).toMatchObject([
      { field: 'body', policy: 'text', winner: { value: 'Write' }, loser: { value: 'Call Anna' } },
    ])
    tenant.floor = tenant.head
    const late = new Author(tenant, 'client-3')
    expect(late.send(...write({ set: 'Wait' })).is).toBe('accepted')
    expect(bodyOf(tenant)).toBe('Wait')
    expect(tenant.conflicts.at(-1)).toMatchObject({ winner: { value: 'Wait' }, loser: { value: 'Write' } })
  })
})
