import { expect, it } from 'vitest'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { Filter } from '../../../src/protocol/query.ts'
import type { TraceEvent } from '../../src/trace/event.ts'
import { Masked } from '../../src/trace/mask.ts'
import { Ring } from '../../src/trace/ring.ts'
import { Tracer } from '../../src/trace/tracer.ts'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'
import { eventfulSession, NEXT_TOKEN, PROOF, TOKEN, TracedDesk } from '../support/traced-desk.ts'

it('TRC-1 a client with a trace says what one without it does', async () => {
  const play = async (trace?: Tracer) => {
    const desk = new DeskClient(trace ? { trace } : {})
    desk.watch()
    await desk.connect({ seq: 10, committed: 10 })
    desk.lastSubscription = 1
    await desk.snapshot(10, note('a'))
    desk.db.notes.update('a', (it) => {
      it.title = 'x'
    })
    await settle()
    await desk.say(accepted(1, 11))
    await desk.environment.pass(60_000)
    return {
      texts: desk.environment.sockets.map(({ texts }) => texts),
      told: desk.snapshots.map(({ rows }) => rows),
    }
  }
  const traced = await play(new Tracer())
  expect(traced).toEqual(await play())
  expect(traced.texts.flat().length).toBe(3)
})

it('TRC-2 the life of an edit is in the trace, in its order', async () => {
  const heard: TraceEvent[] = []
  const desk = await TracedDesk.begin({ onEvent: (event) => heard.push(event) })
  desk.db.notes.update('a', (it) => {
    it.title = 'x'
  })
  await settle()
  await desk.say(accepted(1, 11), ['committed', 11])
  const life = heard.filter(
    (event) =>
      event.is === 'edit' ||
      event.is === 'progress' ||
      (event.is === 'up' && event.text.startsWith('["push"')),
  )
  expect(life).toMatchObject([
    { is: 'edit', edit: { n: 1, ops: [{ op: 'update', id: 'a', fields: { title: { set: 'x' } } }] } },
    { is: 'up', text: expect.stringContaining('"n":1') },
    { is: 'progress', n: 1, progress: 'accepted' },
    { is: 'progress', n: 1, progress: 'committed' },
  ])
  expect(desk.events).toEqual(heard)
})

it('TRC-2 so is why one was refused: by the server, and before it was sent', async () => {
  const desk = await TracedDesk.begin()
  desk.db.notes.update('a', (it) => {
    it.title = 'x'
  })
  desk.db.notes.update('nobody', (it) => {
    it.title = 'x'
  })
  await settle()
  const error = { code: 'write-refused', message: 'Not today.', retryable: false } as const
  await desk.say(['receipt', [{ is: 'rejected', n: 1, error }]])
  expect(desk.of('refused', 'progress')).toEqual([
    { is: 'refused', error: { code: 'not-found', message: 'There is no record "nobody".' } },
    { is: 'progress', n: 1, progress: 'failed', error: { code: 'write-refused', message: 'Not today.' } },
  ])
})

it('TRC-2 the connection is in it with its causes, a resync, and queries from their opening to their end', async () => {
  const desk = await TracedDesk.begin()
  const stop = desk.db.lines.all().subscribe(() => {})
  await settle()
  stop()
  await desk.say(['reset', { epoch: 'e1', reason: 'a defect' }])
  desk.socket.cut()
  const states = desk
    .of('connection', 'resync')
    .map((event) =>
      event.is === 'connection'
        ? `${event.connection.state} ${event.connection.cause?.code ?? ''}`.trim()
        : event.is,
    )
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
    'connecting',
    'catching-up',
    'live',
    'catching-up',
    'resync',
    'offline connection-lost',
  ])
  expect(desk.of('ask', 'subscribe', 'unsubscribe')).toMatchObject([
    { ask: 1, query: { collection: 'notes' }, priority: 'medium' },
    { listener: 1, ask: 1 },
    { ask: 2, query: { collection: 'lines' } },
    { listener: 2, ask: 2 },
    { listener: 2 },
  ])
  expect(desk.of('shown').at(-1)).toMatchObject({ listener: 1, rows: 2 })
})

it('TRC-3 no token, no proof of a view and no name of a session is in a trace or a repro', async () => {
  const desk = await eventfulSession()
  await desk.connect({ seq: 14, committed: 14, known: 4 })
  desk.socket.say(['error', { code: 'busy', message: `what is ${NEXT_TOKEN}?`, retryable: true }])
  await settle()
  desk.db.notes.where({ title: TOKEN }).subscribe(() => {})
  desk.db.notes.insert({ title: `pasted: ${TOKEN}` })
  await settle()
  const written = JSON.stringify([desk.events, desk.repro])
  expect(written).toContain('pasted: ***')
  expect(desk.environment.sockets.flatMap(({ protocols }) => protocols).join()).toContain(TOKEN)
  expect(desk.environment.sockets.flatMap(({ texts }) => texts).join()).toContain(`["auth","${NEXT_TOKEN}"]`)
  expect(desk.environment.sockets.flatMap(({ texts }) => texts).join()).toContain(PROOF)
  expect(desk.of('up')).toContainEqual(expect.objectContaining({ text: '["auth","***"]' }))
  expect(written).toContain('what is *')
  const secrets = [TOKEN, NEXT_TOKEN, PROOF, 'a-session-of-the-server']
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([])
})

