import type { Edit, Op } from '../../../src/protocol/edit.ts'
import { coreOf } from '../client-in.ts'
import type { Composer } from '../edits/composer.ts'
import { later } from '../later.ts'
import type { Joined } from '../parts/part.ts'
import type { AskedQuery } from '../queries/shared-query.ts'
import { Runtime } from '../runtime.ts'
import { TEXT_RULES } from '../text/rules.ts'
import { text } from '../text.ts'
import { isCall, isNote, isSupply, type TraceEvent } from '../trace/event.ts'
import type { Repro } from '../trace/repro.ts'
import { Tracer } from '../trace/tracer.ts'
import { settle } from './clock.ts'
import { comparable, differenceOfEnds, summaryOf } from './replay-difference.ts'
import { readRepro } from './repro-form.ts'
import { ScriptedEnvironment, timerKey } from './scripted-environment.ts'

/** The outcome of a replay: the same end, or the first difference. */
export type Replayed =
  | { readonly same: true; readonly events: number }
  | {
      readonly same: false
      /** The event at which it showed, in the repro's list; absent where only the ends differ. */
      readonly event?: number
      /** Milliseconds since the client was made. */
      readonly at?: number
      /** The difference, in a sentence. */
      readonly difference: string
    }

/**
 * Has another client live a recorded session again: at the same times it is given the same frames, tokens and chance,
 * and the same calls are made. It has to do the same, and come to the same end.
 *
 * @param repro the JSON that "copy repro" of the devtools gives, or its text
 * @throws TypeError for what is no repro, and for one that cannot be replayed
 */
export async function replay(repro: unknown): Promise<Replayed> {
  const read = readRepro(repro)
  const session = new Replay(read)
  const difference = await session.run()
  return difference ?? { same: true, events: read.events.length }
}

type Step = { readonly event: TraceEvent; readonly index: number; readonly sign: string }

/** Events after which listeners of the application are called. */
const TOLD = ['shown', 'connection', 'invalidated', 'error']

class Replay {
  readonly #repro: Repro
  readonly #environment: ScriptedEnvironment
  readonly #steps: readonly Step[]
  /** The chance, names and surroundings before each step. */
  readonly #supplies: readonly (readonly Extract<TraceEvent, { is: 'random' | 'id' | 'around' }>[])[]
  readonly #tracer = new Tracer({ keep: Number.POSITIVE_INFINITY, keepCharacters: Number.POSITIVE_INFINITY })
  /** The steps of the client that lives it again. */
  readonly #lived: TraceEvent[] = []
  readonly #stops = new Map<number, () => void>()
  readonly #asked = new Map<number, AskedQuery>()
  readonly #runtime: Runtime
  readonly #members: ReturnType<Tracer['made']>

  constructor(repro: Repro) {
    this.#repro = repro
    const steps: Step[] = []
    const supplies: Extract<TraceEvent, { is: 'random' | 'id' | 'around' }>[][] = [[]]
    for (const [index, event] of repro.events.entries()) {
      const sign = comparable(event, repro.masked)
      if (isSupply(event)) supplies.at(-1)?.push(event)
      else if (!isNote(event) && sign !== undefined) {
        steps.push({ event, index, sign })
        supplies.push([])
      }
    }
    this.#steps = steps
    this.#supplies = supplies
    const environment = new ScriptedEnvironment(repro.began)
    this.#environment = environment
    environment.supply(supplies[0] ?? [])
    this.#tracer.recorder.listen((event) => this.#happened(event))
    const { client, tenant, parts } = repro.madeOf
    const means = this.#tracer.begin({
      environment,
      options: {
        url: 'https://replay.invalid',
        tenant,
        clientId: client,
        getToken: environment.getToken,
        trace: this.#tracer,
        parts: [{ name: 'replayed', join: () => this.#part() }, ...(parts.includes('text') ? [text()] : [])],
      },
      load: async () => {
        await environment.untilLoaded()
        return later
      },
    })
    this.#runtime = new Runtime(means.environment, means.options, means.load)
    this.#members = this.#tracer.made(coreOf(this.#runtime, environment))
  }

