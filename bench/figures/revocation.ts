import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from '../../dev/harness/figure.ts'
import { signal } from '../../dev/harness/processes.ts'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { openRawSocket } from '../../dev/harness/raw-socket.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { encode } from '../../src/protocol/codec/codec.ts'
import { CLOSE } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'

/** How often each way is gone. */
const TIMES = 4

/** Edits of others a second, while somebody's sign-in ends. */
const EDITS_PER_SECOND = 200

/** Seconds that a token lives that ends by itself. */
const SHORT_SECONDS = 5

/** Milliseconds after which the platform has let go of an object that nobody speaks to. */
const ASLEEP_MS = 15_000

/** Contacts in Postgres, so that loading them takes a while. */
const CONTACTS = 60_000

const GOAL_MS = 5_000

/** A socket that follows everything, and notes when it was last sent anything, and how it ended. */
type Watched = {
  lastAt: number
  frames: number
  ended: { code: number; reason: string } | undefined
}

/** How soon whoever's sign-in has ended is sent nothing any more. */
export const revocation: Figure<'rounds' | 'lastMs'> = {
  name: 'revocation',
  about: `the last delivery to somebody whose sign-in is ended, after the call that ends it or the end of their token: while others make ${EDITS_PER_SECOND} edits a second, while Postgres is frozen, while the object sleeps, while ${CONTACTS.toLocaleString('en-GB')} rows are loaded; the worst of ${TIMES} times each`,
  fields: ['rounds', 'lastMs'],
  goal: `lastMs < ${GOAL_MS}, and every session is closed with ${CLOSE.auth}`,
  async measure(report) {
    const rounds: { readonly way: string; readonly ms: number }[] = []
    for (const [way, go] of Object.entries(WAYS)) {
      await using stack = await startStack({ vars: { POLL_CHANGES: 'off' } })
      for (let time = 0; time < TIMES; time++) rounds.push({ way, ms: await go(stack, `${way}-${time}`) })
      const ms = rounds.filter((round) => round.way === way).map((round) => round.ms)
      report(`${way}: ${ms.join(', ')} ms`)
    }
    const lastMs = Math.max(...rounds.map(({ ms }) => ms))
    return {
      fields: { rounds: rounds.length, lastMs },
      input: { times: TIMES, editsPerSecond: EDITS_PER_SECOND, contacts: CONTACTS },
      ok: lastMs < GOAL_MS,
    }
  },
}

const WAYS: Readonly<Record<string, (stack: Stack, tenant: string) => Promise<number>>> = {
  'under load': async (stack, tenant) => {
    await using _load = await makeEdits(stack, tenant)
    const eve = await follow(stack, tenant, 'eve')
    await until('eve is sent what others do', () => eve.frames > 100)
    return lastAfter(eve, await revoke(stack, tenant))
  },
  'token ends': async (stack, tenant) => {
    await using _load = await makeEdits(stack, tenant)
    // Issued at a second, and so it ends: this one or the next.
    const endsAt = (Math.floor(Date.now() / 1_000) + SHORT_SECONDS) * 1_000
    return lastAfter(await follow(stack, tenant, 'eve', `${SHORT_SECONDS}s`), endsAt)
  },
  'Postgres frozen': async (stack, tenant) => {
    await using _load = await makeEdits(stack, tenant)
    const eve = await follow(stack, tenant, 'eve')
    await until('eve is sent what others do', () => eve.frames > 100)
    const pids = stack.postgresPids()
    for (const pid of pids) signal(pid, 'SIGSTOP')
    try {
      return await lastAfter(eve, await revoke(stack, tenant))
    } finally {
      for (const pid of pids) signal(pid, 'SIGCONT')
    }
  },
  asleep: async (stack, tenant) => {
    const eve = await follow(stack, tenant, 'eve')
    await until('eve has all', () => eve.frames > 0)
    await pause(ASLEEP_MS)
    return lastAfter(eve, await revoke(stack, tenant))
  },
  loading: async (stack, tenant) => {
    await stack.sql(
      "INSERT INTO contacts (tenant_id, id, name) SELECT $1, 'c' || n, 'Contact ' || n FROM generate_series(1, $2) AS n",
      [tenant, CONTACTS],
    )
    const eve = await follow(stack, tenant, 'eve')
    await until('eve is told how far it is', () => eve.frames > 1)
    return lastAfter(eve, await revoke(stack, tenant))
  },
}

/** Ends the sign-ins of Eve. Returns when that was asked for, in ms since 1970. */
async function revoke(stack: Stack, tenant: string): Promise<number> {
  const asked = Date.now()
  const response = await stack.administer(tenant, '/revoke', { sub: 'eve' })
  if (response.status !== 200) throw new Error(`not revoked: ${response.status} ${await response.text()}`)
  return asked
}

/** Milliseconds from a time until the last that somebody was sent; 0 where that was before. */
async function lastAfter(eve: Watched, at: number): Promise<number> {
  const { code, reason } = await until('eve is closed', () => eve.ended)
  if (code !== CLOSE.auth) throw new Error(`closed with ${code} ${reason}`)
  return Math.max(0, eve.lastAt - at)
}

async function follow(stack: Stack, tenant: string, name: string, valid?: string): Promise<Watched> {
  const socket = await openRawSocket(stack.url, await stack.pass(tenant, name, 'owner', valid))
  const watched: Watched = { lastAt: 0, frames: 0, ended: undefined }
  let read = 0
  socket.addEventListener('message', ({ data }) => {
    watched.lastAt = Date.now()
    watched.frames += 1
    read += String(data).length
    if (socket.readyState === WebSocket.OPEN) socket.send(encode(['read-ack', read]))
  })
  socket.addEventListener('close', ({ code, reason }) => {
    watched.ended = { code, reason }
  })
  const hello = {
    protocol: PROTOCOL_VERSION,
    client: `${name}-${tenant}`.replace(/\W/g, '-'),
    acknowledged: 0,
    unsettled: 1,
  }
  socket.send(encode(['hello', hello]))
  socket.send(encode(['subscribe', { id: 1, query: { collection: 'contacts' } }]))
  return watched
}

/** Somebody who edits without a pause, until it is disposed of. */
async function makeEdits(stack: Stack, tenant: string): Promise<AsyncDisposable> {
  const token = await stack.pass(tenant, 'ada')
  const ada = await RawPeer.join({ url: stack.url, token, client: `ada-${tenant}`.replace(/\W/g, '-') })
  await ada.loaded('contacts')
  let isOn = true
  const editing = (async () => {
    for (let n = 0; isOn; n++) {
      await ada.push([{ op: 'insert', collection: 'contacts', id: `n${n}`, values: { name: `${n}` } }])
      await pause(1_000 / EDITS_PER_SECOND)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      isOn = false
      await editing
      ada.close()
    },
  }
}
