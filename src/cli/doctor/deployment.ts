import * as v from 'valibot'
import { bad, type Diagnosis, good, unknown } from './diagnosis.ts'

/** Milliseconds for the Worker to answer. */
const DEADLINE_MS = 15_000

const healthSchema = v.object({
  ok: v.boolean(),
  protocol: v.number(),
  schema: v.string(),
  problems: v.optional(v.array(v.string()), []),
})

/**
 * Looks at a Worker that is deployed, by what it says of itself.
 *
 * @param hash of the manifest that the project declares; undefined where it cannot be told
 */
export async function diagnoseDeployment(address: string, hash: string | undefined): Promise<Diagnosis[]> {
  const url = URL.canParse(address) ? new URL('/health', address) : undefined
  if (!url) return [bad(`"${address}" is no address.`, 'Say it with --url https://your-worker.example')]
  const answer = await ask(url)
  if (typeof answer === 'string')
    return [bad(`${url.href} does not answer: ${answer}`, 'Deploy it, or check the address.')]
  const read = v.safeParse(healthSchema, answer)
  if (!read.success)
    return [
      bad(
        `${url.href} is answered by something else.`,
        "Mount the engine's routes at the root: .route('/', tidemark.routes)",
      ),
    ]
  const { protocol, schema, problems } = read.output
  const settings = problems.map((problem) => bad(problem, 'Set it as a secret or in vars, and deploy.'))
  return [
    good(`The Worker answers, and speaks protocol ${protocol}.`),
    ...settings,
    sameApplication(schema, hash),
  ]
}

function sameApplication(served: string, hash: string | undefined): Diagnosis {
  if (hash === undefined) return unknown('Whether it serves this application cannot be told.', 'See above.')
  return served === hash
    ? good('It serves the application of this folder.')
    : bad(
        'It serves another version of the application than this folder has.',
        'Run `tidemark check`, then deploy.',
      )
}

/** What an address says as JSON, or in words why it says nothing. */
async function ask(url: URL): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) })
    return await response.json().catch(() => ({}))
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return reason instanceof Error ? reason.message : String(reason)
  }
}
