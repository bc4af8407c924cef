import { describe, expect, it } from 'vitest'
import type { Collection, Column } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Client, SetDraft } from '../../src/api/types.ts'
import { difference } from '../../src/edits/draft.ts'
import { replay } from '../../src/replica/replay-op.ts'

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'text',
  nullable: false,
  policy: { kind: 'lww' },
  ...more,
})

const notes: Collection = {
  name: 'notes',
  insertOnly: false,
  deletes: 'win',
  columns: [
    column('id'),
    column('title'),
    column('labels', { type: 'text[]', nullable: true, policy: { kind: 'set' } }),
    column('advice', { policy: { kind: 'ask' } }),
    column('story', { policy: { kind: 'merge' } }),
  ],
}

const held: Row = { id: 'n1', title: 'a', labels: ['late', 'old'], advice: 'wait', story: 'once' }

type Draft = { labels: SetDraft | readonly string[] | null | number; title?: string; advice?: string }

/** What an update sends. */
function sent(change: (labels: SetDraft, draft: Draft) => void, row: Row | undefined = held) {
  return difference(notes, row, (draft) => {
    const { labels } = draft
    if (!isSet(labels)) throw new Error('a set can be added to')
    change(labels, draft as Draft)
  })
}

const isSet = (value: unknown): value is SetDraft => Array.isArray(value) && 'add' in value

describe('a set in a draft', () => {
  it('MRG-37 travels as what was added and removed', () => {
    expect(sent((labels) => labels.add('big'))).toEqual({ fields: { labels: { items: { add: ['big'] } } } })
    expect(sent((labels) => labels.delete('old'))).toEqual({
      fields: { labels: { items: { remove: ['old'] } } },
    })
    const both = { fields: { labels: { items: { add: ['big'], remove: ['late'] } } } }
    expect(sent((labels) => labels.replace(['big', 'old']))).toEqual(both)
    expect(
      sent((_, draft) => {
        draft.labels = ['old', 'big']
      }),
    ).toEqual(both)
  })

  it('MRG-37 that has the same items in the end is no change', () => {
    const none = { fields: {} }
    expect(sent((labels) => labels.add('late'))).toEqual(none)
    expect(
      sent((labels) => {
        labels.delete('late')
        labels.add('late')
      }),
    ).toEqual(none)
    expect(sent((labels) => labels.delete('other'))).toEqual(none)
    expect(sent(() => {}, { ...held, labels: null })).toEqual(none)
  })

  it('MRG-37 reads as an array, and an empty field as an empty one', () => {
    let read: unknown
    sent((labels) => {
      labels.add('big')
      read = [JSON.stringify(labels), labels.length, labels.includes('big'), Object.keys(labels)]
    })
    expect(read).toEqual(['["late","old","big"]', 3, true, ['0', '1', '2']])
    const first = sent((labels) => labels.add('big'), { ...held, labels: null })
    expect(first).toEqual({ fields: { labels: { items: { add: ['big'] } } } })
  })

  it('MRG-37 of a record that is not held is added to without knowing it, or said as a whole', () => {
    const blind = (change: (draft: Draft) => void) =>
      difference(notes, undefined, (draft) => change(draft as Draft))
    expect(blind(({ labels }) => isSet(labels) && labels.add('big'))).toEqual({
      fields: { labels: { items: { add: ['big'] } } },
    })
    expect(
      blind((draft) => {
        draft.labels = ['big']
      }),
    ).toEqual({ fields: { labels: { set: ['big'] } } })
    expect(
      blind((draft) => {
        draft.title = 'b'
      }),
    ).toEqual({ fields: { title: { set: 'b' } } })
  })

  it('MRG-37 is emptied by null, and takes nothing but texts', () => {
    expect(
      sent((_, draft) => {
        draft.labels = null
      }),
    ).toEqual({ fields: { labels: { set: null } } })
    expect(
      sent((_, draft) => {
        draft.labels = 5
      }),
    ).toMatchObject({
      error: { code: 'bad-value', ref: 'labels' },
    })
  })
})

describe('the replica shows', () => {
  const shown = (fields: Parameters<typeof update>[0], row: Row = held) => replay(notes, row, update(fields))
  const update = (fields: Extract<Parameters<typeof replay>[2], { op: 'update' }>['fields']) =>
    ({ op: 'update', collection: 'notes', id: 'n1', fields }) as const

  it('MRG-32 a set with own changes over whatever came since', () => {
    const items = { labels: { items: { add: ['big'], remove: ['old'] } } }
    expect(shown(items)).toMatchObject({ labels: ['big', 'late'] })
    expect(shown(items, { ...held, labels: ['new', 'old'] })).toMatchObject({ labels: ['big', 'new'] })
  })

  it('MRG-30 what its author wrote, until the object says what it came to', () => {
    const row = { ...held, advice: 'theirs', story: 'theirs' }
    expect(shown({ advice: { set: 'mine' }, story: { set: 'mine' } }, row)).toMatchObject({
      advice: 'mine',
      story: 'mine',
    })
  })
})

type Row2 = { id: string; title: string; labels: string[] }
type App = { readonly types?: { readonly notes: { row: Row2; insert: Omit<Row2, 'id'>; sets: 'labels' } } }

/** Never run: the compiler is the test. */
export function typesHold(db: Client<App>): void {
  db.notes.insert({ title: 'a', labels: ['late'] })
  db.notes.update('n1', (note) => {
    note.labels.add('late')
    note.labels.delete('old')
    note.labels.replace(note.labels.filter((label) => label !== 'old'))
    note.title = note.labels.join()
    // @ts-expect-error an item is a text
    note.labels.add(5)
    // @ts-expect-error it is not changed in place
    note.labels.push('late')
  })
}
