import { createRoot } from 'react-dom/client'
import type { App } from '../../../../test/fixtures/board/sync.ts'
import { createClient } from '../../../src/index.ts'
import { useQuery } from '../../../src/react.ts'

const getToken = async () => (await fetch('/api/token')).text()
const db = createClient<App>({ url: '/', tenant: 'acme', getToken })

function People() {
  const { rows, status } = useQuery(db.assignees.all().orderBy('name'))
  const rename = (id: string, name: string) => db.assignees.update(id, (it) => Object.assign(it, { name }))
  if (status === 'loading') return <p>Loading</p>
  return rows.map(({ id, name, $sync }) => (
    <label key={id}>
      <input value={name} onChange={({ target }) => rename(id, target.value)} />
      <input type="button" value="Remove" onClick={() => db.assignees.delete(id)} />
      {$sync.pending && 'saving'}
    </label>
  ))
}

createRoot(document.body).render(<People />)
