import { toFilter } from '../../src/core/query/where.ts'
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
    all: () => queryBuilder(runtime.query, { collection: name }),
    where: (conditions: unknown) =>
      queryBuilder(runtime.query, { collection: name, where: toFilter(conditions) }),
    get: (id: string) => runtime.get(name, id),
    insert(values: object, options?: EditOptions) {
      const inserted = { id: '' }
      const { n, accepted, committed } = runtime.edit((composer) => {
        inserted.id = composer.insert(name, values)
      }, options)
      return { ...inserted, n, accepted, committed }
    },
    update: (id: string, change: (draft: Draft) => void, options?: EditOptions) =>
      runtime.edit((composer) => composer.update(name, id, change), options),
    delete: (id: string, options?: EditOptions) =>
      runtime.edit((composer) => composer.delete(name, id), options),
  }
}

/** One collection inside a transaction. */
export function transactionCollection(composer: Composer, name: string): object {
  return {
    get: (id: string) => composer.get(name, id),
    insert: (values: object) => composer.insert(name, values),
    update: (id: string, change: (draft: Draft) => void) => composer.update(name, id, change),
    delete: (id: string) => composer.delete(name, id),
  }
}
