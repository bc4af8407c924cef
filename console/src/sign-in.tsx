import { useState } from 'react'
import { readToken, type Token } from './tokens.ts'

type SignInProps = {
  /** Empty for all of them. */
  readonly tenant: string
  readonly take: (token: Token) => void
}

/** Asks for a token: of all tenants to look at them, or of one to see into it and to administer it. */
export function SignIn({ tenant, take }: SignInProps) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const signIn = () => {
    const token = readToken(text)
    if (typeof token === 'string') return setFault(token)
    if (tenant !== '' && (token.tenants === 'all' || token.tenants.join() !== tenant))
      return setFault(`The token is not for ${tenant} alone.`)
    take(token)
  }
  return (
    <form
      className="sign-in"
      onSubmit={(event) => {
        event.preventDefault()
        signIn()
      }}
    >
      <h1>{tenant === '' ? 'Sign in' : tenant}</h1>
      <p>
        {tenant === ''
          ? 'A token of an operator shows all tenants:'
          : 'To see into one tenant and to administer it, a token has to name it:'}
      </p>
      <pre>npm run -s token -- {tenant === '' ? '--all' : `--tenant ${tenant}`} --for admin</pre>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        data-testid="token"
        type="password"
        autoComplete="off"
        value={text}
        aria-describedby={fault === undefined ? undefined : 'fault'}
        onChange={(event) => setText(event.target.value)}
      />
      {fault !== undefined && (
        <p id="fault" className="bad" role="alert">
          {fault}
        </p>
      )}
      <button type="submit" className="first" data-testid="sign-in">
        Sign in
      </button>
      <p className="muted">It stays in this tab, and is gone once the tab is closed.</p>
    </form>
  )
}
