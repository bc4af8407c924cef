import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import type { Environment } from '../environment/environment.ts'
import type { Part } from '../parts/part.ts'
import { partsAmong } from '../parts/parts.ts'
import type { Means, Trace, TracedMembers, TracedOptions } from '../parts/trace.ts'
import type { AskedQuery } from '../queries/shared-query.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import { Link } from './link.ts'
import { Picture } from './picture.ts'
import { Recorder, type RecorderOptions } from './recorder.ts'
import { tracedEnvironment, tracedToken } from './traced-environment.ts'
import { tracedMembers } from './traced-members.ts'

/** The client as it was made. */
export type MadeOf = {
  readonly client: string
  readonly tenant: string
  readonly parts: readonly string[]
  /** It keeps edits and rows on disk. */
  readonly disk: boolean
}

/** Writes down what one client takes from outside, what the application calls, and what the client does. */
export class Tracer implements Trace {
  readonly recorder: Recorder
  readonly picture: Picture
  readonly link = new Link()
  #madeOf: MadeOf | undefined
  #listeners = 0
  #asks = 0
  #hasDisk = false

  constructor(options: RecorderOptions = {}) {
    this.recorder = new Recorder(options)
    this.picture = new Picture(this.recorder)
  }

  get madeOf(): MadeOf | undefined {
    return this.#madeOf
  }

  readonly begin = <Options extends TracedOptions, Module>(
    means: Means<Options, Module>,
  ): Means<Options, Module> => {
    if (this.#madeOf) throw new TypeError('A trace is of one client: make another for another.')
    const { recorder } = this
    const { environment: given, options, load } = means
    const parts = partsAmong(options.parts ?? [])
    const clientId = options.clientId ?? given.newId()
    this.#hasDisk = options.persist !== undefined
    this.#madeOf = {
      client: clientId,
      tenant: options.tenant,
      parts: parts.map(({ name }) => name),
      disk: this.#hasDisk,
    }
    recorder.begin(given)
    const signs: (() => boolean)[] = []
    const environment = tracedEnvironment(given, recorder, this.link, () => signs.some((sign) => sign()))
    return {
      environment,
      options: {
        ...options,
        clientId,
        getToken: tracedToken(options.getToken, recorder),
        parts: parts.map((part) => this.#part(part, given, environment, signs)),
      },
      load: () =>
        Promise.resolve()
          .then(load)
          .then(
            (module) => {
              recorder.input({ is: 'loaded' }, () => {})
              return module
            },
            (thrown: unknown) => {
              const { message } = recorder.error({ code: 'not-loaded', message: String(thrown) })
              recorder.input({ is: 'loaded', error: message }, () => {})
              throw thrown
            },
          ),
    }
  }

  readonly made = (members: TracedMembers): TracedMembers => {
    const { recorder, picture } = this
    picture.connectionChanged(members.connection.getSnapshot())
    members.connection.subscribe((snapshot) => picture.connectionChanged(snapshot))
    members.onError((error) => recorder.write({ is: 'error', error: recorder.error(error) }))
    return tracedMembers(members, recorder, () => ++this.#listeners)
  }

  readonly asked = (asked: AskedQuery, query: WireQuery, priority: Priority): AskedQuery => {
    const { recorder, picture } = this
    const key = recorder.key(asked.key, query)
    const ask = ++this.#asks
    recorder.call({ is: 'ask', ask, key, query: recorder.query(query), priority }, () => {})
    const traced =
      (listen: AskedQuery['listen'], lingers: boolean): AskedQuery['listen'] =>
      (listener) => {
        const nth = ++this.#listeners
        const stop = recorder.call({ is: 'subscribe', listener: nth, ask, key, lingers }, () =>
          listen((snapshot) => {
            const { status, rows } = snapshot
            recorder.write({ is: 'shown', listener: nth, key, status, rows: rows.length })
            return recorder.within(() => listener(snapshot))
          }),
        )
        picture.listened(asked, query, priority, 1)
        let isOver = false
        return () => {
          if (isOver) return
          isOver = true
          picture.listened(asked, query, priority, -1)
          recorder.call({ is: 'unsubscribe', listener: nth }, stop)
        }
      }
    return { ...asked, subscribe: traced(asked.subscribe, true), listen: traced(asked.listen, false) }
  }

  readonly edit = (entry: PendingEdit): void => {
    if (!this.picture.editChanged(entry) || !this.#hasDisk) return
    entry.outcome.saved.then(({ ok }) => {
      if (ok) this.recorder.write({ is: 'saved', n: entry.edit.n })
    })
  }

  readonly tried = (handle: EditHandle): void => {
    if (handle.n !== undefined) return
    handle.accepted.then((result) => {
      if (!result.ok) this.recorder.write({ is: 'refused', error: this.recorder.error(result.error) })
    })
  }

  /** A part with means of its own: what it draws and waits for is no concern of the client's core. */
  #part(part: Part, given: Environment, traced: Environment, signs: (() => boolean)[]): Part {
    return {
      ...part,
      join: (port) => {
        const changed = () => this.recorder.call({ is: 'send' }, port.changed)
        const joined = part.join({ ...port, environment: given, changed })
        const { signs: sign } = joined
        if (!sign) return joined
        signs.push(sign)
        return {
          ...joined,
          signs() {
            // Looks at all that is round about, so that a change of it is written down.
            traced.isVisible()
            return sign()
          },
        }
      },
    }
  }
}