  /** Returns the first difference, if there is one. */
  async run(): Promise<Exclude<Replayed, { same: true }> | undefined> {
    for (const [k, { event, index, sign }] of this.#steps.entries()) {
      const failed = k < this.#lived.length ? undefined : await this.#bringAbout(event)
      const lived = this.#lived[k]
      const now = lived && comparable(lived, this.#repro.masked)
      if (now === sign) continue
      const instead = failed ?? (lived ? `the replayed client: ${summaryOf(lived)}` : 'it did nothing')
      return {
        same: false,
        event: index,
        at: event.at,
        difference: `At ${event.at} ms, event ${index}, there was: ${summaryOf(event)}. Replayed, ${instead}.`,
      }
    }
    await settle()
    const more = this.#lived[this.#steps.length]
    const difference = more
      ? `After all events, the replayed client went on: ${summaryOf(more)}.`
      : differenceOfEnds(this.#repro, this.#tracer.picture.end)
    return difference === undefined ? undefined : { same: false, difference }
  }

  #happened(event: TraceEvent): void {
    if (isSupply(event) || isNote(event) || comparable(event, this.#repro.masked) === undefined) return
    this.#lived.push(event)
    this.#environment.supply(this.#supplies[this.#lived.length] ?? [])
    if (TOLD.includes(event.is)) this.#callNested()
  }

  /** The moments at which the client's parts were asked and told, in which they may have called. */
  #part(): Joined {
    const moment = () => this.#callNested()
    return {
      signs: this.#environment.signs,
      told: moment,
      closed: moment,
      session: {
        heard: moment,
        disconnected: moment,
        outgoing: () => {
          moment()
          return []
        },
      },
    }
  }

  /** Makes the calls that listeners, or parts, made at this moment. */
  #callNested(): void {
    for (let before = -1; before < this.#lived.length; ) {
      before = this.#lived.length
      const next = this.#steps[before]?.event
      if (!next || !isCall(next) || !next.nested) return
      this.#call(next)
      if (this.#lived.length === before) return
    }
  }

  /** Has an event happen. Returns a sentence where it cannot. */
  async #bringAbout(event: TraceEvent): Promise<string | undefined> {
    const environment = this.#environment
    environment.time = this.#repro.began + event.at
    if (isCall(event)) {
      this.#call(event)
      return undefined
    }
    switch (event.is) {
      case 'timer':
        return runOnce(environment.timers, timerKey(event.ms, event.nth), 'there is no such timer')
      case 'turn':
        return runOnce(environment.turns, event.nth, 'nothing was put off to the end of a turn')
      case 'woke':
        for (const waker of [...environment.wakers]) waker()
        return undefined
      case 'hidden':
        for (const hider of [...environment.hiders]) hider()
        return undefined
      case 'opened':
        environment.sockets.get(event.socket)?.opened(event.subprotocol)
        return undefined
      case 'down':
        environment.sockets.get(event.socket)?.received(event.text)
        return undefined
      case 'closed':
        environment.sockets.get(event.socket)?.closed(event.code)
        return undefined
      case 'token':
      case 'no-token':
        // Whoever asks does so at the end of a chain of promises.
        await settle()
        if (event.is === 'no-token')
          environment.asks.get(event.ask)?.fail(Object.assign(new Error(event.message), statusOf(event)))
        else environment.asks.get(event.ask)?.answer(event.token === null ? null : `token-${event.token}`)
        await settle()
        return undefined
      case 'loaded':
        await settle()
        environment.loaded(event.error)
        await settle()
        return undefined
      default:
        await settle()
        return undefined
    }
  }

  #call(call: Extract<TraceEvent, { nested?: true }>): void {
    const runtime = this.#runtime
    switch (call.is) {
      case 'edit':
        runtime.edit((composer) => compose(composer, call.edit), optionsOf(call.edit))
        return
      case 'ask':
        this.#asked.set(call.ask, runtime.query(call.query, call.priority))
        return
      case 'subscribe': {
        const asked = this.#asked.get(call.ask)
        const stop = (call.lingers ? asked?.subscribe : asked?.listen)?.(() => {})
        if (stop) this.#stops.set(call.listener, stop)
        return
      }
      case 'watch': {
        const stop = this.#members.onInvalidate(call.pattern, () => {}, { at: call.level })
        this.#stops.set(call.listener, stop)
        return
      }
      case 'unsubscribe':
      case 'unwatch':
        this.#stops.get(call.listener)?.()
        return
      case 'preload':
        this.#members.preloads.preload(call.query, call.columns, call.rows)
        return
      case 'equip-texts':
        this.#members.texts.equipTexts(TEXT_RULES)
        return
      case 'retry':
        this.#members.connection.retry()
        return
      case 'close':
        this.#members.close()
        return
      case 'send':
        this.#members.texts.changed()
    }
  }
}

function runOnce<Key>(waiting: Map<Key, () => void>, key: Key, missing: string): string | undefined {
  const run = waiting.get(key)
  waiting.delete(key)
  run?.()
  return run ? undefined : missing
}

function statusOf({ status }: { readonly status?: number }): { readonly status?: number } {
  return status === undefined ? {} : { status }
}

function optionsOf({ durability, deadlineMs }: Edit) {
  return durability && { durability, ...(deadlineMs !== undefined && { deadlineMs }) }
}

function compose(composer: Composer, { ops }: Edit): void {
  for (const op of ops) composeOp(composer, op)
}

function composeOp(composer: Composer, op: Op): void {
  const { collection, id } = op
  switch (op.op) {
    case 'insert':
      if (op.upsert) composer.upsert(collection, { ...op.values, id })
      else composer.insert(collection, { ...op.values, id })
      return
    case 'update':
      composer.change(collection, id, () => ({ fields: op.fields }))
      return
    case 'delete':
      composer.delete(collection, id)
      return
    case 'restore':
      composer.restore(collection, id)
  }
}
