import { onTestFinished, vi } from 'vitest'

/** What happens to the object's calls: `away` never arrive, `lost` take effect unheard, `held` wait. */
type Way = 'open' | 'away' | 'lost' | 'held'

/** The way between the object and Postgres, which a test can close. Calls of the test itself pass. */
export function wayToPostgres() {
  const real = globalThis.fetch
  const asked: string[] = []
  let way: Way = 'open'
  let release = Promise.withResolvers<void>()
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : ''
    const call = /SELECT tidemark\.(?!begin_call\b)(\w+)/.exec(body)?.[1]
    if (call === undefined) return real(input, init)
    asked.push(call)
    if (way === 'away') throw new TypeError('the connection was cut before the request arrived')
    if (way === 'held') await release.promise
    const answer = await real(input, init)
    if (way === 'lost') throw new TypeError('the connection was cut before the answer arrived')
    return answer
  })
  onTestFinished(() => spy.mockRestore())
  return {
    /** The functions the object has called, in order. */
    asked,
    turn(next: Way) {
      way = next
      release.resolve()
      release = Promise.withResolvers<void>()
    },
  }
}
