import { expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from '../../src/api/edit-handle.ts'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

async function codeOf({ n, accepted }: EditHandle): Promise<string> {
  const result = await accepted
  return `${n === undefined ? 'not sent' : 'sent'}: ${result.ok ? 'ok' : result.error.code}`
}

async function desk() {
  const live = await DeskClient.live(10, note('a', 'a', 5))
  live.take()
  return live
}

it('CLI-10 an update sends what changed: differences for counters, values for the rest', async () => {
  const { db, socket } = await desk()
  db.notes.update('a', (draft) => {
    draft.title = 'b'
    draft.stars -= 2
    draft.state = 'open'
    draft.labels.push('late')
  })
  await settle()
  expect(socket.takeEdits()[0]?.ops).toEqual([
    {
      op: 'update',
      collection: 'notes',
      id: 'a',
      fields: { title: { set: 'b' }, stars: { add: -2 }, labels: { set: ['late'] } },
    },
  ])
})

it('CLI-10 an update that changes nothing sends nothing', async () => {
  const { db, socket } = await desk()
  const edit = db.notes.update('a', (draft) => {
    draft.title = 'a'
  })
  expect(await codeOf(edit)).toBe('not sent: ok')
  expect(socket.take()).toEqual([])
})

it('CLI-11 an insert shows its defaults at once', async () => {
  const { db } = await desk()
  const { id } = db.notes.insert({ title: 'new' })
  expect(db.notes.get(id)).toMatchObject({ id, title: 'new', stars: 0, state: 'open', labels: [], total: 0 })
})

it('CLI-12 a transaction is one edit, and sees itself', async () => {
  const { db, socket } = await desk()
  db.transaction((tx) => {
    const id = tx.notes.insert({ title: 'new' })
    tx.notes.update(id, (draft) => {
      draft.stars += 1
    })
    tx.notes.update(id, (draft) => {
      draft.stars += draft.stars
    })
    tx.lines.insert({ id: 'l', text: tx.notes.get(id)?.title ?? '' })
    expect(db.notes.get(id)).toBeUndefined()
  })
  await settle()
  const [edit, ...others] = socket.takeEdits()
  expect(others).toEqual([])
  expect(edit?.ops.map((op) => (op.op === 'update' ? op.fields : op.op))).toEqual([
    'insert',
    { stars: { add: 1 } },
    { stars: { add: 1 } },
    'insert',
  ])
})

it('CLI-12 a transaction with one bad operation changes nothing', async () => {
  const { db, socket } = await desk()
  const edit = db.transaction((tx) => {
    tx.notes.delete('a')
    tx.notes.delete('nobody')
  })
  expect(await codeOf(edit)).toBe('not sent: not-found')
  expect(db.notes.get('a')?.title).toBe('a')
  expect(socket.take()).toEqual([])
})

it('CLI-13 bad input is refused before it is sent, with the code the server would give', async () => {
  const { db, socket } = await desk()
  // What a caller without the compiler's help could do.
  const update = (values: object) => db.notes.update('a', (draft) => Object.assign(draft, values))
  const insert = (collection: 'notes' | 'lines', values: object) =>
    db[collection].insert(Object.assign({ title: 't', text: 't' }, values))
  const lines = (values: object) => db.lines.update('l', (draft) => Object.assign(draft, values))
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  const codes = await Promise.all(
    [
      update({ title: 5 }),
      update({ colour: 'red' }),
      update({ id: 'b' }),
      update({ total: 5 }),
      update({ stars: 'many' }),
      update({ stars: Number.NaN }),
      update({ state: 'gone' }),
      update({ state: 'lost' }),
      update({ title: new Date(0) }),
      update({ title: 'a\0b' }),
      update({ labels: cyclic }),
      db.notes.update('nobody', (draft) => Object.assign(draft, { title: 't' })),
      db.notes.insert({ id: 'a', title: 'again' }),
      insert('notes', { text: 'no such column' }),
      insert('lines', { title: undefined, text: 'x'.repeat(300_000) }),
      lines({ text: 't' }),
    ].map(codeOf),
  )
  expect(codes.map((code) => code.replace('not sent: ', ''))).toEqual([
    'bad-value',
    'unknown-column',
    'not-writable',
    'effect-only',
    'bad-value',
    'bad-value',
    'illegal-transition',
    'bad-value',
    'bad-value',
    'bad-text',
    'bad-value',
    'not-found',
    'exists',
    'unknown-column',
    'too-large',
    'insert-only',
  ])
  expect(socket.take()).toEqual([])
  expect(db.notes.get('a')).toEqual({ id: 'a', title: 'a', stars: 5, state: 'open', labels: [], total: 0 })
})

it('CLI-14 before the first connection there is nothing to check an edit against', async () => {
  const { db } = new DeskClient()
  expect(await codeOf(db.notes.insert({ title: 't' }))).toBe('not sent: not-ready')
})

it('CLI-15 an edit of what no query holds says that its author has not seen it', async () => {
  const desk = new DeskClient()
  await desk.connect()
  desk.db.notes.update('a', (draft) => {
    draft.title = 'unseen'
  })
  desk.db.notes.delete('b')
  const counted = desk.db.notes.update('c', (draft) => {
    draft.stars += 1
  })
  expect(await codeOf(counted)).toBe('not sent: bad-value')
  await settle()
  expect(desk.socket.takeEdits().flatMap(({ ops }) => ops)).toEqual([
    { op: 'update', collection: 'notes', id: 'a', fields: { title: { set: 'unseen' } }, blind: true },
    { op: 'delete', collection: 'notes', id: 'b', blind: true },
  ])
})

it('CLI-16 an edit nobody watches is let go of once it is committed', async () => {
  const desk = new DeskClient()
  await desk.connect()
  const edit = desk.db.notes.insert({ title: 't' })
  await settle()
  desk.socket.say(accepted(1, 11), ['rows', 10, 11, []], ['committed', 11])
  expect(await edit.committed).toEqual({ ok: true, seq: 11 })
  desk.watch()
  await settle()
  desk.take()
  await desk.snapshot(11, note(edit.id, 't'))
  expect(desk.db.notes.get(edit.id)?.$sync).toEqual({ pending: false, committing: false })
})

/** A live client whose title of note `a` waits without an answer while the server says another. */
async function hiding() {
  const live = await desk()
  const { db, socket } = live
  db.notes.update('a', (draft) => {
    draft.title = 'mine'
  })
  await settle()
  socket.takeEdits()
  socket.say(['rows', 10, 12, [[0, [], [['a', 1, 'theirs', 4, ['new']]], []]]])
  expect(db.notes.get('a')).toMatchObject({ title: 'mine', labels: ['new'] })
  return live
}

it('CLI-18 an update says up to where its author had seen a field that its own edit hid', async () => {
  const { db, socket } = await hiding()
  db.notes.update('a', (draft) => {
    draft.title = 'mine again'
    draft.labels = []
    draft.stars += 1
  })
  await settle()
  expect(socket.takeEdits()).toMatchObject([{ context: { seq: 12 }, ops: [{ asOf: { title: 10 } }] }])
})

it('CLI-18 what was not hidden is not said', async () => {
  const { db, socket } = await hiding()
  db.notes.update('a', (draft) => {
    draft.labels = []
    draft.stars += 1
  })
  await settle()
  expect(socket.takeEdits()[0]?.ops[0]).not.toHaveProperty('asOf')
})

it('CLI-18 it goes by what was first hidden, for as long as that is', async () => {
  const { db, socket } = await hiding()
  const rename = (title: string) =>
    db.notes.update('a', (draft) => {
      draft.title = title
    })
  rename('second')
  // The first has come to nothing; the second, made in sight of it, still hides.
  socket.say(['receipt', [{ is: 'rejected', n: 1, error: wireError('write-refused', 'No.') }]])
  socket.say(['rows', 12, 13, [[0, [], [['a', 1, 'theirs again']], []]]])
  rename('third')
  await settle()
  expect(socket.takeEdits().map(({ ops }) => ops)).toMatchObject([
    [{ asOf: { title: 10 } }],
    [{ asOf: { title: 10 } }],
  ])
})

it('CLI-18 once the answer is there, nothing is hidden', async () => {
  const { db, socket } = await hiding()
  socket.say(['receipt', [{ is: 'rejected', n: 1, error: wireError('write-refused', 'No.') }]])
  db.notes.update('a', (draft) => {
    expect(draft['title']).toBe('theirs')
    draft['title'] = 'seen'
  })
  await settle()
  expect(socket.takeEdits()[0]?.ops[0]).not.toHaveProperty('asOf')
})

it('CLI-18 a delete says all that was hidden', async () => {
  const { db, socket } = await hiding()
  db.notes.delete('a')
  await settle()
  expect(socket.takeEdits()).toMatchObject([{ ops: [{ op: 'delete', asOf: { title: 10 } }] }])
})

it('CLI-18 a record made anew over the own delete hides the whole record', async () => {
  const { db, socket } = await desk()
  db.notes.delete('a')
  db.notes.insert({ id: 'a', title: 'anew' })
  await settle()
  socket.takeEdits()
  socket.say(['rows', 10, 12, [[0, [note('a', 'theirs')], [], []]]])
  db.notes.update('a', (draft) => {
    draft.title = 'mine'
  })
  await settle()
  expect(socket.takeEdits()).toMatchObject([{ ops: [{ op: 'update', asOf: { id: 10 } }] }])
})
