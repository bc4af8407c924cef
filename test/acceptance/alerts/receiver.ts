import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import * as v from 'valibot'
import { freePort } from '../../../dev/free-port.ts'

/** What the receiver reads of a message. */
const messageSchema = v.object({
  type: v.picklist(['alert.fired', 'alert.resolved']),
  data: v.object({
    rule: v.string(),
    tenant: v.nullable(v.string()),
    since: v.string(),
    runbook: v.string(),
  }),
})

/** A message that was taken, once for each id. */
export type Taken = v.InferOutput<typeof messageSchema> & { readonly id: string; readonly at: number }

/** A receiver of webhooks: what it took, and what it should not have been sent. */
export type Receiver = AsyncDisposable & {
  readonly url: string
  readonly secret: string
  /** In the order in which they were taken. `at`: by `performance.now`. */
  readonly taken: readonly Taken[]
  /** Messages that were sent again after they had been taken, and those with a wrong signature. */
  readonly repeated: number
  readonly forged: number
}

const KEY = Buffer.from('the key of a receiver that only tests have')

/** Starts one that answers each message with 500 as often as said, before it takes it. */
export async function startReceiver({ failures }: { failures: number }): Promise<Receiver> {
  const tries = new Map<string, number>()
  const taken: Taken[] = []
  const counts = { repeated: 0, forged: 0 }
  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await textOf(request)
    const id = String(request.headers['webhook-id'])
    if (!isSigned(request, id, body)) {
      counts.forged++
      return 401
    }
    const tried = tries.get(id) ?? 0
    tries.set(id, tried + 1)
    if (tried < failures) return 500
    if (tried > failures) counts.repeated++
    else taken.push({ ...v.parse(messageSchema, JSON.parse(body)), id, at: performance.now() })
    return 204
  }
  const server = createServer((request, response) => {
    take(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    )
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}/`,
    secret: `whsec_${KEY.toString('base64')}`,
    taken,
    get repeated() {
      return counts.repeated
    },
    get forged() {
      return counts.forged
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Is it signed as Standard Webhooks has it? */
function isSigned({ headers }: IncomingMessage, id: string, body: string): boolean {
  const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`
  const expected = Buffer.from(`v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`)
  const given = Buffer.from(String(headers['webhook-signature']))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
