import { expect, it } from 'vitest'
import type { FieldOp } from '../../../src/protocol/edit.ts'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Part } from '../../src/parts/part.ts'
import { openText, text } from '../../src/text.ts'
import { DeskClient, manifest, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const [notes, ...others] = manifest.collections
/** The desk's manifest, with titles that several write. */
const written: Manifest = {
  hash: 'desk-text',
  collections: [
    ...(notes
      ? [
          {
            ...notes,
            columns: notes.columns.map((column) =>
              column.name === 'title' ? { ...column, policy: { kind: 'text' as const } } : column,
            ),
          },
        ]
      : []),
    ...others,
  ],
}

async function live(parts: Part[]): Promise<DeskClient> {
  const desk = new DeskClient({ parts })
  desk.watch()
  await desk.connect({ manifest: written, manifestHash: written.hash })
  await desk.snapshot(10, note('a', 'to be'))
  desk.take()
  return desk
}

/** What an update of the title says, once it is shown. */
async function said(desk: DeskClient): Promise<FieldOp | undefined> {
  desk.db.notes.update('a', (draft) => {
    draft.title = 'to be or not'
  })
  expect(desk.titles).toEqual(['to be or not'])
  await settle()
  for (const frame of desk.take()) {
    const [op] = frame[0] === 'push' ? (frame[2][0]?.ops ?? []) : []
    if (op?.op === 'update') return op.fields['title']
  }
  return undefined
}

it('SIZ-9 without the means to change texts an update says the whole of one', async () => {
  expect(await said(await live([]))).toEqual({ set: 'to be or not' })
})

const CHANGE = { text: { patches: [[5, '', ' or not', 'to be']] } }

it('SIZ-9 with the part text() it says what has changed', async () => {
  expect(await said(await live([text()]))).toEqual(CHANGE)
})

it('SIZ-9 so it does once a text was opened', async () => {
  const desk = await live([])
  openText(desk.db, 'notes', 'a', 'title')
  expect(await said(desk)).toEqual(CHANGE)
})
