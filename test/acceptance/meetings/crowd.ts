import { text } from '../../../client/src/text.ts'
import { until } from '../../../dev/harness/until.ts'
import { type Db, follow, type Person } from '../../../dev/invoices/person.ts'
import type { Stack } from '../../../dev/invoices/stack.ts'
import type { Written } from './draw.ts'
import { keyOf, type Lost, type Placed } from './meet.ts'

/** The tenant of all of them. */
export const TENANT = 'acme'

/** The contact whose name says how far they are: whoever sees it has all that was before. */
const SIGN = 'sign'

/** The subject of somebody of the crowd. */
export const nameOf = (person: number): string => `person-${String(person).padStart(2, '0')}`

type Item = ReturnType<ReturnType<Db['conflicts']['open']>['getSnapshot']>['items'][number]

/** People of one tenant, each with a client of the real library that holds the invoices and the own conflicts. */
export class Crowd {
  readonly people: readonly Person[]
  #signs = 0

  constructor(people: readonly Person[]) {
    this.people = people
    for (const { db } of people) db.conflicts.open().subscribe(() => undefined)
  }

  static async gather(stack: Stack, count: number): Promise<Crowd> {
    const names = Array.from({ length: count }, (_, person) => nameOf(person))
    const people = await Promise.all(names.map((name) => follow(stack.member(TENANT, name, [text()]), name)))
    const crowd = new Crowd(people)
    await crowd.db(0).contacts.insert({ id: SIGN, name: 'Sign 0' }).accepted
    return crowd
  }

  db(person: number): Db {
    const found = this.people[person]
    if (!found) throw new Error(`there is no person ${person}`)
    return found.db
  }

  /** Makes all of these edits before anybody sees one of another, and gives those that Postgres has by then. */
  async write(round: readonly Written[]): Promise<Placed[]> {
    const edits = round.map((written) => ({ written, edit: make(this.db(written.person), written) }))
    const placed: Placed[] = []
    for (const { written, edit } of edits) {
      const outcome = await edit.committed
      if (outcome.ok) placed.push({ ...written, seq: outcome.seq })
    }
    return placed
  }

  /** Waits until everybody has seen everything that is taken by now. */
  async catchUp(): Promise<void> {
    const sign = `Sign ${++this.#signs}`
    await this.db(0).contacts.update(SIGN, (contact) => void Object.assign(contact, { name: sign })).accepted
    await until('everybody has seen everything', () =>
      this.people.every(({ db }) => db.contacts.get(SIGN)?.name === sign),
    )
  }

  /** What each person's own view of the open conflicts says has lost. */
  told(): ReadonlySet<string>[] {
    return this.people.map(({ db }) => new Set(db.conflicts.open().getSnapshot().items.flatMap(lossesOf)))
  }

  close(): void {
    for (const person of this.people) person.close()
  }
}

/** What an item says has lost. Who has won over each, a row of the conflicts says; to the item it is the newest. */
function lossesOf(item: Item): string[] {
  return item.losers.map(({ value, field, by }) => toldKey(item.record, String(field), value, by))
}

/** The same text for the same loss, as one who is told of it has it. */
export function toldKey(id: string, field: string, value: unknown, loser: string): string {
  return keyOf({ id, field, value, loser, winner: '' })
}

/** Whether both people of a loss were told of it. */
export function areBothTold(
  { id, field, value, loser, winner }: Lost,
  told: readonly ReadonlySet<string>[],
  people: number,
): boolean {
  return [loser, winner].every((name) => {
    const person = Array.from({ length: people }, (_, i) => i).find((i) => nameOf(i) === name)
    return person !== undefined && told[person]?.has(toldKey(id, field, value, loser)) === true
  })
}

function make(db: Db, { id, field, value }: Written) {
  return db.invoices.update(id, (invoice) => {
    if (field === 'reminders') invoice.reminders += 1
    else if (field === 'notes') invoice.notes += String(value)
    else Object.assign(invoice, { [field]: value })
  })
}
