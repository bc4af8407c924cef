import { Component, type ReactNode, StrictMode, Suspense, useState } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import type { App } from '../../../../test/fixtures/board/sync.ts'
import { createClient } from '../../../src/index.ts'
import { useEdit, useSuspenseQuery, useUnsavedGuard } from '../../../src/react.ts'
import { hydrate } from '../../../src/ssr.ts'
import { getToken } from '../../support/page-token.ts'
import { People, State, TidemarkProvider, useTidemark } from './people.tsx'

/** What the page shows. */
type Shown = { readonly people?: string; readonly suspended?: string; readonly limit?: number }

const db = createClient<App>({ url: '/', tenant: 'acme', getToken })

function Suspended({ city, limit }: { city: string; limit: number }) {
  const query = useTidemark().assignees.where({
    city: { in: Array.from({ length: limit }, (_, i) => (i === 0 ? city : `${city} ${i}`)) },
  })
  return (
    <p data-testid="suspended">
      {useSuspenseQuery(query)
        .rows.map(({ name }) => name)
        .join(', ')}
    </p>
  )
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly thrown?: Error }> {
  override state: { readonly thrown?: Error } = {}

  static getDerivedStateFromError(thrown: Error) {
    return { thrown }
  }

  override render() {
    const { thrown } = this.state
    if (!thrown) return this.props.children
    return <p data-testid="thrown">{'code' in thrown ? String(thrown.code) : thrown.message}</p>
  }
}

function Editor() {
  const { assignees } = useTidemark()
  const [rename, { is, error, undo }] = useEdit((name: string) =>
    assignees.update('a1', (it) => Object.assign(it, { name })),
  )
  const unsent = useUnsavedGuard(db)
  Object.assign(globalThis, { rename, undo })
  return (
    <p data-testid="edit" data-unsent={unsent}>
      {is} {error?.code}
    </p>
  )
}

function Page() {
  const [{ people, suspended, limit = 1 }, show] = useState<Shown>({})
  Object.assign(globalThis, { show })
  return (
    <TidemarkProvider client={db}>
      <State />
      <Editor />
      <People city={people} />
      {suspended !== undefined && (
        <Boundary key={`${suspended} ${limit}`}>
          <Suspense fallback={<p data-testid="fallback">waits</p>}>
            <Suspended city={suspended} limit={limit} />
            <Suspended city={suspended} limit={limit} />
          </Suspense>
        </Boundary>
      )}
    </TidemarkProvider>
  )
}

const main = document.querySelector('main')
const state = document.getElementById('state')?.textContent
if (main && state) {
  hydrate(db, JSON.parse(state))
  const rendered = (
    <TidemarkProvider client={db}>
      <State />
      <People city="Bristol" />
    </TidemarkProvider>
  )
  hydrateRoot(main, rendered, {
    onRecoverableError: (thrown) => {
      main.dataset['difference'] = String(thrown)
    },
  })
} else if (main) {
  createRoot(main).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  )
}
