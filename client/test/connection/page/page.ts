import type { CollectionTypes } from '../../../src/api/types.ts'
import { createClient } from '../../../src/index.ts'
import { getToken } from '../../support/page-token.ts'

type Assignee = { id: string; name: string }
type Board = {
  readonly types?: { assignees: CollectionTypes & { row: Assignee; insert: { id: string; name: string } } }
}

const db = createClient<Board>({ url: '/', tenant: 'acme', getToken })

/** What the test asks of the page. */
const steps = {
  /** Makes a record, whatever becomes of it. */
  add: (id: string) => void db.assignees.insert({ id, name: id }),
}

const output = document.querySelector('output')
const show = () => {
  if (output) output.dataset['state'] = db.connection.getSnapshot().state
}
db.connection.subscribe(show)
db.assignees.all().subscribe(({ rows }) => {
  if (output) output.textContent = rows.map(({ id }) => id).join(' ')
})
show()

Object.assign(globalThis, { steps })

export type Steps = typeof steps
