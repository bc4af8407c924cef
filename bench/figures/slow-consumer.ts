import type { Figure } from '../../dev/harness/figure.ts'
import { residentMiB } from '../../dev/harness/processes.ts'
import { Random } from '../../dev/harness/random.ts'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { type DeafClient, openDeafClient } from '../clients/deaf-client.ts'
import { change, contact, invoice } from '../clients/ops.ts'
import { centile, median, rounded } from '../load/numbers.ts'

const TENANT = 'publishers'
const INVOICES = 64
const EDITS = 4_096
const EDIT_CHARACTERS = 50 * 1024
const OTHERS = 4
const PAIRS = 2
const SAMPLE_MS = 250
const MIB = 1024 * 1024

const GOAL = { growthMiB: 1, rssMiB: 16, othersP99Ratio: 1.2 }

/** What one client that has stopped to read costs the others. */
export const slowConsumer: Figure<'publishedMiB' | 'growthMiB' | 'rssMiB' | 'othersP99Ratio' | 'caughtUp'> = {
  name: 'slow-consumer',
  about:
    'edits of 50 KiB, one after the other, while one of the clients that follow them reads nothing, against the same without that one: characters sent to it unread, memory of workerd, time until all others have an edit; then it reads on',
  fields: ['publishedMiB', 'growthMiB', 'rssMiB', 'othersP99Ratio', 'caughtUp'],
  goal: `growthMiB <= ${GOAL.growthMiB}, rssMiB < ${GOAL.rssMiB}, othersP99Ratio <= ${GOAL.othersP99Ratio}, caughtUp = yes`,
  async measure(report) {
    const plain: Run[] = []
    const slow: Run[] = []
    for (let pair = 0; pair < PAIRS; pair++) {
      plain.push(await publish(false, report))
      slow.push(await publish(true, report))
    }
    const p99 = (runs: readonly Run[]) =>
      centile(
        runs.flatMap(({ times }) => times),
        0.99,
      )
    const memory = (runs: readonly Run[]) => median(runs.map(({ rssMiB }) => rssMiB))
    const growthMiB = rounded(Math.max(...slow.map(({ growth }) => growth)) / MIB)
    const rssMiB = rounded(memory(slow) - memory(plain))
    const othersP99Ratio = rounded(p99(slow) / p99(plain))
    const caughtUp = slow.every(({ isEqual }) => isEqual)
    return {
      fields: {
        publishedMiB: Math.round((EDITS * EDIT_CHARACTERS) / MIB),
        growthMiB,
        rssMiB,
        othersP99Ratio,
        caughtUp: caughtUp ? 'yes' : 'no',
      },
      input: { invoices: INVOICES, edits: EDITS, others: OTHERS, pairs: PAIRS },
      ok:
        growthMiB <= GOAL.growthMiB &&
        rssMiB < GOAL.rssMiB &&
        othersP99Ratio <= GOAL.othersP99Ratio &&
        caughtUp,
    }
  },
}

type Run = {
  /** Milliseconds from an edit's departure until all others had it. */
  readonly times: readonly number[]
  /** Resident memory of workerd while it published. */
  readonly rssMiB: number
  /** Characters that were sent to the client that did not read. */
  readonly growth: number
  /** Did it hold the same as all in the end? */
  readonly isEqual: boolean
}

async function publish(withDeaf: boolean, report: (line: string) => void): Promise<Run> {
  await using stack = await startStack()
  const join = async (name: string) => {
    const token = await stack.pass(TENANT, name)
    const peer = await RawPeer.join({ url: stack.url, token, client: `client-of-${name}` })
    await peer.loaded('contacts')
    return peer
  }
  const author = await join('author')
  await author.push([contact('c1')])
  await author.push(Array.from({ length: INVOICES }, (_, i) => invoice(`i${i}`, 'c1')))
  const others = await Promise.all(Array.from({ length: OTHERS }, (_, i) => join(`other-${i}`)))
  for (const other of others) await other.follow({ collection: 'invoices' })
  await using deaf = withDeaf ? await openDeafClient(stack, TENANT) : undefined
  deaf?.stop()
  const references = new Map<string, string>()
  const memory = watchMemory(stack)
  const times: number[] = []
  const random = new Random(1)
  for (let n = 0; n < EDITS; n++) {
    const [id, text] = [`i${n % INVOICES}`, incompressible(random)]
    references.set(id, text)
    const arrived = arrivalAt(others)
    const begun = performance.now()
    await Promise.all([author.push([change(id, { reference: { set: text } })]), arrived])
    times.push(performance.now() - begun)
  }
  const rssMiB = median(await memory.stop())
  const growth = deaf ? await deaf.drain() : 0
  deaf?.resume()
  const isEqual = !deaf || (await catchesUp(deaf, references))
  for (const peer of [author, ...others]) peer.close()
  report(
    `${withDeaf ? 'one does not read' : 'without it'}: p99 ${centile(times, 0.99).toFixed(1)} ms, ${rssMiB.toFixed(0)} MiB, ${growth} characters unread`,
  )
  return { times, rssMiB, growth, isEqual }
}

/** Resolves when each of the peers has been sent rows once. */
function arrivalAt(peers: readonly RawPeer[]): Promise<unknown> {
  return Promise.all(
    peers.map(
      (peer) =>
        new Promise<void>((resolve) => {
          peer.onRows = () => resolve()
        }),
    ),
  )
}

/** Waits until the client holds what was published last. */
async function catchesUp({ db }: DeafClient, references: ReadonlyMap<string, string>): Promise<boolean> {
  const isEqual = () => [...references].every(([id, text]) => db.invoices.get(id)?.reference === text)
  return until('the client has caught up', isEqual, 120_000)
}

/** Text that no compression makes much shorter. */
function incompressible(random: Random): string {
  const bytes = new Uint32Array((EDIT_CHARACTERS * 3) / 16)
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.next() * 2 ** 32
  return Buffer.from(bytes.buffer).toString('base64')
}

function watchMemory(stack: Stack) {
  const samples: Promise<number>[] = []
  const timer = setInterval(() => samples.push(residentMiB(stack.workerPids())), SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      return Promise.all(samples)
    },
  }
}
