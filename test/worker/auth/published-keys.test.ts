import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { beforeEach, expect, it } from 'vitest'
import { ProviderAway, PublishedKeys } from '../../../src/worker/auth/published-keys.ts'

const HOUR_MS = 3_600_000

/** An identity provider whose time and answers the test decides. */
class Provider {
  nowMs = 1_800_000_000_000
  fetches = 0
  isUp = true
  /** Fetches wait until they are let through. */
  holds = false
  readonly #published: object[] = []
  readonly #held: (() => void)[] = []
  readonly keys = new PublishedKeys({
    fetch: async () => {
      this.fetches += 1
      if (this.holds) await new Promise<void>((resolve) => void this.#held.push(resolve))
      if (!this.isUp) throw new Error('no answer')
      return { keys: structuredClone(this.#published) }
    },
    now: () => this.nowMs,
    pause: () => new Promise((resolve) => void setTimeout(resolve, 0)),
  })

  /** Publishes a key, and returns a token that it signed. */
  async publish(kid: string): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    this.#published.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' })
    return new SignJWT().setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
  }

  withdrawAll(): void {
    this.#published.length = 0
  }

  letThrough(): void {
    this.holds = false
    for (const go of this.#held.splice(0)) go()
  }

  /** `believed`, `unknown`, or `away`. */
  async judge(token: string): Promise<string> {
    try {
      await jwtVerify(token, this.keys.find)
      return 'believed'
    } catch (thrown) {
      return thrown instanceof ProviderAway ? 'away' : 'unknown'
    }
  }
}

let provider: Provider
let token = ''

beforeEach(async () => {
  provider = new Provider()
  token = await provider.publish('first')
})

it('CRD-6 known keys count for 24 h while the provider does not answer, and then no longer', async () => {
  expect(await provider.judge(token)).toBe('believed')
  provider.isUp = false
  for (let hour = 1; hour < 24; hour++) {
    provider.nowMs += HOUR_MS
    expect([hour, await provider.judge(token)]).toEqual([hour, 'believed'])
  }
  provider.nowMs += HOUR_MS
  expect(await provider.judge(token)).toBe('away')
  provider.isUp = true
  provider.nowMs += 30_000
  expect(await provider.judge(token)).toBe('believed')
})

it('CRD-6 with no key known it is the provider that does not answer, and the next try is soon', async () => {
  provider.isUp = false
  expect(await provider.judge(token)).toBe('away')
  provider.isUp = true
  provider.nowMs += 1_000
  expect(await provider.judge(token)).toBe('believed')
})

it('CRD-6 a key that is taken back stops counting within minutes', async () => {
  expect(await provider.judge(token)).toBe('believed')
  provider.withdrawAll()
  provider.nowMs += 600_000
  expect(await provider.judge(token)).toBe('unknown')
})

it('CRD-7 a new key is found at once, beside the old one, when the last fetch is long enough ago', async () => {
  expect(await provider.judge(token)).toBe('believed')
  const second = await provider.publish('second')
  provider.nowMs += 30_000
  expect(await provider.judge(second)).toBe('believed')
  expect(await provider.judge(token)).toBe('believed')
  expect(provider.fetches).toBe(2)
})

it('CRD-7 sixty unknown key ids cost one fetch, also when it fails', async () => {
  expect(await provider.judge(token)).toBe('believed')
  const stranger = new Provider()
  const strangers = await Promise.all(Array.from({ length: 60 }, (_, i) => stranger.publish(`unknown-${i}`)))
  provider.nowMs += 30_000
  const judged = await Promise.all(strangers.map((one) => provider.judge(one)))
  expect([new Set(judged), provider.fetches]).toEqual([new Set(['unknown']), 2])
  provider.isUp = false
  provider.nowMs += 30_000
  for (const one of strangers) expect(await provider.judge(one)).toBe('away')
  expect(provider.fetches).toBe(3)
  expect(await provider.judge(token)).toBe('believed')
})

it('CRD-7 whoever comes while the keys are fetched waits for that fetch', async () => {
  provider.holds = true
  const judging = Promise.all(Array.from({ length: 20 }, () => provider.judge(token)))
  await expect.poll(() => provider.fetches).toBe(1)
  provider.letThrough()
  expect(new Set(await judging)).toEqual(new Set(['believed']))
  expect(provider.fetches).toBe(1)
})

it('CRD-7 a fetch whose request is gone holds up nobody for longer than its deadline', async () => {
  provider.holds = true
  void provider.judge(token)
  await expect.poll(() => provider.fetches).toBe(1)
  const another = provider.judge(token)
  provider.holds = false
  provider.nowMs += 10_000
  expect(await another).toBe('believed')
  expect(provider.fetches).toBe(2)
})
