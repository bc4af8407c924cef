import { exports } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { TokenBucket } from '../../../src/core/schedule/token-bucket.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import { CLOSE } from '../../../src/protocol/errors.ts'
import {
  MAX_EDITS_PER_PUSH,
  MAX_HELD_FRAMES,
  MAX_PERSON_WORK,
  MAX_SESSION_WORK,
} from '../../../src/protocol/limits.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

/** The clock of all buckets, which stands still from when it is told to, and goes on when it is told to. */
function stillClock() {
  let stopped: number | undefined
  const { level } = TokenBucket.prototype
  vi.spyOn(TokenBucket.prototype, 'level').mockImplementation(function (this: TokenBucket, now) {
    return level.call(this, stopped ?? now)
  })
  return {
    stop() {
      stopped = Date.now()
    },
    forward(ms: number) {
      stopped = (stopped ?? 0) + ms
    },
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

const codesOf = (verdicts: readonly Verdict[]) =>
  new Set(verdicts.map((verdict) => (verdict.is === 'rejected' ? verdict.error.code : verdict.is)))

async function two(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
  const eve = await Peer.open({ sub: 'eve', tenant })
  await eve.hello()
  return { tenant, ada, eve }
}

/** Asks for as much as there is, in frames of so many units each. */
function exhaust({ send }: { send: () => void }, units: number, each: number): void {
  for (let spent = 0; spent <= units; spent += each) send()
}

const nothing = (peer: Peer) => () => peer.send(['unwatch', ['nothing']])
const since = (peer: Peer) => () =>
  peer.send(['watch', { patterns: ['cards_*'], since: { epoch: peer.epoch, seq: 0 } }])

it('LOD-4 a bucket fills at its rate up to its size, begins half full, and is in debt by its size at most', () => {
  const bucket = new TokenBucket({ size: 100, perSecond: 10 }, 0)
  expect(bucket.level(0)).toBe(50)
  expect(bucket.takeUpTo(30, 0)).toBe(30)
  expect(bucket.waitMs(60, 0)).toBe(4_000)
  expect(bucket.takeUpTo(30, 1_000)).toBe(30)
  expect(bucket.takeUpTo(30, 1_000)).toBe(0)
  bucket.charge(1_000, 1_000)
  expect(bucket.level(1_000)).toBe(-100)
  // A clock that is put back gives nothing and takes nothing.
  expect(bucket.level(500)).toBe(-100)
  expect(bucket.waitMs(0, 500)).toBe(10_000)
  expect(bucket.level(60_000)).toBe(100)
  expect(bucket.isFull(60_000)).toBe(true)
})

it('LOD-4 edits beyond what one session may make are refused before acceptance, and taken when it may', async () => {
  const clock = stillClock()
  const { ada, eve } = await two('edits')
  clock.stop()
  let refused = 0
  // Of a record that there is not: they are work, and come to nothing.
  const edits = () =>
    Array.from({ length: MAX_EDITS_PER_PUSH }, () => eve.edit(change('none', { reactions: { add: 1 } })))
  const push = async (those: Edit[]) => {
    eve.send(['push', (those[0]?.n ?? 1) - 1, those])
    return (await eve.next('receipt'))[1]
  }
  let last = edits()
  for (let taken = 0; refused === 0; taken += last.length) {
    expect(taken).toBeLessThanOrEqual(MAX_SESSION_WORK)
    const verdicts = await push(last)
    if (codesOf(verdicts).has('busy')) {
      expect(verdicts).toMatchObject([
        { is: 'rejected', n: last[0]?.n, error: { code: 'busy', retryable: true } },
      ])
      refused++
    } else last = edits()
  }
  // Somebody else is not concerned.
  expect(await ada.push(ada.edit(change('c1', { notes: { set: 'mine' } })))).toMatchObject([
    { is: 'accepted' },
  ])
  clock.forward(1_000)
  const verdicts = await push(last)
  expect(verdicts).toHaveLength(MAX_EDITS_PER_PUSH)
  expect(codesOf(verdicts)).toEqual(new Set(['not-found']))
})

it('LOD-4 frames beyond it wait undecoded and in their order, until their session may have them taken', async () => {
  const clock = stillClock()
  const { eve } = await two('frames')
  clock.stop()
  exhaust({ send: since(eve) }, MAX_SESSION_WORK, 50)
  eve.sendText('this is no frame')
  const isWatched = (frame: Peer['frames'][number]) => frame[0] === 'invalidate' && frame[1].watched === true
  // As many as can be answered before there is a debt, and each is fifty units and a frame.
  const sure = Math.floor((MAX_SESSION_WORK / 2 - 1_000) / 51)
  await eve.until('answers to those before', () => eve.frames.filter(isWatched).length >= sure)
  expect(eve.closed).toBeUndefined()
  clock.forward(10_000)
  expect(await eve.untilClosed()).toEqual({ code: CLOSE.protocol, reason: 'bad-json' })
})

it('LOD-4 whoever goes on is closed with 4429 and told when to come back; others notice nothing', async () => {
  const clock = stillClock()
  const { ada, eve } = await two('flood')
  clock.stop()
  exhaust({ send: since(eve) }, MAX_SESSION_WORK, 50)
  exhaust({ send: nothing(eve) }, MAX_HELD_FRAMES, 1)
  expect(await ada.push(ada.edit(change('c1', { notes: { set: 'mine' } })))).toMatchObject([
    { is: 'accepted' },
  ])
  expect(await eve.untilClosed()).toEqual({ code: CLOSE.rate, reason: 'busy' })
  const [, error] = await eve.next('error')
  expect(error).toMatchObject({ code: 'busy', retryable: true, retryAfterMs: expect.any(Number) })
  expect(ada.closed).toBeUndefined()
})

it('LOD-5 all sessions of a person, and what they read without one, share what the person may have done', async () => {
  const clock = stillClock()
  const { tenant, ada, eve } = await two('person')
  const others = [await Peer.open({ sub: 'eve', tenant }), await Peer.open({ sub: 'eve', tenant })]
  for (const other of others) await other.hello()
  clock.stop()
  for (const peer of [eve, ...others]) exhaust({ send: since(peer) }, MAX_PERSON_WORK / 2, 50)
  await ada.push(ada.edit(change('c1', { notes: { set: 'mine' } })))
  const ask = async (sub: string, path: string) =>
    exports.default.fetch(`https://tidemark.test/sync/${path}`, {
      headers: { Authorization: `Bearer ${await sign({ sub, tenant })}` },
    })
  const cards = `query?q=${encodeURIComponent('{"collection":"cards"}')}`
  const history = `history?q=${encodeURIComponent('{"ask":"record","collection":"cards","id":"c1"}')}`
  const untilRefused = async () => {
    let response = await ask('eve', cards)
    while (response.ok) response = await ask('eve', cards)
    return response
  }
  const refused = await untilRefused()
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '1'])
  expect(await refused.json()).toMatchObject({ code: 'busy' })
  expect((await ask('eve', history)).status).toBe(429)
  expect((await ask('ada', cards)).status).toBe(200)
  clock.forward(10_000)
  expect((await ask('eve', cards)).status).toBe(200)
})
