import type { Environment } from '../../../client/src/environment/environment.ts'
import type { Judge } from '../judge/judge.ts'
import type { Clock } from '../world/timeline.ts'
import type { Role } from '../world/tokens.ts'

/** Asks about the past with a token. It may be that nobody answers. */
export type Ask = (token: string, question: string, answered: (answer: Answer) => void) => void

/** An answer as it travels. */
export type Answer = { readonly status: number; readonly text: string }

/** Columns that a role does not get to see, as they are in a text. */
const HIDDEN: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['"notes"', '"advice"'],
  editor: ['"advice"'],
  owner: [],
}

type AskingPort = {
  readonly ask: Ask | undefined
  readonly timeline: Clock
  readonly latency: () => number
  /** Whether the network lets anything through. */
  readonly isOnline: () => boolean
  /** The role that a token gives. */
  readonly roleOf: (token: string) => Role | undefined
  readonly judge: Judge
}

/** The way on which a page asks about the past, beside its connection. */
export function asking({
  ask,
  timeline,
  latency,
  isOnline,
  roleOf,
  judge,
}: AskingPort): Environment['fetch'] {
  return (address, init) =>
    new Promise((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('nobody answers')))
      if (!ask || !isOnline()) {
        reject(new Error('nobody can be asked'))
        return
      }
      const token = new Headers(init?.headers).get('Authorization')?.replace('Bearer ', '') ?? ''
      const question = new URL(String(address)).searchParams.get('q') ?? ''
      timeline.after(latency(), () =>
        ask(token, question, (answer) => {
          const told = HIDDEN[roleOf(token) ?? 'viewer'].filter((name) => answer.text.includes(name))
          judge.check('G12', told.length === 0, () => `was told of ${told} by ${answer.text}`)
          if (isOnline()) timeline.after(latency(), () => resolve(asResponse(answer)))
        }),
      )
    })
}

/** Read at once: by its streams it would be read when the machine has time. */
function asResponse({ status, text }: Answer): Response {
  return Object.assign(new Response(null, { status }), { json: () => Promise.resolve(JSON.parse(text)) })
}
