import { useEffect, useState } from 'react'
import { Overview } from './overview.tsx'
import { SignIn } from './sign-in.tsx'
import { TenantPage } from './tenant-page.tsx'
import { keepTokens, keptTokens, type Token, tokenFor, widest } from './tokens.ts'

/** The place in the page: `#/` is the overview, `#/acme` a tenant. */
const placeNow = () => decodeURIComponent(location.hash.replace(/^#\/?/, ''))

export function App() {
  const [tokens, setTokens] = useState(keptTokens)
  const [tenant, setTenant] = useState(placeNow)
  useEffect(() => {
    const moved = () => setTenant(placeNow())
    window.addEventListener('hashchange', moved)
    return () => window.removeEventListener('hashchange', moved)
  }, [])
  const keep = (kept: readonly Token[]) => {
    keepTokens(kept)
    setTokens(kept)
  }
  const take = (token: Token) => keep([...tokens, token])
  return (
    <>
      <header>
        <a href="#/" className="home">
          Tidemark console
        </a>
        {tokens.length > 0 && (
          <button type="button" data-testid="sign-out" onClick={() => keep([])}>
            Sign out
          </button>
        )}
      </header>
      <main>
        <Place tokens={tokens} tenant={tenant} take={take} />
      </main>
    </>
  )
}

type PlaceProps = {
  readonly tokens: readonly Token[]
  readonly tenant: string
  readonly take: (token: Token) => void
}

function Place({ tokens, tenant, take }: PlaceProps) {
  const all = widest(tokens)
  if (tenant !== '') {
    const token = tokenFor(tokens, tenant)
    return token ? (
      <TenantPage key={tenant} tenant={tenant} token={token} />
    ) : (
      <SignIn key={tenant} tenant={tenant} take={take} />
    )
  }
  return all ? <Overview token={all} /> : <SignIn tenant="" take={take} />
}
