import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { expectCommitted } from './outcomes.ts'
import { open, type Person } from './person.ts'
import { type Stack, startStack } from './stack.ts'

/** A stack that Ada and Ben have open. */
export type TwoPeople = { readonly stack: Stack; readonly ada: Person; readonly ben: Person }

/**
 * Starts a stack that two people open, and ends it.
 *
 * @param times once for all tests of a file, or anew for each
 * @param begin takes them over, and may do what the tests begin with
 */
export function useTwoPeople(times: 'once' | 'each', begin: (two: TwoPeople) => void | Promise<void>): void {
  const [before, after] = times === 'once' ? [beforeAll, afterAll] : [beforeEach, afterEach]
  let two: TwoPeople | undefined
  before(async () => {
    const stack = await startStack()
    two = { stack, ada: await open(stack, 'ada'), ben: await open(stack, 'ben') }
    await begin(two)
  })
  after(async () => {
    two?.ada.close()
    two?.ben.close()
    await two?.stack.stop()
  })
}

/** Ada books the card `c1` of 100.00, which Postgres has then, and Ben shows it. */
export async function bookCard({ ada, ben }: TwoPeople): Promise<void> {
  await expectCommitted([
    ada.db.transaction((tx) => {
      tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
      tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 10_000 })
    }),
  ])
  await ben.sees('c1', () => true)
}
