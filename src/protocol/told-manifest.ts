import type { Column, Manifest, ToldManifest } from './manifest.ts'

/** A manifest as clients are told it. */
export function toldManifest({ hash, collections }: Manifest): ToldManifest {
  const toldColumns = (columns: readonly Column[]) => columns.map(({ form: _, ...column }) => column)
  return {
    hash,
    collections: collections.map(({ columns, ...told }) => ({ ...told, columns: toldColumns(columns) })),
  }
}
