import type { Peer } from '@tidemark/client'
import { describe, expect, it } from 'vitest'
import { caretsOf, shifted } from '../src/notes/carets.ts'

const at = (field: string, to?: number) => ({
  collection: 'invoices',
  id: 'i1',
  field,
  ...(to !== undefined && { cursor: [to, to] as [number, number] }),
})

const peer = (subject: string, ...places: Peer['places']): Peer => ({
  subject,
  name: subject.toUpperCase(),
  places,
})

const places = (carets: ReturnType<typeof caretsOf>) => carets.map(({ name, to }) => `${name} ${to}`)

describe('the carets of others in a note', () => {
  it('WEB-39 are where their pages say, in this field alone, and each of a person’s', () => {
    const people = [
      peer('ben', at('notes', 3), at('notes', 7)),
      peer('cleo', at('reference', 1), 'coffee', at('notes')),
    ]
    expect(places(caretsOf(people, 'notes', []))).toEqual(['BEN 3', 'BEN 7'])
  })

  it('WEB-39 move with what is typed here until their page tells anew', () => {
    const first = caretsOf([peer('ben', at('notes', 3)), peer('cleo', at('notes', 5))], 'notes', [])
    const moved = shifted(first, 'hello', 'Oh hello', 3)
    expect(places([...moved])).toEqual(['BEN 6', 'CLEO 8'])
    const told = caretsOf([peer('ben', at('notes', 3)), peer('cleo', at('notes', 9))], 'notes', moved)
    expect(places(told)).toEqual(['BEN 6', 'CLEO 9'])
  })

  it.each([
    ['typed behind it', 'abc', 'abcd', 4, 2, 2],
    ['typed at it', 'abc', 'abXc', 3, 2, 2],
    ['deleted before it', 'abcdef', 'cdef', 0, 4, 2],
    ['deleted with the Delete key', 'abcdef', 'abcef', 3, 5, 4],
    ['deleted around it', 'abcdef', 'af', 1, 3, 1],
    ['replaced before it', 'abcdef', 'aXXdef', 3, 6, 6],
  ])('WEB-39 what is %s', (_, before, after, own, was, becomes) => {
    const [caret] = shifted(caretsOf([peer('ben', at('notes', was))], 'notes', []), before, after, own)
    expect(caret?.to).toBe(becomes)
  })
})
