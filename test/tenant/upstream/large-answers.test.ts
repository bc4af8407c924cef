import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { MAX_PAGE_BYTES, MAX_READ_CHARACTERS, SEND_WINDOW } from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { CollectionRows } from '../../../src/tenant/storage/collection-rows.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { signNudge } from '../support/tenant-world.ts'

/** Nearly as much as a text may have. */
const LONG = 'x'.repeat(60_000)

/** So many long notes are more than twice what may be unread. */
const MANY = 40

const WINDOW: Query = { collection: 'cards', orderBy: [['reactions', 'asc']], limit: 1_000 }

const sizeOf = (frames: readonly Down[]) => frames.reduce((sum, frame) => sum + encode(frame).length, 0)

/** Frames that are larger than a page and a row, and those of a session that is sent more than it may leave unread. */
const TOO_LARGE = MAX_PAGE_BYTES + LONG.length + 1_000

async function withLongNotes(name: string, count = MANY) {
  const tenant = newTenant(name)
  const ada = await Peer.open({ sub: 'ada', tenant })
  await ada.hello()
  // Until it is loaded, a tenant takes no edits.
  await ada.follow(0, { collection: 'assignees' })
  await ada.push(ada.edit(assignee()))
  for (let i = 0; i < count; i++) await ada.push(ada.edit(card(`c${i}`, { notes: LONG })))
  return { tenant, ada }
}

/** A session that says what it has read only when it is told to. */
async function reader(tenant: string, client?: string): Promise<Peer> {
  const peer = await Peer.open({ sub: 'slow', tenant }, client)
  peer.reads = false
  await peer.hello()
  return peer
}

/** Reads what there is, again and again, and checks that no more than a window was ever sent unread. */
async function readUntil(peer: Peer, isDone: () => boolean): Promise<void> {
  for (;;) {
    expect(sizeOf(peer.frames) - (toldRead.get(peer) ?? 0)).toBeLessThanOrEqual(SEND_WINDOW + 1_000)
    if (isDone()) return
    const had = peer.frames.length
    tellRead(peer)
    await peer.until('more', () => peer.frames.length > had)
  }
}

/** Characters that peers have said they have read. */
const toldRead = new WeakMap<Peer, number>()

function tellRead(peer: Peer): void {
  const read = sizeOf(peer.frames)
  toldRead.set(peer, read)
  peer.send(['read-ack', read])
}

const pages = ({ frames }: Peer) => frames.flatMap((frame) => (frame[0] === 'page' ? [frame[1]] : []))
const isWhole = (peer: Peer) => pages(peer).some(({ last }) => last)

/** A reader as a client is one: what it holds of a view after everything it was sent. */
function held(peer: Peer): Map<string, unknown> {
  const rows = new Map<string, unknown>()
  const reactions = 6
  for (const frame of peer.frames) {
    if (frame[0] === 'view') rows.clear()
    if (frame[0] === 'page') for (const row of frame[1].rows) rows.set(String(row[0]), row[reactions])
    if (frame[0] !== 'rows') continue
    for (const [, puts, patches, leaves] of frame[3]) {
      for (const id of leaves) rows.delete(id)
      for (const [id, ...pairs] of patches) if (pairs[0] === reactions && rows.has(id)) rows.set(id, pairs[1])
      for (const row of puts) rows.set(String(row[0]), row[reactions])
    }
  }
  return rows
}

