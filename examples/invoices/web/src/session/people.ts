type Role = 'viewer' | 'clerk' | 'owner'

/** Someone the development stack lets in without a password. */
export type Person = {
  readonly person: string
  readonly name: string
  readonly role: Role
  readonly tenant: string
}

/** Who signed in, as the server says, and the token that proves it. */
export type SignedIn = { readonly person: Person; readonly token: string }

export const NO_CONNECTION = 'There is no connection.'

/** The server gave no token; by its status the client tells a person who has to sign in from one who has to wait. */
class SignInRefused extends Error {
  readonly status: number

  constructor(status: number) {
    super(status === 401 ? 'The sign-in has ended.' : `The server answered ${status}.`)
    this.status = status
  }
}

/** No server answers: which browsers say in words of their own, none of them for people. */
export class NoConnection extends Error {
  constructor() {
    super(NO_CONNECTION)
  }
}

/** The people to choose from. Throws with a sentence for the person who waits. */
export async function fetchPeople(signal: AbortSignal): Promise<readonly Person[]> {
  const body = await readJson(await ask('/dev/people', { signal }))
  if (!Array.isArray(body) || !body.every(isPerson))
    throw new Error('The server sent an unexpected list of people.')
  return body
}

/** A fresh token. Throws with a sentence for the person who waits; `NoConnection` where no server answers. */
export async function fetchToken(person: string, signal: AbortSignal): Promise<SignedIn> {
  const response = await ask('/dev/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
    signal,
  })
  const body = await readJson(response)
  if (!isIdentity(body)) throw new Error('The server sent an unexpected answer to the sign-in.')
  const { token, name, role, tenant } = body
  return { person: { person, name, role, tenant }, token }
}

async function ask(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, request)
  } catch (error) {
    throw error instanceof TypeError ? new NoConnection() : error
  }
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 404) throw new Error('Signing in without a password is only there in development.')
  if (!response.ok) throw new SignInRefused(response.status)
  return response.json()
}

export function isPerson(value: unknown): value is Person {
  return hasNameRoleTenant(value) && 'person' in value && typeof value.person === 'string'
}

function isIdentity(value: unknown): value is Omit<Person, 'person'> & { token: string } {
  return hasNameRoleTenant(value) && 'token' in value && typeof value.token === 'string'
}

function hasNameRoleTenant(value: unknown): value is { name: string; role: Role; tenant: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'tenant' in value &&
    typeof value.tenant === 'string' &&
    'role' in value &&
    (value.role === 'viewer' || value.role === 'clerk' || value.role === 'owner')
  )
}
