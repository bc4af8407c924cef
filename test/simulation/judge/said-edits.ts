import type { Edit } from '../../../src/protocol/edit.ts'
import { same } from './history.ts'

/** What clients have sent, perhaps more than once. */
export class SaidEdits {
  readonly #edits = new Map<string, readonly Edit[]>()

  add(client: string, edit: Edit): void {
    const known = this.of(client, edit.n)
    if (!known.some((other) => same(other, edit))) this.#edits.set(`${client}/${edit.n}`, [...known, edit])
  }

  /** What was sent under a number: one edit, unless its client begins anew. */
  of(client: string, n: number): readonly Edit[] {
    return this.#edits.get(`${client}/${n}`) ?? []
  }
}
