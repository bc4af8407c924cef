import type { Row, Value } from '../../../src/protocol/value.ts'
import type { Tags } from './item-tags.ts'

/** Who wrote something last. `unknown`: what undid an edit does not tell whose value it brought back. */
export type Write = { readonly actor: string; readonly n: number; readonly seq: number } | 'unknown'

/** What somebody gave a field that is merged by words, whatever that came to. */
type Given = { readonly write: Write; readonly value: Value }

export type Life = {
  readonly birth: Write
  readonly end?: Write
  readonly fields: Map<string, Write>
  tags: Tags<Write>
  readonly given: Given[]
}

export const newLife = (birth: Write): Life => ({ birth, fields: new Map(), tags: new Map(), given: [] })

/** What an edit should have come to: rows by collection and id, and what it has conflicts about. */
export type Expected = {
  readonly rows: Map<string, Row | undefined>
  readonly conflicts: string[]
  /** Fields that the edit itself has written. */
  readonly own: Set<string>
  /** By record: the adds of its items, and what it gave the field that is merged by words. */
  readonly tags: Map<string, Tags<Write>>
  readonly given: Map<string, Value>
  /** Fields that stay as they were, and as whose they were. */
  readonly kept: Set<string>
}

export const expectNothing = (): Expected => ({
  rows: new Map(),
  conflicts: [],
  own: new Set(),
  tags: new Map(),
  given: new Map(),
  kept: new Set(),
})

export const BEGINNING: Write = { actor: '', n: 0, seq: 0 }
