import { vi } from 'vitest'

/** What the Worker and its objects ask of Postgres, from when it was made until `stop`. */
export type PostgresCalls = {
  /** The last statement of each request whose text holds `part`, with its parameters. */
  about(part: string): { query: string; params: unknown[] }[]
  /** From now on requests whose text holds `part` fail on their way; none when it is undefined. */
  fail(part: string | undefined): void
  /** From now on requests whose text holds `part` wait until what is returned is called. */
  hold(part: string): () => void
  stop(): void
}

/** Watches the requests to Neon's endpoint. The tests' own `sql` goes the same way, and is seen too. */
export function watchPostgres(): PostgresCalls {
  const bodies: string[] = []
  let failing: string | undefined
  let held: { part: string; released: Promise<void>; release: () => void } | undefined
  const original = globalThis.fetch
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : ''
    bodies.push(body)
    if (failing !== undefined && body.includes(failing)) throw new Error('no network')
    if (held && body.includes(held.part)) await held.released
    return original(input, init)
  })
  return {
    about: (part) =>
      bodies
        .filter((body) => body.includes(part))
        .flatMap((body) => JSON.parse(body).queries?.slice(-1) ?? []),
    fail(part) {
      failing = part
    },
    hold(part) {
      const { promise: released, resolve } = Promise.withResolvers<void>()
      held = { part, released, release: resolve }
      return () => {
        held = undefined
        resolve()
      }
    },
    stop() {
      // A test that has failed holds up no other.
      held?.release()
      spy.mockRestore()
    },
  }
}
