import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../client/src/index.ts'
import { startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { until } from '../../dev/harness/until.ts'
import { startStack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { openPage, servePage } from '../browser/open-page.ts'
import type { Looked, steps as pageSteps } from '../flicker/page.ts'

const TENANT = 'flicker'
const ROUNDS = 5
/** The latency of an edit: half of it there, and half of it back. */
const LATENCY_MS = 3_000
/** Milliseconds that are looked at after all is in Postgres: news of it come as late as all else. */
const AFTER_MS = LATENCY_MS
/** Milliseconds between two edits of others, of the same row. */
const OTHERS_EVERY_MS = 70
const CHOICES = ['yes', 'no', 'yes', 'no', 'yes']

/** In the page, where the module has put it. */
declare const steps: typeof pageSteps

/** Whether what a person has chosen ever leaves their screen again. */
export const flicker: Figure<'frames' | 'backwards'> = {
  name: 'flicker',
  about: `a page in Chromium toggles a field ${CHOICES.length} times at ${LATENCY_MS / 1_000} s of latency, while others edit the same row: animation frames, and those that show another than the latest choice, or less of what others did than a frame before`,
  fields: ['frames', 'backwards'],
  goal: 'backwards = 0, with others’ edits shown meanwhile',
  async measure(report) {
    await using served = await servePage(new URL('../flicker/', import.meta.url))
    await using stack = await startStack({ vars: { ALLOWED_ORIGINS: served.origin } })
    await using proxy = await startFaultyProxy(stack.url)
    const other = stack.member(TENANT, 'ben')
    await using ended = new AsyncDisposableStack()
    ended.defer(() => other.close())
    other.invoices.all().subscribe(() => undefined)
    await until('the other is live', () => other.connection.getSnapshot().state === 'live')
    await other.contacts.insert({ id: 'c', name: 'Somebody' }).accepted
    await other.invoices.insert({ id: 'i', number: '1', contactId: 'c', totalCents: 1, notes: 'no' }).accepted

    await using open = await openPage(served.origin)
    const address = { url: proxy.url, tenant: TENANT, token: await stack.pass(TENANT, 'ada') }
    await open.page.evaluate((to) => steps.open(to, 'i'), address)
    proxy.delayMs = LATENCY_MS / 2
    const rounds: Looked[] = []
    let shown = 0
    for (let round = 1; round <= ROUNDS; round++) {
      const before = Number(await open.page.textContent('#others'))
      const choices = round % 2 === 1 ? CHOICES : CHOICES.map((choice) => (choice === 'yes' ? 'no' : 'yes'))
      const editing = new AbortController()
      const others = editAlongside(other, editing.signal)
      const looked = await open.page.evaluate(([all, ms]) => steps.toggle('i', all, ms), [
        choices,
        AFTER_MS,
      ] as const)
      editing.abort()
      await others
      shown += Number(await open.page.textContent('#others')) - before
      report(`round ${round}: ${looked.frames} frames, ${looked.backwards} of them backwards`)
      rounds.push(looked)
    }
    report(`${shown} edits of others were shown meanwhile`)
    const frames = rounds.reduce((sum, looked) => sum + looked.frames, 0)
    const backwards = rounds.reduce((sum, looked) => sum + looked.backwards, 0)
    return {
      fields: { frames, backwards },
      input: { rounds: ROUNDS, toggles: CHOICES.length, latencyMs: LATENCY_MS, othersEdits: shown },
      ok: backwards === 0 && frames > 0 && shown > 0,
    }
  },
}

/** Others edit other fields of the row until they are told to stop. */
async function editAlongside({ invoices }: Client<App>, signal: AbortSignal): Promise<void> {
  for (let day = 1; !signal.aborted; day++) {
    invoices.update('i', (invoice) => {
      invoice.reminders += 1
      invoice.dueOn = `2027-01-${String((day % 28) + 1).padStart(2, '0')}`
    })
    await pause(OTHERS_EVERY_MS)
  }
}
