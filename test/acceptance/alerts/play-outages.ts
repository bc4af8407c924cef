import type { EditResult } from '../../../client/src/api/edit-handle.ts'
import { until } from '../../../dev/harness/until.ts'
import { startStack } from '../../support/stack.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const TENANT = 'alerted'

/** The receiver answers each message so often with an error before it takes it. */
const FAILURES = 2

/** What a number of outages came to. Times in ms, one for each. */
export type Outages = {
  readonly fired: number
  readonly resolved: number
  /** Messages that nobody should have been sent: of another rule, about a tenant, repeated or not signed. */
  readonly extra: number
  /** From the moment Postgres is told to stop until the receiver has taken that it is away. */
  readonly fireMs: readonly number[]
  /** From the moment Postgres answers again until the receiver has taken that. */
  readonly resolveMs: readonly number[]
}

/** Stops Postgres and starts it again, as often as said, while somebody edits; and listens to what is told of it. */
export async function playOutages(rounds: number, report: (line: string) => void): Promise<Outages> {
  await using receiver = await startReceiver({ failures: FAILURES })
  const vars = { ALERT_WEBHOOK_URL: receiver.url, ALERT_WEBHOOK_SECRET: receiver.secret }
  await using stack = await startStack({ vars })
  const db = stack.member(TENANT, 'ada')
  const insert = (id: string) => db.assignees.insert({ id, name: id }).committed
  const stop = db.assignees.all().subscribe(() => undefined)
  await until('ada is live', () => db.connection.getSnapshot().state === 'live')
  must(await insert('first'))
  const fireMs: number[] = []
  const resolveMs: number[] = []
  try {
    for (let round = 1; round <= rounds; round++) {
      const stopped = performance.now()
      await stack.stopPostgres()
      const waiting = insert(`a${round}`)
      fireMs.push((await next(receiver, 'alert.fired', round)).at - stopped)
      await stack.startPostgres()
      const back = performance.now()
      resolveMs.push((await next(receiver, 'alert.resolved', round)).at - back)
      must(await waiting)
      report(`round ${round}: told after ${ms(fireMs)} ms, and of the return after ${ms(resolveMs)} ms`)
    }
  } finally {
    stop()
    db.close()
  }
  const { taken, repeated, forged } = receiver
  const fired = taken.filter(isOurs('alert.fired')).length
  const resolved = taken.filter(isOurs('alert.resolved')).length
  return { fired, resolved, extra: taken.length - fired - resolved + repeated + forged, fireMs, resolveMs }
}

/** An edit that is refused would have nothing wait for Postgres. */
function must(result: EditResult): void {
  if (!result.ok) throw new Error(`an edit was refused: ${result.error.message}`)
}

const isOurs =
  (type: Receiver['taken'][number]['type']) =>
  (message: Receiver['taken'][number]): boolean =>
    message.type === type && message.data.rule === 'postgres-away' && message.data.tenant === null

/** The message of a round; of each round there is one. */
function next(receiver: Receiver, type: Receiver['taken'][number]['type'], round: number) {
  return until(`${type} of round ${round}`, () => receiver.taken.filter(isOurs(type))[round - 1])
}

const ms = (times: readonly number[]) => Math.round(times.at(-1) ?? 0)
