import { setTimeout as pause } from 'node:timers/promises'
import type { AskHttp } from './equal-answers.ts'
import type { Role } from './oracle.ts'

/** Milliseconds after which an object that answers that it is too much is asked again. */
const RETRY_MS = 1_000

/** Asks over HTTP, again where it is too often: a query or the past, with what a cache goes by, or the first frame of a stream. */
export function askOver(url: string, tokens: ReadonlyMap<Role, string>): AskHttp {
  return async (role, path, question) => {
    const address = new URL(`/sync/${path}`, url)
    address.searchParams.set('q', JSON.stringify(question))
    const headers = { Authorization: `Bearer ${tokens.get(role)}` }
    for (;;) {
      const ended = new AbortController()
      const response = await fetch(address, { headers, signal: ended.signal })
      if (response.status === 429) await pause(RETRY_MS)
      else if (path === 'events' && response.ok) {
        const told = await firstAnswer(response)
        ended.abort()
        return told
      } else {
        const signs = [response.status, response.headers.get('ETag'), response.headers.get('Cache-Tag')]
        return JSON.stringify([...signs, await response.text()])
      }
    }
  }
}

/** The text of a stream up to what answers its query. */
async function firstAnswer(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    const [answer] = /\["error".*\n/.exec(text) ?? []
    if (answer !== undefined) return answer
    if (/"last":true.*\n\n/.test(text)) return text
  }
  return text
}
