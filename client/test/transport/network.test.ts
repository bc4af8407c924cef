import { expect, it } from 'vitest'
import { Author, insert } from '../../../test/support/memory-tenant.ts'
import type { EditHandle } from '../../src/api/edit-handle.ts'
import type { Client } from '../../src/api/types.ts'
import { createClientIn } from '../../src/client-in.ts'
import { later } from '../../src/later.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'
import { SmallServer, type Wire } from '../support/small-server.ts'

type Card = { id: string; title: string; votes: number }
type Board = {
  readonly types?: { readonly cards: { row: Card; insert: { id?: string; title: string; votes?: number } } }
}

const CARDS = ['c1', 'c2', 'c3']

/** Delivers one frame or more in some direction, or loses the connection. */
async function happen(server: SmallServer, wire: Wire, random: () => number): Promise<void> {
  const draw = random()
  if (draw < 0.04) wire.cut()
  else if (draw < 0.5) server.take(wire)
  else wire.deliver()
  await settle()
}

class Person {
  readonly db: Client<Board>
  readonly edits: EditHandle[] = []
  readonly highest = new Map<string, number>()
  readonly fell: string[] = []

  constructor(environment: FakeEnvironment, server: SmallServer, clientId: string) {
    const own = {
      ...environment,
      page: environment.page,
      openSocket: (_: string, __: readonly string[], listener: Parameters<SmallServer['connect']>[0]) => {
        const wire = server.connect(listener)
        environment.setTimer(1, () => wire.open())
        return wire
      },
    }
    this.db = createClientIn<Board>(
      own,
      { url: '/', tenant: 'acme', getToken: () => 't', clientId },
      () => later,
    )
    this.db.cards.all().subscribe(({ rows }) => {
      for (const { id, votes } of rows) {
        const highest = this.highest.get(id) ?? 0
        if (votes < highest) this.fell.push(`${id} fell from ${highest} to ${votes}`)
        this.highest.set(id, Math.max(highest, votes))
      }
    })
  }

  act(random: () => number): void {
    const id = CARDS[Math.floor(random() * CARDS.length)] ?? 'c1'
    if (!this.db.cards.get(id)) return
    const { n } = this.edits.at(-1) ?? {}
    const change = (card: { votes: number; title: string }) => {
      if (random() < 0.7) card.votes += 1
      else card.title = `after ${n ?? 0}`
    }
    const options = random() < 0.2 ? { durability: 'committed' as const } : undefined
    this.edits.push(this.db.cards.update(id, change, options))
  }
}

const seeds = Array.from({ length: 40 }, (_, i) => i + 1)

it.each(seeds)(
  'CLI-17 over a network that cuts at any point, all ends equal and no value ever goes back (seed %i)',
  async (seed) => {
    const environment = new FakeEnvironment(seed)
    const { random } = environment
    const server = new SmallServer()
    const founder = new Author(server.tenant, 'founder-1')
    for (const id of CARDS) founder.send(insert('cards', id, { title: id, owner: 'f' }))
    const people = ['client-a1', 'client-b2'].map((id) => new Person(environment, server, id))
    const living = () => [...server.wires].filter(({ over }) => !over)

    for (let step = 0; step < 600; step++) {
      const wires = living()
      const wire = wires[Math.floor(random() * wires.length)]
      if (wire) await happen(server, wire, random)
      if (random() < 0.15) people[Math.floor(random() * people.length)]?.act(random)
      if (random() < 0.05) server.commit(Math.floor(random() * (server.tenant.head + 1)))
      if (random() < 0.1) await environment.pass(1_000)
      await settle()
    }
    for (let round = 0; round < 200; round++) {
      await environment.pass(200)
      for (const wire of living()) {
        while (wire.up.length > 0 || wire.down.length > 0) {
          server.take(wire)
          wire.deliver()
          await settle()
        }
      }
      server.commit(server.tenant.head)
    }
    await settle()

    const edits = people.flatMap((person) => person.edits)
    expect(edits.length).toBeGreaterThan(20)
    const outcomes = await Promise.all(edits.map(({ committed }) => committed))
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
    for (const { db, fell } of people) {
      expect(fell).toEqual([])
      expect([...db.cards.all().getSnapshot().rows].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        server.rows(),
      )
      expect(db.connection.getSnapshot()).toMatchObject({ state: 'live', pending: 0 })
      expect(
        db.cards
          .all()
          .getSnapshot()
          .rows.every(({ $sync }) => !$sync.pending && !$sync.committing),
      ).toBe(true)
    }
  },
)