describe('what is more than a reader may leave unread', () => {
  it('FLO-5 a window of large rows comes page by page, as it is read, with what changed meanwhile', async () => {
    const { tenant, ada } = await withLongNotes('window')
    const slow = await reader(tenant)
    slow.send(['subscribe', { id: 0, query: WINDOW }])
    await slow.until('a first page', () => pages(slow).length > 0)
    // One that was sent already moves to the end of the order, one that was not to its beginning, one leaves, one
    // comes.
    const [sent] = pages(slow)[0]?.rows.map(([id]) => String(id)) ?? []
    const unsent = Array.from({ length: MANY }, (_, i) => `c${i}`).findLast(
      (id) => !pages(slow).some(({ rows }) => rows.some((row) => row[0] === id)),
    )
    await ada.push(
      ada.edit(change(sent ?? '', { reactions: { add: 5 } })),
      ada.edit(change(unsent ?? '', { reactions: { add: -5 } })),
      ada.edit(card('new', { notes: LONG })),
    )
    await readUntil(slow, () => isWhole(slow))
    await readUntil(slow, () => held(slow).has('new'))
    const rows = held(slow)
    expect([rows.size, rows.get(sent ?? ''), rows.get(unsent ?? '')]).toEqual([MANY + 1, 5, -5])
    expect(slow.frames.filter((frame) => encode(frame).length > TOO_LARGE)).toEqual([])
  })

  it('FLO-5 a window that fits a page comes in its order', async () => {
    const { tenant, ada } = await withLongNotes('ordered', 3)
    await ada.push(
      ada.edit(change('c0', { reactions: { add: 2 } })),
      ada.edit(change('c1', { reactions: { add: 1 } })),
    )
    const ben = await reader(tenant)
    expect((await ben.follow(0, WINDOW)).map(([id]) => id)).toEqual(['c2', 'c1', 'c0'])
  })

  it('FLO-6 an interval of that size is no frame: its view comes anew, page by page, and others as changes', async () => {
    const { tenant, ada } = await withLongNotes('interval')
    const slow = await reader(tenant)
    await slow.follow(0, { collection: 'assignees' })
    slow.send(['subscribe', { id: 1, query: { collection: 'cards' } }])
    await readUntil(slow, () => pages(slow).filter(({ last }) => last).length === 2)
    tellRead(slow)
    const had = slow.frames.length
    // Every row becomes another one, and an assignee is renamed, while the session does not read.
    for (let i = 0; i < MANY; i++)
      await ada.push(ada.edit(change(`c${i}`, { notes: { set: `${i}${LONG}` }, reactions: { add: 1 } })))
    await ada.push(
      ada.edit({ op: 'update', collection: 'assignees', id: 'a1', fields: { name: { set: 'Bo' } } }),
    )
    const news = () => slow.frames.slice(had)
    await readUntil(slow, () => news().some((frame) => frame[0] === 'page' && frame[1].last))
    expect(news().some((frame) => frame[0] === 'view' && frame[1].subscription === 1)).toBe(true)
    expect(news().some((frame) => frame[0] === 'view' && frame[1].subscription === 0)).toBe(false)
    const text = JSON.stringify(news())
    expect(text).toContain('"Bo"')
    for (let i = 0; i < MANY; i++) expect(text).toContain(`"${i}${LONG}"`)
    expect(slow.frames.filter((frame) => encode(frame).length > SEND_WINDOW)).toEqual([])
  })

  it('FLO-6 nor is what was missed while away: the view comes anew, and is not resumed', async () => {
    const { tenant, ada } = await withLongNotes('resume')
    const slow = await reader(tenant)
    slow.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
    await readUntil(slow, () => isWhole(slow))
    slow.close()
    for (let i = 0; i < MANY; i++)
      await ada.push(ada.edit(change(`c${i}`, { notes: { set: `${i}${LONG}` } })))
    const again = await reader(tenant, slow.client)
    const seq = slow.frames.flatMap((frame) => (frame[0] === 'page' ? [frame[1].seq] : [])).at(-1) ?? 0
    const resume = { epoch: again.epoch, seq, resumeToken: slow.resumeTokenOf(0) }
    again.send(['subscribe', { id: 0, query: { collection: 'cards' }, resume }])
    await readUntil(again, () => isWhole(again))
    expect(again.frames.some((frame) => frame[0] === 'view' && frame[1].resumed)).toBe(false)
    expect(pages(again).flatMap(({ rows }) => rows)).toHaveLength(MANY)
  })

  it('FLO-7 a turn of that size is not sent to one who has read everything either', async () => {
    const { tenant, ada } = await withLongNotes('turn')
    const slow = await reader(tenant)
    slow.send(['subscribe', { id: 0, query: { collection: 'cards', where: ['>', 'reactions', 0] } }])
    await slow.snapshot()
    // All of them come into the view at once.
    const all = Array.from({ length: MANY }, (_, i) => change(`c${i}`, { reactions: { add: 1 } }))
    await ada.push(ada.edit(...all))
    await readUntil(slow, () => held(slow).size === MANY)
  })

  it('FLO-8 more tags than a frame holds are told as all that there are', async () => {
    const { tenant, ada } = await withLongNotes('tags', 0)
    const ben = await reader(tenant)
    ben.send(['watch', { patterns: ['cards_*'] }])
    await ben.next('invalidate')
    const long = (i: number) => `${i}`.padEnd(100, 'x')
    for (let i = 0; i < 10; i++) {
      const inserts = Array.from({ length: 90 }, (_, j) => card(long(100 * i + j)))
      ada.send(['push', 0, [ada.edit(...inserts)]])
    }
    const heard = () => ben.frames.flatMap((frame) => (frame[0] === 'invalidate' ? [frame[1].tags] : []))
    await ben.until(
      'all of it',
      () => heard().flat().length >= 900 || heard().some((tags) => tags[0] === '*'),
    )
    expect(heard().every((tags) => JSON.stringify(tags).length < 80_000)).toBe(true)
  })
})

