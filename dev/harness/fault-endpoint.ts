import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'

/** What happens to one request. */
export type Fault =
  | 'pass'
  | 'delay'
  // Postgres never hears of the request.
  | Withheld
  // Postgres has committed, and the answer is thrown away, replaced or damaged on its way back.
  | 'drop-answer'
  | 'fail-answer'
  | 'cut-answer'
  | 'html-answer'
  | 'trickle-answer'
  // The request arrives two times at once; the later answer is given.
  | 'twice'

type Withheld = 'refuse' | 'too-large' | 'drop-request'

/** The last statement of a request: what it is about. */
export type Asked = { readonly query: string; readonly params: readonly unknown[] }

/** Whether a request carries a batch of edits. */
export function isBatch({ query }: Asked): boolean {
  return query.includes('tidemark.apply_batch(')
}

/** Whether a request asks about an edit that Postgres is to have first. */
export function isProposal({ query }: Asked): boolean {
  return query.includes('tidemark.propose(')
}

/** Whether a request asks for a page of a table's rows. */
export function isPageOf(table: string, { query }: Asked): boolean {
  return query.includes('row_to_json(') && query.includes(`FROM "${table}"`)
}

/** Chooses the fault of each request, in their order. */
export type Decide = (asked: Asked) => Fault

/** A server between the Worker and Neon's protocol that does to each request what it is told. */
export type FaultEndpoint = AsyncDisposable & {
  /** What the Worker's `NEON_ENDPOINT` is set to. */
  readonly endpoint: string
  /** How many requests met which fault. An answer is spoilt, and counted so, only if it was a success. */
  readonly counts: Readonly<Record<Fault, number>>
  /** Decides from the next request on. At first everything passes. */
  decide(decide: Decide): void
  /** Refuses every request until the result is called. */
  pause(): () => void
  /** Names the endpoint in front of which this one stands. */
  leadTo(upstream: string): void
}

/** Milliseconds that `delay` holds a request back. */
const DELAY_MS = 300

/** `trickle-answer` cuts an answer into so many pieces, with a pause between any two. */
const PIECES = 20
const PIECE_PAUSE_MS = 5

const NONE: Readonly<Record<Fault, number>> = {
  pass: 0,
  delay: 0,
  refuse: 0,
  'too-large': 0,
  'drop-request': 0,
  'drop-answer': 0,
  'fail-answer': 0,
  'cut-answer': 0,
  'html-answer': 0,
  'trickle-answer': 0,
  twice: 0,
}

const querySchema = v.object({ query: v.string(), params: v.optional(v.array(v.unknown()), []) })
const bodySchema = v.object({ queries: v.pipe(v.array(querySchema), v.minLength(1)) })

/** Starts the server on 127.0.0.1. */
export async function startFaultEndpoint(): Promise<FaultEndpoint> {
  const counts = { ...NONE }
  const stopped = new AbortController()
  let decide: Decide = () => 'pass'
  let isPaused = false
  let upstream = ''
  const server = createServer((request, response) => {
    // What goes wrong between us and upstream is one more cut connection.
    take(request, response).catch(() => response.destroy())
  })

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = v.parse(bodySchema, await json(request))
    const asked = body.queries.at(-1) ?? { query: '', params: [] }
    const fault = isPaused ? 'refuse' : decide(asked)
    const forward = () => send(upstream, request, JSON.stringify(body), stopped.signal)
    if (isWithheld(fault)) {
      counts[fault] += 1
      return withhold(response, fault)
    }
    if (fault === 'delay') await pause(DELAY_MS)
    const [answer] =
      fault === 'twice' ? (await Promise.all([forward(), forward()])).reverse() : [await forward()]
    if (!answer) throw new Error('a forwarded request has an answer')
    const done = answer.status === 200 || fault === 'delay' ? fault : 'pass'
    counts[done] += 1
    await reply(response, done, answer)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('an HTTP server has a port')
  return {
    endpoint: `http://127.0.0.1:${address.port}/sql`,
    counts,
    decide(next) {
      decide = next
    },
    pause() {
      isPaused = true
      return () => {
        isPaused = false
      }
    },
    leadTo(next) {
      upstream = next
    },
    async [Symbol.asyncDispose]() {
      stopped.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Answer = { readonly status: number; readonly text: string }

async function send(
  upstream: string,
  request: IncomingMessage,
  body: string,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith('neon-') && typeof value === 'string' ? [[name, value]] : [],
  )
  const response = await fetch(upstream, { method: 'POST', headers, body, signal })
  return { status: response.status, text: await response.text() }
}

function withhold(response: ServerResponse, fault: Withheld): void {
  if (fault === 'drop-request') response.destroy()
  else response.writeHead(fault === 'refuse' ? 503 : 413).end()
}

async function reply(response: ServerResponse, fault: Fault, { status, text }: Answer): Promise<void> {
  switch (fault) {
    case 'drop-answer':
      response.destroy()
      break
    case 'fail-answer':
      response.writeHead(502).end('bad gateway')
      break
    case 'cut-answer':
      response.end(text.slice(0, text.length / 2))
      break
    case 'html-answer':
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<html><body>Please wait ...</body></html>')
      break
    case 'trickle-answer': {
      const length = Math.ceil(text.length / PIECES)
      for (let from = 0; from < text.length; from += length) {
        response.write(text.slice(from, from + length))
        await pause(PIECE_PAUSE_MS)
      }
      response.end()
      break
    }
    default:
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(text)
  }
}

function isWithheld(fault: Fault): fault is Withheld {
  return fault === 'refuse' || fault === 'too-large' || fault === 'drop-request'
}
