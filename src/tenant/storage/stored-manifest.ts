import type { Manifest } from '../../protocol/manifest.ts'
import type { ColumnLoad, Meta } from './meta.ts'

/** The manifest that the object's records were made for, and the columns of it that they still lack. */
export class StoredManifest {
  readonly #meta: Meta

  constructor(meta: Meta) {
    this.#meta = meta
  }

  /** Undefined until the object has noted one. */
  get manifest(): Manifest | undefined {
    return this.#meta.get('manifest')
  }

  /** The hash of the manifest that Postgres was last told of. */
  get told(): string | undefined {
    return this.#meta.get('told-manifest')
  }

  get loads(): readonly ColumnLoad[] {
    return this.#meta.get('column-loads')
  }

  /** Records lack columns. */
  get incomplete(): boolean {
    return this.loads.length > 0
  }

  /** The seq at which the records came to have these columns: what the log holds from before has others. */
  sinceIn(epoch: string): number {
    const since = this.#meta.get('columns-since')
    return since.epoch === epoch ? since.seq : 0
  }
}