async function readHttp(tenant: string, query: Query) {
  return exports.default.fetch(
    `https://tidemark.test/sync/query?q=${encodeURIComponent(JSON.stringify(query))}`,
    {
      headers: { Authorization: `Bearer ${await sign({ sub: 'ben', tenant })}` },
    },
  )
}

describe('a read over HTTP', () => {
  it('RED-6 of more than an answer holds is refused with what to do, and smaller ones are answered', async () => {
    const rows = Math.ceil(MAX_READ_CHARACTERS / LONG.length)
    const { tenant } = await withLongNotes('http', rows)
    const all: Query = { collection: 'cards' }
    const refused = await readHttp(tenant, all)
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { code: 'too-large', message: expect.stringMatching(/limit.*after.*select/) },
    ])
    const numbers = await readHttp(tenant, { ...all, select: ['number'] })
    expect((await numbers.json<{ rows: unknown[] }>()).rows).toHaveLength(rows)
    const most = await readHttp(tenant, { ...all, limit: rows - 5 })
    const text = await most.text()
    expect(JSON.parse(text).rows).toHaveLength(rows - 5)
    expect(text.length).toBeLessThan(MAX_READ_CHARACTERS)
  })

  it('RED-7 of a query beyond a limit is refused as a live one is, and one at the limits is answered', async () => {
    const { tenant } = await withLongNotes('limits', 1)
    const lost = await readHttp(tenant, { collection: 'assignees', where: ['in', 'name', ['\ud83d']] })
    expect([lost.status, (await lost.json<{ code: string }>()).code]).toEqual([400, 'bad-query'])
    const numbers = Array.from({ length: 1_000 }, (_, i) => `N-c${i}`)
    const found = await readHttp(tenant, {
      collection: 'cards',
      where: ['in', 'number', numbers],
      select: [],
    })
    expect((await found.json<{ rows: unknown[] }>()).rows).toEqual([['c0', 'N-c0']])
  })
})

it('RED-8 an export holds some of the rows at a time, however large they are, and has all of them', async () => {
  const { tenant, ada } = await withLongNotes('export')
  await ada.committed(MANY + 1)
  const response = await exports.default.fetch('https://tidemark.test/sync/tenant/export', {
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
  const lines = new TextDecoder()
    .decode(await response.arrayBuffer())
    .trim()
    .split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ end: true, rows: MANY + 1 })
  const page = await runInDurableObject(env.TENANT.get(env.TENANT.idFromName(tenant)), (_, { storage }) =>
    new CollectionRows(storage.sql, new Map()).page('cards', '', { records: 500, characters: 1_000_000 }),
  )
  expect(page.length).toBeLessThan(MANY)
  expect(JSON.stringify(page).length).toBeLessThan(1_100_000)
})
