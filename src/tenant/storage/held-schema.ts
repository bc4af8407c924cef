import type { LogEntry } from '../../core/log/log.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import { Meta } from './meta.ts'

/** Columns of one collection that are read from Postgres for the records there are. */
export type ColumnLoad = {
  readonly collection: string
  readonly columns: readonly string[]
  /** The id up to which they are here; '' for none. */
  readonly after: string
  readonly done: boolean
}

/**
 * Which manifest the object's records were made for, and which of its columns they still lack. What is
 * written in JSON was written here, so it is read back as the type it was written with.
 */
export class HeldSchema {
  readonly #sql: Sql
  readonly #meta: Meta
  #loads: readonly ColumnLoad[] = []
  #since = { epoch: '', seq: 0 }

  constructor(sql: Sql) {
    this.#sql = sql
    this.#meta = new Meta(sql)
    this.reread()
  }

  /** Undefined until the object has noted one. */
  get manifest(): Manifest | undefined {
    const text = this.#meta.get('manifest')
    return text === undefined ? undefined : JSON.parse(text)
  }

  putManifest(manifest: Manifest): void {
    this.#meta.put('manifest', JSON.stringify(manifest))
  }

  /** The hash of the manifest that Postgres was last told of. */
  get told(): string | undefined {
    return this.#meta.get('told-manifest')
  }

  putTold(hash: string): void {
    this.#meta.put('told-manifest', hash)
  }

  get loads(): readonly ColumnLoad[] {
    return this.#loads
  }

  /** Records lack columns. */
  get incomplete(): boolean {
    return this.#loads.length > 0
  }

  putLoads(loads: readonly ColumnLoad[]): void {
    this.#meta.put('column-loads', JSON.stringify(loads))
    this.#loads = loads
  }

  /** The seq at which the records came to have these columns: what the log holds from before has others. */
  sinceIn(epoch: string): number {
    return this.#since.epoch === epoch ? this.#since.seq : 0
  }

  putSince(place: { readonly epoch: string; readonly seq: number }): void {
    this.#meta.put('columns-since', JSON.stringify(place))
    this.#since = place
  }

  /** Learns again what is stored, after a transaction that was rolled back. */
  reread(): void {
    this.#loads = JSON.parse(this.#meta.get('column-loads') ?? '[]')
    this.#since = JSON.parse(this.#meta.get('columns-since') ?? '{"epoch":"","seq":0}')
  }

  /** Writes the entries of the log after a seq anew, and the corrections. */
  rewriteLog(after: number, rewrite: (entry: LogEntry) => LogEntry): void {
    const rows = this.#sql.exec<{ last_seq: number; entries: string }>(
      'SELECT last_seq, entries FROM log WHERE last_seq > ?',
      after,
    )
    for (const { last_seq, entries } of rows.toArray()) {
      const turn: LogEntry[] = JSON.parse(entries)
      const rewritten = turn.map((entry) => (entry.seq > after ? rewrite(entry) : entry))
      this.#sql.exec('UPDATE log SET entries = ? WHERE last_seq = ?', JSON.stringify(rewritten), last_seq)
    }
    const corrections = this.#sql.exec<{ seq: number; entry: string }>('SELECT seq, entry FROM correction')
    for (const { seq, entry } of corrections.toArray()) {
      const rewritten = JSON.stringify(rewrite(JSON.parse(entry)))
      this.#sql.exec('UPDATE correction SET entry = ? WHERE seq = ?', rewritten, seq)
    }
  }
}
