import type { Application } from '../../../src/core/app/application.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { conflictsCollection } from '../../../src/core/app/conflicts-collection.ts'
import { conflictRules } from '../../../src/define/conflict-rules.ts'
import { board } from '../../../test/fixtures/board.ts'
import { Author, insert } from '../../../test/support/memory-tenant.ts'
import { createClientIn } from '../../src/client-in.ts'
import { conflicts } from '../../src/conflicts.ts'
import type { Client, ConflictItem } from '../../src/index.ts'
import { later } from '../../src/later.ts'
import { FakeEnvironment, settle } from './fake-environment.ts'
import { SmallServer, type Wire } from './small-server.ts'

type Card = {
  id: string
  title: string
  note: string | null
  votes: number
  owner: string
  state: 'open' | 'won' | 'lost' | 'archived'
  points: number
}
type Cards = {
  row: Card
  insert: {
    id?: string
    title: string
    note?: string | null
    votes?: number
    owner: string
    state?: Card['state']
  }
}
export type DisputedBoard = { readonly types?: { readonly cards: Cards; readonly keepers: Cards } }

/** The board of the core's tests, with conflicts, which everybody sees, as they see all else here. */
const disputed: Application = {
  manifest: { hash: 'disputed', collections: [...board.manifest.collections, conflictsCollection] },
  rules: new Map(board.rules).set(
    CONFLICTS,
    conflictRules(board, () => true),
  ),
}

/** A server that people edit one board at, in memory; frames move when the test lets them. */
export class Table {
  readonly server: SmallServer
  readonly environment: FakeEnvironment
  readonly people: Person[] = []
  clashes = 0

  constructor(seed = 1, keepsConflicts = true) {
    this.server = new SmallServer(keepsConflicts ? disputed : board)
    this.environment = new FakeEnvironment(seed)
    const founder = new Author(this.server.tenant, 'founder-1')
    for (const collection of ['cards', 'keepers'])
      for (const id of ['c1', 'c2']) founder.send(insert(collection, id, { title: id, owner: 'f' }))
  }

  /** Somebody sits down, at a client of this name, and looks at everything unless told otherwise. */
  async join(clientId: string, looksAt: readonly (keyof Boards)[] = ['cards', 'keepers']): Promise<Person> {
    const person = new Person(this, clientId)
    for (const name of looksAt) person.db[name].all().subscribe(() => {})
    this.people.push(person)
    await this.deliver()
    return person
  }

  /** Lets all frames arrive that are not held back. */
  async deliver(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) {
      await this.environment.pass(50)
      await settle()
      for (const wire of this.server.wires) {
        if (this.people.some((person) => person.isAway && person.wire === wire)) continue
        while (!wire.over && wire.up.length + wire.down.length > 0) {
          quiet = -1
          this.server.take(wire)
          wire.deliver()
          await settle()
        }
      }
    }
  }
}

type Boards = NonNullable<DisputedBoard['types']>

export class Person {
  readonly db: Client<DisputedBoard>
  readonly subject: string
  wire: Wire | undefined
  /** No frames pass, in either direction. */
  isAway = false

  constructor({ environment, server }: Table, clientId: string) {
    this.subject = `person of ${clientId}`
    this.db = createClientIn<DisputedBoard>(
      {
        ...environment,
        page: environment.page,
        openSocket: (_url, _protocols, listener) => {
          const wire = server.connect(listener)
          this.wire = wire
          environment.setTimer(1, () => wire.open())
          return wire
        },
      },
      { url: '/', tenant: 'acme', getToken: () => 't', clientId, parts: [conflicts()] },
      () => later,
    )
  }

  /** Listens to the open conflicts, or to all. */
  listens(which: 'open' | 'all' = 'open'): () => void {
    return this.db.conflicts[which]().subscribe(() => {})
  }

  get open() {
    return this.db.conflicts.open().getSnapshot().items
  }

  get all() {
    return this.db.conflicts.all().getSnapshot().items
  }
}

/** The only one of some conflicts. */
export function only<Item extends Pick<ConflictItem, 'key'>>(items: readonly Item[]): Item {
  const [item] = items
  if (!item || items.length > 1) throw new Error(`there is one conflict, and not ${items.length}`)
  return item
}

/** Two people rewrite the title of a card unseen: first one, then the other, who wins. */
export async function clash(
  table: Table,
  first: Person,
  second: Person,
  field: 'title' | 'note' = 'title',
): Promise<void> {
  const round = table.clashes++
  const text = ({ subject }: Person) => `by ${subject}${round === 0 ? '' : ` in round ${round}`}`
  second.isAway = true
  first.db.cards.update('c1', (card) => {
    card[field] = text(first)
  })
  second.db.cards.update('c1', (card) => {
    card[field] = text(second)
  })
  await table.deliver()
  second.isAway = false
  await table.deliver()
}

/** A table with Ann and Ben, who look at all that there is and was. */
export async function tableOfTwo(): Promise<{ table: Table; ann: Person; ben: Person }> {
  const table = new Table()
  const [ann, ben] = [await table.join('client-ann'), await table.join('client-ben')]
  for (const person of [ann, ben]) {
    person.listens()
    person.listens('all')
  }
  await table.deliver()
  return { table, ann, ben }
}

/** The losing values of the only conflict, as somebody sees what has become of it. */
export const ending = ({ all }: Person) =>
  only(all).losers.map(({ state, resolution, resolvedBy }) => [state, resolution, resolvedBy])
