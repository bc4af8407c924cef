import { toFilter } from '../../src/core/query/where.ts'
import type { PastPlace } from './api/history.ts'
import type { EditOptions } from './api/types.ts'
import type { Composer } from './edits/composer.ts'
import type { Draft } from './edits/draft.ts'
import { queryBuilder } from './queries/query-builder.ts'
import type { Runtime } from './runtime.ts'

/** An object whose every property is made by its name when it is first asked for. */
export function byName(make: (name: string) => unknown): object {
  const made = new Map<string | symbol, unknown>()
  return new Proxy(Object.freeze({}), {
    get(_, name) {
      if (typeof name === 'symbol') return undefined
      if (!made.has(name)) made.set(name, make(name))
      return made.get(name)
    },
  })
}

/** One collection, outside a transaction. Types are the application's; values are checked by its manifest. */
export function collection(runtime: Runtime, name: string): object {
  return {
    all: () => queryBuilder(runtime, { collection: name }),
    where: (conditions: unknown) => queryBuilder(runtime, { collection: name, where: toFilter(conditions) }),
    get: (id: string) => runtime.get(name, id),
    insert(values: object, options?: EditOptions) {
      const inserted = { id: 'id' in values && typeof values.id === 'string' ? values.id : '' }
      const handle = runtime.edit((composer) => {
        inserted.id = composer.insert(name, values)
      }, options)
      const { saved, accepted, committed, undo } = handle
      return {
        ...inserted,
        saved,
        accepted,
        committed,
        undo,
        // It may become another.
        get n() {
          return handle.n
        },
      }
    },
    upsert: (values: object, options?: EditOptions) =>
      runtime.edit((composer) => composer.upsert(name, values), options),
    update: (id: string, change: (draft: Draft) => void, options?: EditOptions) =>
      runtime.edit((composer) => composer.update(name, id, change), options),
    delete: (id: string, options?: EditOptions) =>
      runtime.edit((composer) => composer.delete(name, id), options),
    restore: (id: string, options?: EditOptions) => runtime.parts.of('history').restore(name, id, options),
    history: (id: string) => runtime.parts.of('history').history(name, id),
    asOf: (id: string, place: PastPlace) => runtime.parts.of('history').asOf(name, id, place),
  }
}

/** One collection inside a transaction. */
export function transactionCollection(composer: Composer, name: string): object {
  return {
    get: (id: string) => composer.get(name, id),
    insert: (values: object) => composer.insert(name, values),
    upsert: (values: object) => composer.upsert(name, values),
    update: (id: string, change: (draft: Draft) => void) => composer.update(name, id, change),
    delete: (id: string) => composer.delete(name, id),
  }
}
