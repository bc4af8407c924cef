import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import type { ExternalChange } from '../../../src/core/external/events.ts'
import type { MemoryTenant } from '../../support/memory-tenant.ts'
import { holdsLater } from '../../support/property.ts'
import { bodyOf, TextPerson, tenantWith } from '../../support/text-people.ts'
import { CASES } from './cases.ts'

const who = fc.nat({ max: 2 })
const share = fc.nat({ max: 1_000 })
const gone = fc.oneof(fc.constant(0), fc.nat({ max: 6 }))
const typing = fc.record({ is: fc.constant('type' as const), who, at: share, gone })
const moving = fc.record({ is: fc.constantFrom('push' as const, 'pull' as const), who })
const sql = fc.record({ is: fc.constant('sql' as const), at: share, gone })
const steps = fc.array(fc.oneof({ weight: 3, arbitrary: typing }, { weight: 4, arbitrary: moving }, sql), {
  maxLength: 24,
})

/** Three people with one text, and Postgres, which has whatever it is told. */
function world(body: string | null) {
  const tenant = tenantWith(body)
  const random = new Random(1)
  const people = [0, 1, 2].map((n) => new TextPerson(tenant, `client-${n}`, () => random.next()))
  return { tenant, people, person: (n: number) => people[n % people.length] ?? people[0] }
}

/** Words of one character each that nobody else types, so that none can be mistaken for another. */
function words() {
  let next = 0x4e00
  return () => String.fromCodePoint(next++)
}

function external(tenant: MemoryTenant, before: string | null, after: string): ExternalChange {
  const origin = { epoch: tenant.epoch, seen: tenant.head, by: 'script' }
  return {
    kind: 'update',
    collection: 'pages',
    id: 'p',
    before: { body: before },
    after: { body: after },
    ...origin,
  }
}

async function settle(people: readonly TextPerson[]): Promise<void> {
  let quiet = 0
  for (let round = 0; round < 60; round++) {
    for (const person of people) {
      await person.push()
      await person.pull()
    }
    quiet = people.every((person) => !person.isBusy) ? quiet + 1 : 0
    // Who was asked first has not seen what the others did.
    if (quiet > 2) return
  }
  throw new Error('the people never come to rest')
}

describe('several who write in one text', () => {
  it('TXT-5 hold what the object holds, and no word is lost that nobody deleted, whatever arrives when', async () => {
    await holdsLater(
      fc.asyncProperty(steps, fc.option(fc.constantFrom('', 'begun', 'two words')), async (drawn, body) => {
        const { tenant, people, person } = world(body)
        const word = words()
        const [typed, deleted] = [new Set<string>(), new Set<string>()]
        for (const step of drawn) {
          if (!('at' in step))
            await (step.is === 'push' ? person(step.who)?.push() : person(step.who)?.pull())
          else {
            const one = step.is === 'type' ? person(step.who) : undefined
            const text = one ? one.editor.text : (bodyOf(tenant) ?? '')
            const at = Math.floor((text.length * step.at) / 1_000)
            const inserted = word()
            typed.add(inserted)
            for (const character of text.slice(at, at + step.gone)) deleted.add(character)
            const size = Math.min(step.gone, text.length - at)
            if (one) one.editor.type([{ at, deleted: size, inserted }])
            else
              tenant.takeExternal([
                external(tenant, bodyOf(tenant), text.slice(0, at) + inserted + text.slice(at + size)),
              ])
          }
        }
        await settle(people)
        const text = bodyOf(tenant) ?? ''
        for (const { editor } of people) expect(editor.text).toBe(text)
        for (const character of typed)
          if (!deleted.has(character)) expect(text.split(character)).toHaveLength(2)
      }),
      CASES,
    )
  })
})

describe('an edit of a text', () => {
  it('TXT-6 that is refused leaves nothing, and its author’s text is as if it had not been made', async () => {
    const { tenant, people } = world('begun')
    const [ann, ben] = people
    if (!ann || !ben) throw new Error('there are three')
    await settle(people)
    ann.editor.type([{ at: 5, deleted: 0, inserted: ' refused' }])
    ann.role = 'reader'
    await ann.push()
    expect(bodyOf(tenant)).toBe('begun')
    expect(ann.editor.error).toMatchObject({ code: 'write-refused' })
    ann.role = 'writer'
    ann.editor.type([{ at: 0, deleted: 0, inserted: 'well ' }])
    ben.editor.type([{ at: 5, deleted: 0, inserted: ' on' }])
    await settle(people)
    expect(bodyOf(tenant)).toBe('well begun on')
    for (const { editor } of people) expect(editor.text).toBe('well begun on')
  })

  it('TXT-7 that Postgres refuses is undone, and what others wrote since stays', async () => {
    const { tenant, people } = world('begun')
    const [ann, ben] = people
    if (!ann || !ben) throw new Error('there are three')
    await settle(people)
    ann.editor.type([{ at: 5, deleted: 0, inserted: ' bad' }])
    await settle(people)
    ben.editor.type([{ at: 9, deleted: 0, inserted: ' good' }])
    await settle(people)
    expect(bodyOf(tenant)).toBe('begun bad good')
    tenant.revert(1)
    await settle(people)
    expect(bodyOf(tenant)).toBe('begun good')
    for (const { editor } of people) expect(editor.text).toBe('begun good')
  })

  it('TXT-8 of an empty field makes it a text, and a whole one that is set counts as its difference', async () => {
    const { tenant, people } = world(null)
    const [ann, ben] = people
    if (!ann || !ben) throw new Error('there are three')
    await settle(people)
    expect(bodyOf(tenant)).toBeNull()
    ann.editor.type([{ at: 0, deleted: 0, inserted: 'one two' }])
    await settle(people)
    const set = { set: 'one 2 two' }
    ben.author.look()
    ben.author.send({ op: 'update', collection: 'pages', id: 'p', fields: { body: set } })
    ann.editor.type([{ at: 7, deleted: 0, inserted: ' three' }])
    await settle(people)
    expect(bodyOf(tenant)).toBe('one 2 two three')
    ben.author.send({ op: 'update', collection: 'pages', id: 'p', fields: { body: { set: null } } })
    await settle(people)
    expect(bodyOf(tenant)).toBeNull()
    for (const { editor } of people) expect(editor.text).toBe('')
  })
})
