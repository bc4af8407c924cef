import { expect, it } from 'vitest'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { type Person, Table } from '../support/disputed-board.ts'

const seeds = Array.from({ length: 25 }, (_, i) => i + 1)

/** Somebody does something by chance: writes, deletes, makes anew, goes away, comes back or resolves. */
function act(person: Person, random: () => number, word: string): void {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]
  const cards = random() < 0.7 ? person.db.cards : person.db.keepers
  const id = random() < 0.7 ? 'c1' : 'c2'
  const draw = random()
  if (draw < 0.12) person.isAway = !person.isAway
  else if (draw < 0.17) cards.delete(id)
  else if (draw < 0.27) {
    if (!cards.get(id)) cards.insert({ id, title: word, owner: 'f' })
  } else if (draw < 0.4) {
    const item = pick(person.all)
    const loser = pick(item?.losers ?? [])
    if (random() < 0.5) loser?.restore()
    else item?.resolve(random() < 0.5 ? 'yours' : 'theirs')
  } else
    cards.update(id, (card) => {
      if (draw < 0.7) card.title = word
      else if (draw < 0.85) card.note = word
      else if (draw < 0.92) card.state = card.state === 'open' ? 'won' : 'archived'
      else card.votes += 1
    })
}

it.each(seeds)(
  'CNF-55 a law: whatever people do, each losing value is in one item of all who may see it, and comes back with one call (seed %i)',
  async (seed) => {
    const table = new Table(seed)
    const { random } = table.environment
    const { server } = table
    const people = [
      await table.join('client-ann'),
      await table.join('client-ben'),
      await table.join('client-cyd'),
    ]
    for (const person of people) person.listens('all')
    await table.deliver()
    for (let step = 0; step < 80; step++) {
      const person = people[Math.floor(random() * people.length)]
      if (person) act(person, random, `${step}`)
      if (random() < 0.5) await table.deliver()
    }
    for (const person of people) person.isAway = false
    await table.deliver()

    const rows = server.rows(CONFLICTS)
    expect(rows.length).toBeGreaterThan(0)
    for (const { all } of people) {
      const ids = all.flatMap(({ losers }) => losers.map(({ id }) => id))
      expect(ids.toSorted()).toEqual(rows.map(({ id }) => String(id)).toSorted())
      for (const { kind, state, collection, record, field, current, deleted, losers } of all) {
        expect(state === 'open').toBe(losers.some((loser) => loser.state === 'open'))
        if (state !== 'open') continue
        const row = server.tenant.row(collection, record)
        expect(deleted).toBe(row === undefined)
        if (kind === 'field' && row) expect(current).toEqual(row[field])
      }
    }

    const [ann] = people
    const lost = (ann?.all ?? []).filter(({ kind, field }) => kind === 'field' && field !== 'state')
    for (const { collection, record, field, losers } of lost) {
      if (!server.tenant.row(collection, record)) continue
      for (const { id, value } of losers) {
        const known = ann?.all.flatMap((item) => item.losers).find((loser) => loser.id === id)
        await Promise.all([
          known?.restore().accepted.then((result) => expect(result.ok).toBe(true)),
          table.deliver(),
        ])
        expect(server.tenant.row(collection, record)?.[field ?? '']).toEqual(value)
      }
    }
    const restored = new Set(
      lost.flatMap(({ collection, record, key }) => (server.tenant.row(collection, record) ? key : [])),
    )
    expect(ann?.all.filter(({ key, state }) => state === 'open' && restored.has(key))).toEqual([])
  },
)
