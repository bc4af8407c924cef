import type { TextPort } from './api/types.ts'
import type { Part } from './parts/part.ts'
import { openTextIn } from './text/open-text.ts'
import { TEXT_RULES } from './text/rules.ts'
import type { TextHandle, TextOptions } from './text/types.ts'

export type { TextSelection } from './text/selection.ts'
export type { TextHandle, TextOptions, TextSnapshot } from './text/types.ts'

/** The rows of one of a client's collections. */
type RowOf<Collection> = Collection extends { get(id: string): infer Row } ? NonNullable<Row> : never

/** The columns that hold texts. */
type TextColumn<Row> = {
  [Column in keyof Row & string]: [Row[Column]] extends [string | null] ? Column : never
}[keyof Row & string]

/**
 * Opens a text that several write, character by character. Its column has the policy `text()`.
 *
 * @example
 * const notes = openText(db, 'cards', 'c1', 'notes')
 * const stop = notes.subscribe(({ text }) => { area.value = text })
 * area.oninput = () => notes.setText(area.value, { start: area.selectionStart, end: area.selectionEnd })
 */
export function openText<Db extends { readonly texts: TextPort }, Name extends keyof Db & string>(
  db: Db,
  collection: Name,
  record: string,
  column: TextColumn<RowOf<Db[Name]>>,
  options: TextOptions = {},
): TextHandle {
  return openTextIn(db.texts, { collection, record, column }, options, () => heldRow(db[collection], record))
}

function heldRow(collection: unknown, record: string): Readonly<Record<string, unknown>> | undefined {
  if (typeof collection !== 'object' || collection === null || !('get' in collection)) return undefined
  const row: unknown = typeof collection.get === 'function' ? collection.get(record) : undefined
  return typeof row === 'object' && row !== null ? { ...row } : undefined
}

/**
 * The part of a client that says changes of texts character by character from the first one on, also those that `update`
 * makes of a column with the policy `text()`. `openText` brings it along; without it `update` says the whole text, and the
 * server makes the difference to what its author had in sight.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, parts: [text()] })
 */
export function text(): Part {
  return {
    name: 'text',
    join: ({ equipTexts }) => {
      equipTexts(TEXT_RULES)
      return {}
    },
  }
}
