import { expect, it } from 'vitest'
import { makeRoom, type Revocation, RevocationList } from '../../../src/core/access/revocation.ts'

const DAY = 86_400

const of = (kind: Revocation['kind'], name: string, before: number): Revocation => ({
  kind,
  name,
  before,
  until: before + DAY,
})

const holder = (iat: number, more: { sub?: string; sid?: string; jti?: string } = {}) => {
  const { sub = 'ada', ...ids } = more
  return { claims: { sub, tenant: 'acme' }, marks: { iat, ...ids } }
}

it('REV-1 concerns the tokens that were issued before it, of whom it names', () => {
  const list = new RevocationList()
  list.add(of('sub', 'ada', 100))
  list.add(of('sid', 's1', 100))
  list.add(of('jti', 'j1', 100))
  expect([99, 100, 101].map((iat) => list.concerns(holder(iat)))).toEqual([true, false, false])
  const ben = { sub: 'ben' }
  expect(list.concerns(holder(99, ben))).toBe(false)
  expect(list.concerns(holder(99, { ...ben, sid: 's1' }))).toBe(true)
  expect(list.concerns(holder(99, { ...ben, jti: 'j1' }))).toBe(true)
  // What is a name of one kind is none of another.
  expect(list.concerns(holder(99, { sub: 's1', sid: 'j1', jti: 'ada' }))).toBe(false)
})

it('REV-1 of two revocations for one thing the later bounds count, in whatever order they come', () => {
  for (const order of [
    [100, 200],
    [200, 100],
  ]) {
    const list = new RevocationList()
    for (const before of order) list.add(of('sub', 'ada', before))
    expect([...list]).toEqual([of('sub', 'ada', 200)])
  }
})

it('REV-7 a list that is full lets nobody in who was to be kept out, and grows no further', () => {
  const list = new RevocationList()
  const limit = 50
  const revoked: Revocation[] = []
  for (let i = 0; i < 500; i++) {
    const one = of(i % 2 === 0 ? 'jti' : 'sid', `n${i}`, 1_000 + ((i * 7919) % 500))
    revoked.push(one)
    list.add(one)
    makeRoom(list, limit, 10)
    expect(list.size).toBeLessThanOrEqual(limit)
    for (const { kind, name, before, until } of revoked) {
      expect(list.concerns(holder(before - 1, { sub: 'x', [kind]: name }))).toBe(true)
      expect([...list].some((kept) => kept.until >= until)).toBe(true)
    }
  }
  // Nobody is shut out who came after all of them.
  expect(list.concerns(holder(1_500))).toBe(false)
})

it('REV-7 a list with room stays as it is', () => {
  const list = new RevocationList()
  list.add(of('sub', 'ada', 100))
  expect(makeRoom(list, 1, 1)).toBeUndefined()
  expect([...list]).toHaveLength(1)
})
