import type { SqlTable } from '../../define/describe-table.ts'
import type { Collection } from '../../protocol/manifest.ts'

/** A synced table with the collection made of it. */
export type Registered = { readonly table: SqlTable; readonly collection: Collection }
