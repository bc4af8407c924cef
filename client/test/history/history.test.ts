import { afterEach, expect, it } from 'vitest'
import type { HistoryItem, HistoryPage, HistoryRequest } from '../../../src/protocol/history.ts'
import { ANSWER_DEADLINE_MS } from '../../src/history/ask.ts'
import { accepted, DeskClient, note, welcome } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const item = (seq: number, more: Partial<HistoryItem> = {}): HistoryItem => ({
  collection: 'notes',
  id: 'n1',
  kind: 'update',
  from: { title: `t${seq - 1}` },
  to: { title: `t${seq}` },
  epoch: 'e1',
  seq,
  author: 'ann',
  client: 'client-a1',
  n: seq,
  at: 0,
  committed: true,
  ...more,
})

const page = (items: readonly HistoryItem[], more: Partial<HistoryPage> = {}): HistoryPage => ({
  epoch: 'e1',
  row: { id: 'n1', title: 'now' },
  items: [...items],
  older: 'none',
  ...more,
})

let asked: HistoryRequest[] = []
afterEach(() => {
  asked = []
})

/** A desk with the note n1, whose server answers as it is told to. */
async function withNote(answer: (request: HistoryRequest) => object | Promise<Response>) {
  const desk = await DeskClient.live(10, note('n1'))
  desk.environment.answer = (url) => {
    const request: HistoryRequest = JSON.parse(url.searchParams.get('q') ?? '')
    asked.push(request)
    const given = answer(request)
    return given instanceof Promise ? given : Response.json(given)
  }
  const history = desk.db.notes.history('n1')
  /** The query of the record itself is answered, so that the history may begin. */
  const begin = async () => {
    const stop = history.subscribe(() => undefined)
    await settle()
    desk.take()
    await desk.say(
      [
        'view',
        {
          subscription: desk.lastSubscription,
          view: 1,
          columns: ['id', 'title', 'stars', 'state', 'labels', 'total'],
          resumeToken: 't',
        },
      ],
      ['page', { view: 1, seq: 10, rows: [note('n1')], last: true, total: 1 }],
    )
    await settle()
    return stop
  }
  return { desk, history, begin }
}

it('HIS-20 nothing is asked while nobody listens, and nothing by the clock', async () => {
  const { desk, history, begin } = await withNote(() => page([item(1)]))
  expect(history.getSnapshot()).toMatchObject({ status: 'loading', items: [] })
  await desk.environment.pass(1_000)
  expect(asked).toEqual([])
  const stop = await begin()
  expect(asked).toEqual([{ ask: 'record', collection: 'notes', id: 'n1' }])
  await desk.environment.pass(600_000)
  expect(asked).toHaveLength(1)
  stop()
})

it('HIS-20 it is asked for again when an own edit is accepted, not when it is made', async () => {
  const { desk, begin } = await withNote(() => page([item(1)]))
  await begin()
  asked = []
  desk.db.notes.delete('n1')
  await settle()
  const before = asked.length
  await desk.say(accepted(1, 11))
  expect(asked.length).toBeGreaterThan(before)
})

it('HIS-27 what was not available is asked for again, also where nothing was told yet', async () => {
  let isAway = true
  const { history, begin } = await withNote(() =>
    isAway ? page([], { older: 'unavailable' }) : page([item(1)]),
  )
  await begin()
  expect(history.getSnapshot()).toMatchObject({ status: 'ready', items: [], older: 'unavailable' })
  isAway = false
  history.more()
  await settle()
  expect(history.getSnapshot()).toMatchObject({ older: 'none', items: [{ seq: 1 }] })
})

it('HIS-25 an error stands beside what was read before, and trying again mends it', async () => {
  let fails = false
  const { desk, history, begin } = await withNote(() => {
    if (!fails) return page([item(1)])
    return Promise.resolve(Response.json({ code: 'busy', message: 'Try again later.' }, { status: 503 }))
  })
  await begin()
  fails = true
  desk.db.notes.update('n1', (draft) => {
    draft.title = 'x'
  })
  await desk.say(accepted(1, 11))
  expect(history.getSnapshot()).toMatchObject({
    status: 'error',
    error: { code: 'busy', retryable: true },
    items: [{ seq: 1 }],
  })
  fails = false
  history.more()
  await settle()
  const { status, error } = history.getSnapshot()
  expect([status, error]).toEqual(['ready', undefined])
})

it.each([
  ['no JSON', () => new Response('<html>', { status: 200 }), 'no-answer'],
  ['another form', () => Response.json({ items: 1 }), 'internal'],
  ['an unknown code', () => Response.json({ code: 'odd', message: '' }, { status: 400 }), 'internal'],
])('HIS-25 an answer of %s is an error', async (_, answer, code) => {
  const { desk } = await withNote(() => Promise.resolve(answer()))
  expect(await desk.db.notes.asOf('n1', 1)).toMatchObject({ ok: false, error: { code } })
  expect(await desk.db.notes.restore('n1').accepted).toMatchObject({ ok: false, error: { code } })
  expect(await desk.db.undo({ epoch: 'e1', seq: 1 }).committed).toMatchObject({ ok: false, error: { code } })
})

