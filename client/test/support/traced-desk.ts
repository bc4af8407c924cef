import type { TraceEvent } from '../../src/trace/event.ts'
import type { RecorderOptions } from '../../src/trace/recorder.ts'
import { type Repro, reproOf } from '../../src/trace/repro.ts'
import { Tracer } from '../../src/trace/tracer.ts'
import { accepted, DeskClient, NOTE_COLUMNS, note } from './desk.ts'
import { settle } from './fake-environment.ts'

export const TOKEN = 'a-token-that-nobody-may-see'
export const NEXT_TOKEN = 'the-next-token-that-nobody-may-see'
export const PROOF = 'the-proof-of-a-view'

/** A desk with a trace, which watches all notes, those that are open, and a tag. */
export class TracedDesk extends DeskClient {
  readonly tracer: Tracer

  constructor(options: RecorderOptions = {}) {
    const tracer = new Tracer(options)
    let asked = 0
    super({ trace: tracer, getToken: () => (asked++ === 0 ? TOKEN : NEXT_TOKEN) })
    this.tracer = tracer
  }

  /** The repro, as it is after it was copied and pasted. */
  get repro(): Repro {
    const repro = reproOf(this.tracer)
    if (!repro) throw new Error('there is no client')
    return JSON.parse(JSON.stringify(repro))
  }

  get events(): readonly TraceEvent[] {
    return this.tracer.recorder.events
  }

  /** Events of some kinds, without their times. */
  of(...kinds: readonly TraceEvent['is'][]) {
    return this.events.filter(({ is }) => kinds.includes(is)).map(({ at: _, ...event }) => event)
  }

  static async begin(options: RecorderOptions = {}): Promise<TracedDesk> {
    const desk = new TracedDesk(options)
    desk.watch()
    desk.lastSubscription = 1
    await desk.connect({ seq: 10, committed: 10, session: 'a-session-of-the-server' })
    desk.socket.say(
      ['view', { subscription: 1, view: 0, columns: NOTE_COLUMNS, resumeToken: PROOF }],
      ['page', { view: 0, seq: 10, rows: [note('a', 'one'), note('b', 'two')], last: true, total: 2 }],
    )
    await settle()
    return desk
  }
}

/**
 * A session with all that is hard to live again: an edit that a listener makes, one that is refused and one that is never
 * sent, a renewed token, a cut with a resumed view, a resync, and a network that goes and comes.
 */
export async function eventfulSession(options: RecorderOptions = {}): Promise<TracedDesk> {
  const desk = await TracedDesk.begin(options)
  let isTold = false
  desk.db.notes
    .where({ state: 'open' })
    .orderBy('title')
    .limit(5)
    .subscribe(({ rows }) => {
      if (rows.length === 0 || isTold) return
      isTold = true
      desk.db.notes.update('a', (it) => {
        it.title = 'by a listener'
      })
      desk.db.notes.update('a', (it) => {
        it.stars += 1
      })
    })
  const stopHearing = desk.db.onInvalidate('notes_*', () => {})
  await settle()
  await desk.say(
    ['invalidate', { epoch: 'e1', seq: 10, tags: [], watched: true }],
    ['view', { subscription: 2, view: 1, columns: NOTE_COLUMNS, resumeToken: PROOF }],
    ['page', { view: 1, seq: 10, rows: [note('a', 'one'), note('b', 'two')], last: true, total: 2 }],
  )
  desk.db.notes.insert({ title: 'three' })
  desk.db.notes.update('b', (it) => {
    it.stars += 2
  })
  desk.db.notes.update('nobody', (it) => {
    it.title = 'never sent'
  })
  await settle()
  await desk.say(
    accepted(1, 11),
    ['rows', 10, 11, [[0, [], [['a', 1, 'by a listener']], []]]],
    ['invalidate', { epoch: 'e1', seq: 11, tags: ['notes_a'] }],
    [
      'receipt',
      [
        { is: 'accepted', n: 2, seq: 12 },
        {
          is: 'rejected',
          n: 3,
          error: { code: 'write-refused', message: 'No third note.', retryable: false },
        },
        { is: 'accepted', n: 4, seq: 13 },
      ],
    ],
    ['committed', 11],
    ['expiring', { expiresAt: 1 }],
  )
  stopHearing()
  await desk.environment.pass(6_000)
  desk.socket.sayText('pong')
  await desk.environment.pass(3_000)
  await desk.cut()
  await desk.connect({ seq: 13, committed: 11, known: 4 })
  await desk.say(
    ['view', { subscription: 3, view: 3, columns: NOTE_COLUMNS, resumeToken: PROOF, resumed: true }],
    ['view', { subscription: 4, view: 4, columns: NOTE_COLUMNS, resumeToken: PROOF, resumed: true }],
    ['rows', 11, 13, [[3, [], [['b', 2, 2]], []]]],
    ['committed', 13],
    ['reset', { epoch: 'e1', reason: 'a defect was mended' }],
  )
  desk.socket.say(
    ['view', { subscription: 5, view: 5, columns: NOTE_COLUMNS, resumeToken: PROOF }],
    ['page', { view: 5, seq: 14, rows: [note('a', 'by others', 1), note('c', 'new')], last: true, total: 2 }],
  )
  await settle()
  desk.environment.online = false
  desk.environment.wake()
  await settle()
  desk.environment.online = true
  desk.environment.wake()
  await desk.environment.pass(3_000)
  return desk
}
