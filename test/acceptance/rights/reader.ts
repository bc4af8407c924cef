import { openRawSocket } from '../../../dev/harness/raw-socket.ts'
import { encode } from '../../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Query } from '../../../src/protocol/query.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'

type Shown = { readonly name: string; readonly columns: readonly string[] }

/** Subscriptions from here on are asked to learn that everything before them has been answered. */
const MARKS_FROM = 1_000

/** A person who holds what frames say, applied without any code of the client, and keeps every text that was sent. */
export class Reader {
  /** Every text, in order. */
  readonly heard: string[] = []
  readonly rows = new Map<string, Map<string, Value[]>>()
  readonly #shown = new Map<number, Shown>()
  readonly #names: readonly string[]
  /** Proves of each subscription what it held. */
  readonly #resumeTokens = new Map<number, string>()
  #socket: WebSocket | undefined
  #epoch = ''
  #seq = 0
  #mark = MARKS_FROM
  #answered = 0
  /** Marks by the view that answers them. */
  readonly #marks = new Map<number, number>()
  readonly #texts = new Map<number, (answer: unknown) => void>()
  readonly #waiting = new Map<number, () => void>()
  #n = 0

  /** @param names the collections that it follows */
  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** Connects, and goes on from what it holds. */
  async connect(url: string, token: string, client: string): Promise<void> {
    this.#socket = await openRawSocket(url, token)
    this.#socket.addEventListener('message', ({ data }) => this.hear(String(data)))
    this.#answered = 0
    this.send([
      'hello',
      { protocol: PROTOCOL_VERSION, client, acknowledged: this.#n, unsettled: this.#n + 1 },
    ])
    const held = { epoch: this.#epoch, seq: this.#seq }
    for (const [id, collection] of this.#names.entries()) {
      const resumeToken = this.#resumeTokens.get(id)
      const resume = resumeToken === undefined ? {} : { resume: { ...held, resumeToken } }
      this.send(['subscribe', { id, query: { collection }, ...resume }])
    }
    this.send(['watch', { patterns: ['*'] }])
    await this.settled()
  }

  send(frame: Up): void {
    this.#socket?.send(encode(frame))
  }

  close(): void {
    this.#socket?.close()
  }

  /** Waits until everything that was sent before is answered. Returns the frames since a place, without the waiting. */
  async settled(from = this.heard.length): Promise<readonly Down[]> {
    this.#mark += 1
    const mark = this.#mark
    this.send(['subscribe', { id: mark, query: { collection: 'boardSettings', limit: 1 } }])
    if (this.#answered < mark) await new Promise<void>((resolve) => this.#waiting.set(mark, resolve))
    this.send(['unsubscribe', { id: mark }])
    return this.heard.slice(from).map(decoded).filter(isNews)
  }

  /** What is answered to a frame, besides what is always told. */
  async answerTo(frame: Up): Promise<readonly Down[]> {
    const from = this.heard.length
    this.send(frame)
    return this.settled(from)
  }

  /** What is answered to an edit. */
  push(...ops: Op[]): Promise<readonly Down[]> {
    this.#n += 1
    const context = { epoch: this.#epoch, seq: 0 }
    return this.answerTo(['push', this.#n - 1, [{ n: this.#n, context, ops }]])
  }

  ask(query: Query): Promise<readonly Down[]> {
    return this.answerTo(['subscribe', { id: 900, query }])
  }

  /** What is answered to whoever asks for the manuscript of a text, which comes after other answers. */
  async readText(collection: string, record: string, column: string): Promise<unknown> {
    this.#mark += 1
    const id = this.#mark
    const answered = new Promise((resolve) => this.#texts.set(id, resolve))
    this.send(['read-text', { id, collection, record, column }])
    return answered
  }

  /** A record as it is held. */
  row(name: string, id: string): Row | undefined {
    const values = this.rows.get(name)?.get(id)
    const columns = [...this.#shown.values()].find((shown) => shown.name === name)?.columns ?? []
    return values && Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null]))
  }

  /** Takes a text in. */
  hear(text: string): void {
    this.heard.push(text)
    const frame = decoded(text)
    switch (frame[0]) {
      case 'welcome':
        this.#epoch = frame[1].epoch
        this.#seq = frame[1].seq
        return
      case 'view': {
        const { subscription, view, columns, resumeToken, resumed } = frame[1]
        const name = this.#names[subscription]
        if (subscription >= MARKS_FROM) this.#marks.set(view, subscription)
        if (name === undefined) return
        this.#resumeTokens.set(subscription, resumeToken)
        this.#shown.set(view, { name, columns })
        if (!resumed) this.rows.set(name, new Map())
        return
      }
      case 'text':
        this.#texts.get(frame[1])?.(frame[2])
        return
      case 'page':
        this.#answer(this.#marks.get(frame[1].view) ?? 0)
        this.#put(frame[1].view, frame[1].rows)
        return
      case 'rows':
        this.#seq = frame[2]
        for (const [view, puts, patches, leaves] of frame[3]) {
          const name = this.#shown.get(view)?.name ?? ''
          for (const [id, ...pairs] of patches) this.#patch(name, id, pairs)
          this.#put(view, puts)
          for (const id of leaves) this.rows.get(name)?.delete(id)
        }
        return
      default:
    }
  }

  #answer(mark: number): void {
    this.#answered = Math.max(this.#answered, mark)
    this.#waiting.get(mark)?.()
    this.#waiting.delete(mark)
  }

  #put(view: number, rows: readonly (readonly Value[])[]): void {
    const name = this.#shown.get(view)?.name
    if (name === undefined) return
    for (const values of rows) this.rows.get(name)?.set(String(values[0]), [...values])
  }

  #patch(name: string, id: string, pairs: readonly Value[]): void {
    const row = this.rows.get(name)?.get(id)
    if (!row) return
    for (let i = 0; i < pairs.length; i += 2) {
      const [place, value = null] = [Number(pairs[i]), pairs[i + 1]]
      if (place >= 0) row[place] = value
      else row[-1 - place] = spliced(String(row[-1 - place]), value)
    }
  }
}

/** A text of which only what changed was told: from where, how much went, and what came. */
function spliced(text: string, change: Value): string {
  const [at, gone, come] = Array.isArray(change) ? change : []
  return text.slice(0, Number(at)) + String(come) + text.slice(Number(at) + Number(gone))
}

function decoded(text: string): Down {
  const frame = decodeDown(text)
  if (!frame.ok) throw new Error(`the server sent what is no frame: ${frame.error.message}`)
  return frame.frame
}

/** Is a frame about something that happened? An interval without changes only answers a mark, as of the head. */
function isNews(frame: Down): boolean {
  switch (frame[0]) {
    case 'committed':
    case 'page':
    case 'welcome':
    case 'text':
      return false
    case 'view':
      return frame[1].subscription < MARKS_FROM
    case 'rows':
      return frame[3].length > 0
    default:
      return true
  }
}
