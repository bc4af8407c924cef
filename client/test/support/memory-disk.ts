import {
  type Batch,
  type Disk,
  DiskFault,
  type Kept,
  type KeptClient,
  type KeptEdit,
  type KeptEdits,
  type KeptRefusal,
  type KeptView,
  nextClient,
  type Store,
  type StoreEvent,
} from '../../src/disk/disk.ts'
import type { Ownership } from '../../src/disk/ownership.ts'

type Content = {
  client: KeptClient | undefined
  manifest: Kept['manifest']
  edits: Map<number, KeptEdit>
  refused: Map<string, KeptRefusal>
  views: Map<number, KeptView>
  rows: Map<number, Map<string, Kept['views'][number]['rows'][number]>>
}

const empty = (): Content => ({
  client: undefined,
  manifest: undefined,
  edits: new Map(),
  refused: new Map(),
  views: new Map(),
  rows: new Map(),
})

/** A disk that a test may fill, empty and break, and that outlives the clients that use it. */
export class MemoryDisk implements Disk, Ownership {
  readonly contents = new Map<string, Content>()
  /** Everything that was written, in order. */
  readonly batches: Batch[] = []
  /** Says why a batch cannot be written, if it cannot. */
  fault: (batch: Batch) => DiskFault | undefined = () => undefined
  /** While it is set, nothing is answered. */
  hangs = false
  readonly #owned = new Map<string, { readonly isShared: boolean; pages: number }>()
  readonly heard: ((event: StoreEvent) => void)[] = []
  #latest: string | undefined

  async latest(): Promise<string | undefined> {
    return this.#latest
  }

  async remember(owner: string | undefined): Promise<void> {
    this.#latest = owner
  }

  async open(owner: string, heard: (event: StoreEvent) => void): Promise<Store> {
    if (this.hangs) return new Promise(() => {})
    this.heard.push(heard)
    return new MemoryStore(this, owner)
  }

  async remove(owner: string): Promise<void> {
    this.contents.delete(owner)
  }

  async take(owner: string, isShared: boolean): Promise<(() => void) | undefined> {
    const owned = this.#owned.get(owner)
    if (owned && !(owned.isShared && isShared)) return undefined
    const taken = owned ?? { isShared, pages: 0 }
    this.#owned.set(owner, taken)
    taken.pages++
    return () => {
      if (--taken.pages === 0 && this.#owned.get(owner) === taken) this.#owned.delete(owner)
    }
  }

  /** The page of whoever has the disk is gone, without a word. */
  kill(): void {
    this.#owned.clear()
  }
}

class MemoryStore implements Store {
  readonly #disk: MemoryDisk
  readonly #owner: string
  #client: string | undefined
  #isClosed = false

  constructor(disk: MemoryDisk, owner: string) {
    this.#disk = disk
    this.#owner = owner
  }

  async load(): Promise<Kept | undefined> {
    const content = this.#disk.contents.get(this.#owner)
    if (!content?.client) return undefined
    const { manifest, edits, refused, views, rows } = structuredClone(content)
    const { client } = content
    this.#client = client.clientId
    const byN = [...edits.values()].sort((a, b) => a.edit.n - b.edit.n)
    const rowsOf = (id: number) => [...(rows.get(id) ?? [])].sort(byId).map(([, row]) => row)
    return {
      client,
      manifest,
      edits: byN,
      refused: [...refused.values()],
      views: [...views.values()].map((view) => ({ ...view, rows: rowsOf(view.id) })),
    }
  }

  async loadEdits(): Promise<KeptEdits | undefined> {
    const content = this.#disk.contents.get(this.#owner)
    if (!content?.client) return undefined
    const { edits, refused } = structuredClone(content)
    const byN = [...edits.values()].sort((a, b) => a.edit.n - b.edit.n)
    return { client: content.client, edits: byN, refused: [...refused.values()] }
  }

  async write(batch: Batch): Promise<void> {
    if (this.#disk.hangs) return new Promise(() => {})
    const fault = this.#isClosed
      ? new DiskFault('unavailable', 'The store is closed.')
      : this.#disk.fault(batch)
    if (fault) throw fault
    const before = this.#disk.contents.get(this.#owner)
    const next = nextClient(this.#client, batch, batch.anew ? undefined : before?.client)
    const content = batch.anew || !before ? empty() : structuredClone(before)
    apply(content, structuredClone(batch))
    content.client = next ?? content.client
    this.#disk.contents.set(this.#owner, content)
    this.#disk.batches.push(batch)
    this.#client = batch.client?.clientId ?? this.#client
  }

  close(): void {
    this.#isClosed = true
  }
}

function apply(content: Content, { manifest, edits, refused, views, rows }: Batch): void {
  content.manifest = manifest ?? content.manifest
  for (const n of edits?.drop ?? []) content.edits.delete(n)
  for (const edit of edits?.add ?? []) {
    if (content.edits.has(edit.edit.n)) throw new DiskFault('taken', `${edit.edit.n} is there`)
    content.edits.set(edit.edit.n, edit)
  }
  for (const edit of edits?.put ?? []) content.edits.set(edit.edit.n, edit)
  for (const id of refused?.drop ?? []) content.refused.delete(id)
  for (const refusal of refused?.put ?? []) content.refused.set(refusal.id, refusal)
  for (const id of views?.drop ?? []) {
    content.views.delete(id)
    content.rows.delete(id)
  }
  for (const view of views?.put ?? []) content.views.set(view.id, view)
  for (const { view, anew, put, drop } of rows ?? []) {
    const held = (anew ? undefined : content.rows.get(view)) ?? new Map()
    for (const row of put) held.set(String(row['id']), row)
    for (const id of drop) held.delete(id)
    content.rows.set(view, held)
  }
}

function byId([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
