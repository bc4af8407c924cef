import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { partOf } from '../../../src/core/query/delta.ts'
import { defineView } from '../../../src/core/query/view.ts'
import { encodeDown } from '../../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import { holds } from '../../../test/support/property.ts'
import { PAGES } from '../../../test/support/text-people.ts'
import { rowFromWire, type ShownRow } from '../../src/replica/shown-row.ts'
import { applyPart } from '../../src/replica/view.ts'

const view = defineView(PAGES.manifest, { collection: 'pages' }, { read: EVERYTHING, hidden: [] })
if ('code' in view) throw new Error(view.message)

/** The text that a reader of a version has, after it had `before` and it became `after`; and what was sent for it. */
function told(version: number, before: string | null, after: string | null) {
  if (!view || 'code' in view) throw new Error('there is a view')
  const part = partOf(view, 0, [
    { id: 'p', before: { id: 'p', body: before }, after: { id: 'p', body: after } },
  ])
  const frame: Down = ['rows', 1, 2, part ? [part] : []]
  const sent = encodeDown(frame, version)
  const decoded = decodeDown(sent, version)
  const rows = new Map<string, ShownRow>([['p', rowFromWire(view.columns, ['p', before])]])
  if (decoded.ok && decoded.frame[0] === 'rows')
    for (const one of decoded.frame[3]) applyPart(rows, view.columns, one)
  return { body: rows.get('p')?.['body'], sent }
}

it('TXT-17 of a text of which little changed little is told, and readers come to the same in each version', () => {
  const long = 'It was a long text, of which nobody changed much. '.repeat(20)
  expect(told(7, long, `${long}More.`).sent.length).toBeLessThan(60)
  expect(told(6, long, `${long}More.`).sent.length).toBeGreaterThan(long.length)
  const text = fc.option(
    fc.array(fc.constantFrom('a', 'bc', '😀', long), { maxLength: 5 }).map((all) => all.join('')),
  )
  holds(
    fc.property(text, text, fc.constantFrom(6, 7), (before, after, version) => {
      expect(told(version, before, after).body).toBe(after)
    }),
  )
})
