import { type CopyLine, lineOf, linesIn, overLine } from './copy-lines.ts'
import type { Batch, Disk, Kept, KeptEdit, KeptEdits, Store } from './disk.ts'
import type { SecondCopies, SecondCopy } from './second-copy.ts'

/**
 * A disk that has each edit twice: in the store, and in a copy beside it, until it has ended. At the start they are
 * joined by n, and a store that is empty beside a copy with edits was lost. Where there is no copy the store is
 * all there is.
 */
export function inTwoPlaces(disk: Disk, copies: SecondCopies): Disk {
  return {
    latest: () => disk.latest(),
    remember: (owner) => disk.remember(owner),
    open: async (owner, heard) => {
      const opening = copies.open(owner).catch(() => undefined)
      try {
        const store = await disk.open(owner, heard)
        const copy = await opening
        return copy ? new PairedStore(store, copy) : store
      } catch (thrown) {
        opening.then((copy) => copy?.close())
        throw thrown
      }
    },
    remove: async (owner) => {
      // The copy first: one that stays beside a deleted store would be taken for what is left of it.
      await copies.remove(owner).catch(() => undefined)
      await disk.remove(owner)
    },
  }
}

class PairedStore implements Store {
  readonly #store: Store
  readonly #copy: SecondCopy
  #client = ''
  /** The edits of the copy that have not ended. */
  readonly #pending = new Set<number>()
  /** False once the copy has failed: then the store is all there is. */
  #isWhole = true

  constructor(store: Store, copy: SecondCopy) {
    this.#store = store
    this.#copy = copy
  }

  async load(): Promise<Kept | undefined> {
    const [kept, texts] = await Promise.all([this.#store.load(), this.#copy.read()])
    const lines = linesIn(texts)
    const clientId = kept?.client.clientId ?? lines.at(-1)?.client
    if (clientId === undefined) return kept
    this.#client = clientId
    const written = editsOf(lines, clientId)
    if (!kept) return restored(clientId, written)
    for (const { edit } of kept.edits) this.#pending.add(edit.n)
    return this.#join(kept, written)
  }

  loadEdits(): Promise<KeptEdits | undefined> {
    return this.#store.loadEdits()
  }

  async write(batch: Batch): Promise<void> {
    const { client, edits } = batch
    await this.#store.write(batch)
    this.#client = client?.clientId ?? this.#client
    if (batch.anew) this.#pending.clear()
    for (const { edit } of edits?.add ?? []) this.#pending.add(edit.n)
    await this.#append((edits?.add ?? []).map(({ edit }) => lineOf(this.#client, edit)))
    this.#ended(edits?.drop ?? [])
  }

  close(): void {
    this.#store.close()
    this.#copy.close()
  }

  /**
   * A store may have lost its latest transactions: what only the copy has is stored again. A copy may have had no room
   * for a while: what only the store has is written there.
   */
  async #join(kept: Kept, written: readonly KeptEdit[]): Promise<Kept> {
    const there = new Set(written.map(({ edit }) => edit.n))
    const lacking = kept.edits.filter(({ edit }) => !there.has(edit.n))
    await this.#append(lacking.map(({ edit }) => lineOf(kept.client.clientId, edit)))
    const add = written.filter(({ edit }) => edit.n > kept.client.last)
    if (add.length === 0) return kept
    const client = { ...kept.client, last: Math.max(...add.map(({ edit }) => edit.n)) }
    await this.#store.write({ durability: 'strict', client, edits: { drop: [], add, put: [] } })
    for (const { edit } of add) this.#pending.add(edit.n)
    return { ...kept, client, edits: [...kept.edits, ...add] }
  }

  /** Nobody waits for this: until it is there, an edit that has ended is sent once more, and counts once. */
  #ended(ns: readonly number[]): void {
    if (ns.length === 0 || !this.#isWhole) return
    for (const n of ns) this.#pending.delete(n)
    const noting =
      this.#pending.size === 0 ? this.#copy.clear() : this.#copy.append([overLine(this.#client, ns)])
    noting.catch(() => this.#fail())
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0 || !this.#isWhole) return
    await this.#copy.append(lines).catch(() => this.#fail())
  }

  #fail(): void {
    this.#isWhole = false
  }
}

/** What the copy has of a client and has not ended, in the order of n. */
function editsOf(lines: readonly CopyLine[], clientId: string): KeptEdit[] {
  const edits = new Map<number, KeptEdit>()
  for (const line of lines) {
    if (line.client !== clientId) continue
    if (line.over) for (const n of line.over) edits.delete(n)
    else edits.set(line.edit.n, { edit: line.edit, places: [] })
  }
  return [...edits.values()].sort((a, b) => a.edit.n - b.edit.n)
}

function restored(clientId: string, edits: readonly KeptEdit[]): Kept | undefined {
  const [first, last] = [edits[0], edits.at(-1)]
  if (!first || !last) return undefined
  return {
    client: {
      clientId,
      epoch: undefined,
      cursor: undefined,
      last: last.edit.n,
      acknowledged: first.edit.n - 1,
    },
    manifest: undefined,
    edits,
    refused: [],
    views: [],
    lost: true,
  }
}
