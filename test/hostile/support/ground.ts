import { runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import { hashText } from '../../../src/core/records/hash.ts'
import { newTenant, Peer, sign } from '../../tenant/support/peer.ts'
import { assignee, card, change } from '../../tenant/support/samples.ts'
import { objectOf } from '../../tenant/support/tenant-world.ts'
import { attack } from './attack.ts'
import type { Vector } from './vector.ts'

/** Vectors that attack at once. More sockets of strangers are a load and no attack. */
const BATCH = 64

/** Tables that say who is there and what they were told, and no more: everybody who says hello is in them. */
const OF_VISITORS = ['mark', 'kept_client', 'view', 'watch', 'meta']

/** Lines that nobody who attacks brings about: how Postgres stands. */
const OF_POSTGRES = /^\{"event":"postgres-(away|back)"/

/** A fault of a vector: what was found instead of what is listed. */
export type Fault = { readonly name: string; readonly found: string }

let attackers = 0

/**
 * The ground of an attack: a tenant under attack in which a neighbour works, and another that has nothing to do with
 * it. Both go on after each batch; what they made is all that changes.
 */
export class Ground {
  readonly #tenant: string
  readonly #inside: Peer
  readonly #outside: Peer
  #round = 0

  private constructor(tenant: string, inside: Peer, outside: Peer) {
    this.#tenant = tenant
    this.#inside = inside
    this.#outside = outside
  }

  static async lay(name: string): Promise<Ground> {
    const tenant = newTenant(name)
    const inside = await Peer.join({ sub: 'ada', tenant })
    const outside = await Peer.join({ sub: 'ada', tenant: newTenant('elsewhere') })
    for (const peer of [inside, outside])
      await peer.push(peer.edit(assignee()), peer.edit(card('c1', { notes: 'kept', status: 'draft' })))
    return new Ground(tenant, inside, outside)
  }

  /** Lets all attack, batch by batch. What a batch did that none of it can be blamed for is tried one by one, elsewhere. */
  async withstand(vectors: readonly Vector[]): Promise<Fault[]> {
    const faults: Fault[] = []
    for (let at = 0; at < vectors.length; at += BATCH) {
      const batch = vectors.slice(at, at + BATCH)
      const { own, shared } = await this.#withstandAtOnce(batch)
      faults.push(...own, ...shared)
      if (shared.length === 0 || batch.length === 1) continue
      for (const vector of batch) faults.push(...(await (await Ground.lay('alone')).withstand([vector])))
    }
    return faults
  }

  /** All that was accepted is in Postgres, so nothing of it is in the way. */
  async drained(): Promise<void> {
    for (const peer of [this.#inside, this.#outside]) {
      const [verdict] = await peer.push(peer.edit(change('c1', { reactions: { add: 1 } })))
      if (verdict?.is !== 'accepted') throw new Error(`the neighbour was told ${JSON.stringify(verdict)}`)
      await peer.committed(verdict.seq)
    }
  }

  async #withstandAtOnce(batch: readonly Vector[]): Promise<{ own: Fault[]; shared: Fault[] }> {
    await this.#neighboursWork()
    const before = await this.#state()
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line) => {
      if (!OF_POSTGRES.test(String(line))) lines.push(String(line))
    })
    const answers = await Promise.all(
      batch.map(async (vector) => {
        attackers += 1
        const sub = `eve-${attackers}.`
        const answered = await attack(vector, { sub, tenant: this.#tenant }).catch(
          (thrown: unknown) => `thrown ${thrown}`,
        )
        return { vector, sub, answered }
      }),
    )
    const after = await this.#state()
    log.mockRestore()
    const own = answers.flatMap(({ vector: { name, verdict }, sub, answered }): Fault[] => {
      const said = lines.filter((line) => line.includes(sub))
      return [
        ...(answered === verdict ? [] : [{ name, found: answered }]),
        ...(said.length > 1 ? [{ name, found: said.join(' ') }] : []),
      ]
    })
    const isSame = before === after || batch.some(({ verdict }) => verdict.includes('accepted'))
    const unharmed = await this.#neighboursWork().then(
      () => [],
      (thrown: unknown) => [`a neighbour: ${thrown}`],
    )
    const found = [
      ...unharmed,
      ...(isSame ? [] : ['the state of the tenant has changed']),
      ...(lines.length > batch.length ? [`more lines than one each: ${lines.join(' ')}`] : []),
    ]
    const name = batch.length === 1 ? (batch[0]?.name ?? '') : `the batch from "${batch[0]?.name}"`
    return { own, shared: found.map((what) => ({ name, found: what })) }
  }

  /** The neighbours write, and read what they wrote. */
  async #neighboursWork(): Promise<void> {
    this.#round += 1
    const notes = `round ${this.#round}`
    for (const [peer, tenant] of [
      [this.#inside, this.#tenant],
      [this.#outside, undefined],
    ] as const) {
      expect(peer.closed).toBeUndefined()
      const [verdict] = await peer.push(peer.edit(change('c1', { notes: { set: notes } })))
      expect(verdict).toMatchObject({ is: 'accepted' })
      if (tenant !== undefined) expect(await readCards(tenant)).toContain(notes)
    }
  }

  /** A hash of all that the object keeps of what people made. */
  #state(): Promise<string> {
    return runInDurableObject(objectOf(this.#tenant), (_, { storage: { sql } }) => {
      const tables = sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name",
        )
        .toArray()
        .filter(({ name }) => !OF_VISITORS.includes(name))
      return hashText(
        JSON.stringify(tables.map(({ name }) => [name, ...sql.exec(`SELECT * FROM ${name}`).raw()])),
      )
    })
  }
}

async function readCards(tenant: string): Promise<string> {
  attackers += 1
  const token = await sign({ sub: `reader-${attackers}`, tenant })
  const response = await exports.default.fetch(
    `https://tidemark.test/sync/query?q=${encodeURIComponent('{"collection":"cards"}')}`,
    { headers: { Authorization: `Bearer ${token}` } },
  )
  return response.text()
}