it('TRC-3 what a failed sign-in says is without the token of before', async () => {
  const tracer = new Tracer()
  let isFirst = true
  const desk = new DeskClient({
    trace: tracer,
    getToken: () => {
      if (!isFirst) throw new Error(`no other than ${TOKEN}`)
      isFirst = false
      return TOKEN
    },
  })
  await desk.connect()
  desk.socket.cut()
  await desk.environment.pass(5_000)
  const written = JSON.stringify(tracer.recorder.events)
  expect(written).toContain('no other than ***')
  expect(written).not.toContain(TOKEN)
})

it('TRC-4 a trace keeps its newest events, within a number and a weight, and a repro says that it is not whole', async () => {
  const desk = await TracedDesk.begin({ keep: 10 })
  expect(desk.events).toHaveLength(10)
  expect(desk.repro.whole).toBe(false)
  expect((await TracedDesk.begin()).repro.whole).toBe(true)
  const ring = new Ring<number>(1_000, 100, (weight) => weight)
  for (let i = 1; i <= 5_000; i++) ring.push(i % 40)
  expect(ring.items.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(100)
  expect(ring.items.at(-1)).toBe(0)
  expect(ring.dropped + ring.size).toBe(5_000)
  const heavy = new Ring<string>(10, 3, ({ length }) => length)
  heavy.push('too heavy')
  expect(heavy.items).toEqual(['too heavy'])
})

it('TRC-5 values are written down as the mask has them: of frames, edits, conditions, rows and sentences', async () => {
  const desk = await eventfulSession({
    mask: (value, { column }) =>
      column === 'title' && typeof value === 'string' ? '#'.repeat(value.length) : value,
  })
  desk.db.notes.where({ title: 'a secret title' }).subscribe(() => {})
  desk.db.notes.update('a', (it) => {
    it.title = 'a secret text'
  })
  await settle()
  const error = { code: 'write-refused', message: 'a secret sentence', retryable: false } as const
  await desk.say(['receipt', [{ is: 'rejected', n: 5, error }]])
  const written = JSON.stringify([desk.events, desk.repro])
  const typed = ['by a listener', 'three', 'by others', 'No third note.', 'secret', '"one"', '"new"']
  expect(typed.filter((text) => written.includes(text))).toEqual([])
  expect(written).toContain('"write-refused"')
  expect(written).toContain('#############')
  expect(desk.repro.end.queries[0]?.rows[0]).toMatchObject({ id: 'a', stars: expect.any(Number) })
})

it('TRC-5 of the engine’s own collections, which repeat the values of others, a mask leaves the place alone', () => {
  const masked = new Masked((value) => value)
  const columns = ['id', 'collection', 'record', 'lost']
  expect(masked.row(CONFLICTS, columns, ['c1', 'notes', 'a', 'a lost value'])).toEqual([
    'c1',
    'notes',
    'a',
    null,
  ])
  expect(masked.row('notes', ['id', 'title'], ['a', 'one'])).toEqual(['a', 'one'])
})

it('TRC-5 every kind of operation and condition is masked', () => {
  const masked = new Masked((value) => (typeof value === 'string' ? '#' : value))
  const context = { epoch: 'e1', seq: 1 }
  const place = { collection: 'notes', id: 'a' }
  const fields = {
    title: { set: 'one' },
    stars: { add: 2 },
    labels: { items: { add: ['late'], remove: ['new'] } },
    text: { text: { patches: [] } },
  }
  const edit = masked.edit({
    n: 1,
    context,
    ops: [
      { op: 'insert', ...place, values: { title: 'one' } },
      { op: 'update', ...place, fields },
      { op: 'delete', ...place },
      { op: 'restore', ...place },
    ],
  })
  expect(edit.ops).toEqual([
    { op: 'insert', ...place, values: { title: '#' } },
    {
      op: 'update',
      ...place,
      fields: {
        title: { set: '#' },
        stars: { add: 2 },
        labels: { items: { add: ['#'], remove: ['#'] } },
        text: { set: '#' },
      },
    },
    { op: 'delete', ...place },
    { op: 'restore', ...place },
  ])
  const where: Filter = [
    'and',
    [
      ['not', ['=', 'title', 'x']],
      ['in', 'title', ['x', 'y']],
      ['prefix', 'title', 'x'],
      ['has', 'labels', 'x'],
    ],
  ]
  expect(
    masked.query({ collection: 'notes', where, orderBy: [['title', 'asc']], after: ['x', 'a'] }),
  ).toMatchObject({
    where: [
      'and',
      [
        ['not', ['=', 'title', '#']],
        ['in', 'title', ['#', '#']],
        ['prefix', 'title', '#'],
        ['has', 'labels', '#'],
      ],
    ],
    after: ['#', 'a'],
  })
})

it('TRC-6 a trace is of one client, and what is no list of parts is refused as without it', async () => {
  const tracer = new Tracer()
  new DeskClient({ trace: tracer })
  expect(() => new DeskClient({ trace: tracer })).toThrow('A trace is of one client')
  const parts = JSON.parse('7')
  expect(() => new DeskClient({ trace: new Tracer(), parts })).toThrow('parts is a list')
})

it('TRC-11 the network can be taken from a client with a trace, and given back', async () => {
  const desk = await TracedDesk.begin()
  const { link } = desk.tracer
  link.turn(false)
  link.turn(false)
  await settle()
  expect(desk.socket.closedByClient).toBe(true)
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'offline', cause: { code: 'no-network' } })
  const opened = desk.environment.sockets.length
  await desk.environment.pass(60_000)
  expect(desk.environment.sockets).toHaveLength(opened)
  link.turn(true)
  await desk.environment.pass(2_000)
  await desk.connect({ seq: 10 })
  expect(desk.environment.sockets.length).toBeGreaterThan(opened)
  expect(desk.db.connection.getSnapshot().state).not.toBe('offline')
})
