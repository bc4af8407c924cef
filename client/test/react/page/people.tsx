import type { App } from '../../../../test/fixtures/board/sync.ts'
import type { Client } from '../../../src/index.ts'
import { createTidemark, useConnection, useQuery } from '../../../src/react.ts'

export const { TidemarkProvider, useTidemark } = createTidemark<Client<App>>()

/** The people of a city, or nobody. */
export function People({ city }: { city: string | undefined }) {
  const { assignees } = useTidemark()
  const { rows, status } = useQuery(city !== undefined && assignees.where({ city }).orderBy('name'))
  return (
    <p data-testid="people" data-status={status}>
      {rows.map(({ name }) => name).join(', ')}
    </p>
  )
}

/** The state of the connection, as a server renders it too. */
export function State() {
  return <p data-testid="state">{useConnection(useTidemark()).state}</p>
}
