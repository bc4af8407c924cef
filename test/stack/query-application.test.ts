import { QueryClient } from '@tanstack/query-core'
import { expect, it } from 'vitest'
import { bindInvalidation } from '../../client/src/tanstack-query.ts'
import { until } from '../../dev/harness/until.ts'
import { type Backend, openPage } from '../fixtures/query-application.ts'
import { expectCommitted } from '../support/outcomes.ts'
import type { Person } from '../support/person.ts'
import type { Stack } from '../support/stack.ts'
import { bookCard, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('once', (two) => {
  ;({ stack, ada, ben } = two)
  return bookCard(two)
})

/** The page as Ben has it, and what its backend was asked. */
function open() {
  const asked: string[] = []
  const select = async (name: string, query: string, values: string[] = []) => {
    asked.push(name)
    return stack.sql(query, values)
  }
  const backend: Backend = {
    cards: async () =>
      (await select('cards', 'SELECT id, status FROM cards ORDER BY id')).map(({ id, status }) => ({
        id: String(id),
        status: String(status),
      })),
    async card(id) {
      const [row] = await select('card', 'SELECT notes FROM cards WHERE id = $1', [id])
      return row && { notes: String(row['notes']) }
    },
    async openCount() {
      const [row] = await select('count', "SELECT count(*)::int AS n FROM cards WHERE status = 'open'")
      return Number(row?.['n'])
    },
  }
  const queryClient = new QueryClient()
  queryClient.mount()
  const page = openPage(queryClient, backend, 'c1')
  const close = () => {
    page.close()
    queryClient.clear()
    queryClient.unmount()
  }
  return { asked, queryClient, page, close }
}

const write = (notes: string) =>
  ada.db.cards.update('c1', (card) => {
    card.notes = notes
  })

it('BND-9 an ordinary application of TanStack Query becomes live by one line, from Postgres as it is read there', async () => {
  const without = open()
  const { asked, queryClient, page, close } = open()
  const stop = bindInvalidation(queryClient, ben.db, (tag) => tag.split('_'))
  for (const { shown } of [without.page, page])
    await until('the page is loaded', () => shown().notes !== undefined && shown().list)
  // What was fetched before the tags were watched is fetched again.
  await until('all is fetched twice', () => asked.length >= 6 && queryClient.isFetching() === 0)

  await expectCommitted([write('called')])
  await until('the card is shown anew', () => page.shown().notes === 'called')
  await expectCommitted([
    ada.db.cards.insert({ id: 'c2', number: 'N-2', assigneeId: 'a1', targetPoints: 1, status: 'open' }),
  ])
  await until('the list and the count are shown anew', () => page.shown().open === 1)
  expect(page.shown().list).toEqual([
    { id: 'c1', status: 'draft' },
    { id: 'c2', status: 'open' },
  ])

  // Another program writes, which no client knows of.
  await stack.sql("UPDATE cards SET notes = 'by hand' WHERE id = 'c1'")
  await stack.nudge('acme')
  await until('what another program wrote is shown', () => page.shown().notes === 'by hand')

  expect(without.page.shown()).toMatchObject({ open: 0, notes: '' })
  expect(without.asked).toHaveLength(3)
  stop()
  close()
  without.close()
})

it('BND-9 while Postgres is away nothing is fetched, and afterwards what was accepted meanwhile is', async () => {
  const { asked, queryClient, page, close } = open()
  const stop = bindInvalidation(queryClient, ben.db, (tag) => tag.split('_'))
  await until('all is fetched twice', () => asked.length >= 6 && queryClient.isFetching() === 0)
  const before = asked.length
  await stack.stopPostgres()
  const edits = ['one', 'two', 'three'].map(write)
  for (const { accepted } of edits) expect(await accepted).toMatchObject({ ok: true })
  await ben.sees('c1', ({ notes }) => notes === 'three')
  expect(asked).toHaveLength(before)
  await stack.startPostgres()
  await expectCommitted(edits)
  await until('the card is shown as it is', () => page.shown().notes === 'three')
  stop()
  close()
})
