import { until } from '../../../dev/harness/until.ts'
import { type Crowd, nameOf } from './crowd.ts'

/** What became of the losing values that were to be written again. */
export type Restored = {
  tried: number
  /** Written, and seen by the others. */
  restored: number
  /** The application allows nobody to write it: its status has gone where no way leads back from. */
  unlawful: number
  readonly failures: string[]
}

/** Everybody restores what they have lost, one after the other: each by one call, and seen by somebody else. */
export async function restoreAll(crowd: Crowd, report: (line: string) => void): Promise<Restored> {
  const tally: Restored = { tried: 0, restored: 0, unlawful: 0, failures: [] }
  for (const [person, { db }] of crowd.people.entries()) {
    const all = db.conflicts.all()
    const stop = all.subscribe(() => undefined)
    await until('everything that was lost is there', () => all.getSnapshot().status === 'ready')
    const other = crowd.people[person === 0 ? 1 : 0]
    const own = all
      .getSnapshot()
      .items.flatMap(({ record, losers }) =>
        losers.filter(({ by }) => by === nameOf(person)).map((loser) => ({ record, loser })),
      )
    for (const { record, loser } of own) {
      tally.tried += 1
      const outcome = await loser.restore().accepted
      const { field } = loser
      if (outcome.ok) {
        await until(`somebody else sees ${field} of ${record} restored`, () => {
          const row: Readonly<Record<string, unknown>> | undefined = other?.db.invoices.get(record)
          return row !== undefined && field !== null && row[field] === loser.value
        })
        tally.restored += 1
      } else if (outcome.error.code === 'illegal-transition') tally.unlawful += 1
      else tally.failures.push(`${record}.${field}: ${outcome.error.code}, ${outcome.error.message}`)
    }
    stop()
    report(`${nameOf(person)}: ${tally.restored} of ${tally.tried} are restored by now`)
  }
  return tally
}
