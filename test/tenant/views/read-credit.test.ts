import { expect, it } from 'vitest'
import {
  MAX_UNPROVEN_READS,
  SEEN_EVERY,
  SEND_WINDOW,
  UNPROVEN_READS_PER_SECOND,
} from '../../../src/protocol/limits.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { ReadCredit, type Reader } from '../../../src/tenant/sessions/read-credit.ts'
import { ReadProof } from '../../../src/tenant/sessions/read-proof.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card } from '../support/samples.ts'

/** Characters of most of a text's limit: some hundred of them are much more than what is believed without proof. */
const LONG = 'x'.repeat(60_000)

/** A client's count of what it was sent, as it says it. */
class Honest {
  #read = 0
  #told = 0

  /** Reads a frame. Returns what it then says, if it does. */
  read(characters: number): number | undefined {
    this.#read += characters
    if (this.#read - this.#told < SEEN_EVERY) return undefined
    this.#told = this.#read
    return this.#told
  }
}

/** Sends frames of a length. Returns what was sent in all, and the words of a client that reads them. */
function send(proof: ReadProof, reader: Honest, sizes: readonly number[], from = 0) {
  let sent = from
  const words: number[] = []
  for (const size of sizes) {
    const length = size + proof.follow(sent + size).length
    sent += length
    const said = reader.read(length)
    if (said !== undefined) words.push(said)
  }
  return { sent, words }
}

const sizes = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7_919) % 30_000))

it('LOD-3 whoever reads proves all that it says, and whoever does not knows none of it', () => {
  let drawn = 1
  const draw = () => {
    drawn = (drawn * 48_271) % 2_147_483_647
    return drawn >>> 7
  }
  const proof = new ReadProof(0, draw)
  const { sent, words } = send(proof, new Honest(), sizes)
  expect(words.length).toBeGreaterThan(80)
  for (const word of words) expect(proof.isProven(word, sent)).toBe(true)

  // It knows the frames, but not what follows them.
  const guesses = send(new ReadProof(0, () => 0), new Honest(), sizes).words
  const liar = new ReadProof(0, draw)
  const most = send(liar, new Honest(), sizes).sent
  const right = guesses.filter((guess) => liar.isProven(guess, most))
  expect(right.length).toBeLessThan(guesses.length / 20)
})

it('LOD-3 a client that counts from elsewhere proves again what comes after what it has named', () => {
  const proof = new ReadProof(undefined, () => 5)
  const first = send(proof, new Honest(), sizes)
  expect(proof.isProven(first.sent, first.sent)).toBe(false)
  const reader = new Honest()
  const { sent, words } = send(proof, reader, sizes, first.sent)
  for (const word of words) expect(proof.isProven(first.sent + word, sent)).toBe(true)
})

it('LOD-3 what is not proven is believed at a rate, for all clients of a person together, and nothing of it is lost', async () => {
  let now = 0
  const waits: (() => void)[] = []
  const credit = new ReadCredit({
    now: () => now,
    pause: (ms) =>
      new Promise<void>((resolve) => {
        waits.push(() => {
          now += ms
          resolve()
        })
      }),
  })
  const seen = [0, 0]
  const sessions = seen.map(
    (_, i): Reader => ({
      claims: { sub: 'eve', tenant: 'acme' },
      state: { is: 'connected', helloBy: 0 },
      read(characters, more) {
        seen[i] = (seen[i] ?? 0) + more(characters - (seen[i] ?? 0))
        return (seen[i] ?? 0) < characters
      },
    }),
  )
  const total = () => seen.reduce((sum, one) => sum + one, 0)
  const all = 16 * SEND_WINDOW
  for (const session of sessions) credit.said(session, all, () => {})
  expect(total()).toBe(MAX_UNPROVEN_READS / 2)
  while (waits.length > 0) {
    waits.shift()?.()
    await Promise.resolve()
    await Promise.resolve()
    expect(total()).toBeLessThanOrEqual(MAX_UNPROVEN_READS / 2 + (now * UNPROVEN_READS_PER_SECOND) / 1_000)
  }
  expect(seen).toEqual([all, all])
})

it('LOD-3 who reads nothing and says that it has read everything is sent a bounded amount; who reads gets all', async () => {
  const tenant = newTenant('liar')
  const ada = await Peer.open({ sub: 'ada', tenant })
  await ada.hello()
  await ada.follow(0, { collection: 'assignees' })
  await ada.push(ada.edit(assignee()))
  const cards = 200
  for (let i = 0; i < cards; i++)
    expect(await ada.push(ada.edit(card(`c${i}`, { notes: LONG })))).toMatchObject([{ is: 'accepted' }])
  const eve = await Peer.open({ sub: 'eve', tenant })
  eve.reads = false
  await eve.hello()
  const query: Query = { collection: 'cards' }
  const begun = Date.now()
  eve.send(['subscribe', { id: 0, query }])
  await eve.next('page')
  for (let i = 0; i < 50; i++) eve.send(['read-ack', Number.MAX_SAFE_INTEGER])
  // Its answer comes after all that these brought.
  eve.send(['watch', { patterns: ['nothing'] }])
  await eve.next('invalidate')
  const sent = () => eve.texts.reduce((sum, text) => sum + text.length, 0)
  const bounded = sent()
  expect(bounded).toBeGreaterThan(SEND_WINDOW)
  const seconds = (Date.now() - begun) / 1_000
  expect(bounded).toBeLessThan(
    MAX_UNPROVEN_READS / 2 + UNPROVEN_READS_PER_SECOND * seconds + SEND_WINDOW + LONG.length,
  )

  const ben = await Peer.open({ sub: 'ben', tenant })
  await ben.hello()
  expect(await ben.follow(0, query)).toHaveLength(cards)
})
