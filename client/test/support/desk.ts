import type { Down } from '../../../src/protocol/down/down.ts'
import type { Welcome } from '../../../src/protocol/down/welcome.ts'
import type { Column, Manifest } from '../../../src/protocol/manifest.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { Client, QuerySnapshot } from '../../src/api/types.ts'
import { createClientIn } from '../../src/client-in.ts'
import { type Later, later } from '../../src/later.ts'
import type { Load } from '../../src/loading.ts'
import type { ClientOptions } from '../../src/options.ts'
import { allParts } from './all-parts.ts'
import { FakeEnvironment, settle } from './fake-environment.ts'

/** A small application: notes that count their stars, and lines nobody may change. */
type Note = { id: string; title: string; stars: number; state: 'open' | 'shut' | 'gone'; labels: string[] }
type Line = { id: string; text: string }
export type Desk = {
  readonly types?: {
    readonly notes: {
      row: Note
      insert: { id?: string; title: string; stars?: number; state?: Note['state']; labels?: string[] }
    }
    readonly lines: { row: Line; insert: { id?: string; text: string } }
  }
}

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'text',
  nullable: false,
  policy: { kind: 'lww' },
  ...more,
})

export const manifest: Manifest = {
  hash: 'desk-1',
  collections: [
    {
      name: 'notes',
      insertOnly: false,
      deletes: 'win',
      columns: [
        column('id'),
        column('title'),
        column('stars', { type: 'integer', default: 0, policy: { kind: 'counter' } }),
        column('state', {
          default: 'open',
          values: ['open', 'shut', 'gone'],
          policy: { kind: 'states', transitions: { open: ['shut'], shut: ['gone'] } },
        }),
        column('labels', { type: 'text[]', default: [] }),
        column('total', { type: 'integer', default: 0, policy: { kind: 'effect', of: 'counter' } }),
      ],
    },
    { name: 'lines', insertOnly: true, deletes: 'win', columns: [column('id'), column('text')] },
  ],
}

export const NOTE_COLUMNS = ['id', 'title', 'stars', 'state', 'labels', 'total']

/** A note as it travels. */
export const note = (id: string, title = id, stars = 0): Value[] => [id, title, stars, 'open', [], 0]

export const welcome = (more: Partial<Welcome> = {}): Down => [
  'welcome',
  {
    protocol: PROTOCOL_VERSION,
    session: 's',
    owner: 'ann',
    epoch: 'e1',
    seq: 10,
    committed: 10,
    known: 0,
    reverts: [],
    manifestHash: manifest.hash,
    manifest,
    expiresAt: 0,
    ...more,
  },
]

export const accepted = (n: number, seq: number): Down => ['receipt', [{ is: 'accepted', n, seq }]]

/** The proof that comes with every view here. */
export const RESUME_TOKEN = 'token'

/** Names a subscription's view. */
export const view = (
  subscription: number,
  number: number,
  columns: string[] = NOTE_COLUMNS,
  resumed = false,
): Down => [
  'view',
  { subscription, view: number, columns, resumeToken: RESUME_TOKEN, ...(resumed && { resumed }) },
]

/** A client at a desk where the test plays network, clock and server. */
export class DeskClient {
  readonly environment: FakeEnvironment
  readonly db: Client<Desk>
  /** What listeners were shown. */
  readonly snapshots: QuerySnapshot<Note>[] = []
  lastSubscription = 0
  #resumes = false

  /** @param load gives what is needed once the client has been let in */
  constructor(
    options: Partial<ClientOptions> = {},
    environment = new FakeEnvironment(),
    load: Load<Later> = () => later,
  ) {
    this.environment = environment
    this.db = createClientIn<Desk>(
      environment,
      {
        url: '/',
        tenant: 'acme',
        getToken: () => 'token',
        clientId: 'client-a1',
        parts: allParts(),
        ...options,
      },
      load,
    )
  }

  get socket() {
    return this.environment.socket
  }

  get rows(): readonly Note[] {
    return this.db.notes.all().getSnapshot().rows
  }

  get titles(): string[] {
    return this.rows.map(({ title }) => title)
  }

  /** Watches the notes and keeps every snapshot that listeners were shown. */
  watch(): () => void {
    return this.db.notes.all().subscribe((snapshot) => this.snapshots.push(snapshot))
  }

  /** Answers the newest subscription to the notes with a snapshot. */
  async snapshot(seq: number, ...rows: Value[][]): Promise<void> {
    this.socket.say(view(this.lastSubscription, 0))
    this.socket.say(['page', { view: 0, seq, rows, last: true, total: rows.length }])
    await settle()
  }

  /** Names the view of the newest subscription, which resumes if it asked to. */
  name(number = 0): void {
    this.socket.say(view(this.lastSubscription, number, NOTE_COLUMNS, this.#resumes))
  }

  /** Lets the server say frames, each in a turn of its own, as they come over a network. */
  async say(...frames: Down[]): Promise<void> {
    for (const frame of frames) {
      this.socket.say(frame)
      await settle()
    }
  }

  /** Takes what the client sent and remembers its newest subscription. */
  take(): Up[] {
    const frames = this.socket.take()
    for (const frame of frames) {
      if (frame[0] !== 'subscribe') continue
      this.lastSubscription = frame[1].id
      this.#resumes = frame[1].resume !== undefined
    }
    return frames
  }

  /** A client that is connected and live with these notes. */
  static async live(seq: number, ...rows: Value[][]): Promise<DeskClient> {
    const desk = new DeskClient()
    desk.watch()
    await desk.connect({ seq, committed: seq })
    await desk.snapshot(seq, ...rows)
    return desk
  }

  /** Opens the newest socket, lets the server answer hello, and takes what follows. */
  async connect(more: Partial<Welcome> = {}): Promise<Up[]> {
    await settle()
    this.socket.open()
    this.socket.take()
    this.socket.say(welcome(more))
    await settle()
    return this.take()
  }

  /** Cuts the connection and waits until the client has opened another socket. */
  async cut(code = 1006): Promise<void> {
    this.socket.cut(code)
    await this.untilOpening()
  }

  /** Waits until the client opens another socket than this one. */
  async untilOpening({ socket } = this): Promise<void> {
    for (let i = 0; i < 60 && this.socket === socket; i++) await this.environment.pass(1_000)
  }
}