it('HIS-25 a question without an answer ends, and without a connection there is none', async () => {
  const { desk } = await withNote(() => Promise.withResolvers<Response>().promise)
  desk.environment.answer = (_, init) =>
    new Promise((_resolve, reject) =>
      init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    )
  const waiting = desk.db.notes.asOf('n1', 1)
  await desk.environment.pass(ANSWER_DEADLINE_MS)
  expect(await waiting).toMatchObject({ ok: false, error: { code: 'no-answer' } })
  await desk.cut()
  expect(await desk.db.notes.asOf('n1', 1)).toMatchObject({ ok: false, error: { code: 'no-network' } })
  desk.db.close()
  expect(await desk.db.notes.asOf('n1', 1)).toMatchObject({ ok: false, error: { code: 'client-closed' } })
})

it('HIS-6 older pages stay when the newest is read again, and go where they no longer join', async () => {
  let head = 6
  const at = (from: number, older: HistoryPage['older']) =>
    page([item(from), item(from - 1)], {
      older,
      ...(older === 'more' && { next: { epoch: 'e1', seq: from - 1 } }),
    })
  const { desk, history, begin } = await withNote((request) =>
    request.ask === 'record' && request.before ? at(request.before.seq - 1, 'more') : at(head, 'more'),
  )
  await begin()
  history.more()
  await settle()
  const seqs = () => history.getSnapshot().items.map(({ seq }) => seq)
  expect(seqs()).toEqual([6, 5, 4, 3])
  const again = async (n: number) => {
    desk.db.notes.update('n1', (draft) => {
      draft.title = `again ${n}`
    })
    await desk.say(accepted(n, 10 + n))
  }
  head = 7
  await again(1)
  expect(seqs()).toEqual([7, 6, 5, 4, 3])
  history.more()
  await settle()
  expect(seqs()).toEqual([7, 6, 5, 4, 3, 2, 1])
  head = 20
  await again(2)
  expect(seqs()).toEqual([20, 19])
})

it('HIS-21 an item says who has changed the same fields since', async () => {
  const { history, begin } = await withNote(() =>
    page([
      item(5, { author: 'eve', from: { title: 'a', stars: 1 }, to: { title: 'b', stars: 2 } }),
      item(4, { author: 'dan', refused: { code: 'refused-check', message: 'No.', retryable: false } }),
      item(3, { author: 'cleo', from: { stars: 0 }, to: { stars: 1 } }),
      item(2, { author: 'ben' }),
      item(1, { kind: 'insert', from: {}, to: { title: 't1' } }),
    ]),
  )
  await begin()
  expect(history.getSnapshot().items.map(({ changedSinceBy }) => changedSinceBy)).toEqual([
    [],
    ['eve'],
    ['eve'],
    ['eve'],
    ['eve', 'ben', 'cleo'],
  ])
})

it('HIS-23 what was undone already is not undone again, and nobody is asked', async () => {
  const { desk } = await withNote(() => page([]))
  const refused = { code: 'refused-check', message: 'No.', retryable: false } as const
  expect(await desk.db.undo(item(1, { refused })).accepted).toMatchObject({
    error: { code: 'bad-operation' },
  })
  expect(asked).toEqual([])
})

it('HIS-26 whoever asks for the same shares one', async () => {
  const { desk, history, begin } = await withNote(() => page([item(1)]))
  await begin()
  expect(desk.db.notes.history('n1')).toBe(history)
  desk.db.notes.history('n1').subscribe(() => undefined)
  await settle()
  expect(asked).toHaveLength(1)
})

it('PRO-25 what a server has no words for waits with those behind it, and goes up as it was to one that has', async () => {
  const { desk } = await withNote(() => ({ changes: [] }))
  const restored = desk.db.notes.restore('n2')
  await settle()
  const renamed = desk.db.notes.update('n1', (draft) => {
    draft.title = 'x'
  })
  await settle()
  const sent = desk.socket.takeEdits()
  expect(sent.map(({ n, ops }) => [n, ops[0]?.op])).toEqual([
    [1, 'restore'],
    [2, 'update'],
  ])
  await desk.cut()
  await settle()
  desk.socket.open(6)
  desk.socket.say(welcome({ seq: 10 }))
  await desk.environment.pass(1_000)
  expect(desk.socket.takeEdits()).toEqual([])
  expect(desk.db.connection.getSnapshot()).toMatchObject({ pending: 2 })
  await desk.cut()
  await desk.connect({ seq: 12, committed: 12, known: 2 })
  expect(desk.socket.frames).toEqual([])
  await desk.say(['receipt', [{ is: 'accepted', n: 1, seq: 11 }]], accepted(2, 12))
  expect(await restored.committed).toEqual({ ok: true, seq: 11 })
  expect(await renamed.committed).toEqual({ ok: true, seq: 12 })
})
