import type { Claims, EffectPort, MergeFunction, Rules, WriteOp } from '../core/app/application.ts'
import { toFilter } from '../core/query/where.ts'
import type { CollectionOptions, EffectTransaction, RowOf, Tables } from './collection-options.ts'
import { type AnyNotifyRules, type Kinds, toNotify } from './notify-options.ts'

/**
 * The application's typed functions as the core calls them, of one collection. The casts are sound because the core
 * hands over rows that `validate` checked against these same columns, and claims that the
 * application's own schema parsed.
 *
 * @param names the collections that an effect can reach
 */
export function toRules<All extends Tables, Name extends keyof All, Merge, AppClaims, Declared extends Kinds>(
  names: readonly string[],
  options: CollectionOptions<All, Name, Merge, AppClaims, Declared>,
): Rules {
  const { write, effects, read, hide, tags, notify } = options
  const insert = effects?.insert
  return {
    merges: mergeFunctions(options.merge ?? {}),
    ...(read && { read: (claims: Claims) => toFilter(read({ claims: claims as AppClaims })) }),
    ...(hide && { hidden: (claims: Claims) => hiddenColumns(hide, claims as AppClaims) }),
    ...(tags && { tags: (row: object) => tags(row as RowOf<All[Name]>) }),
    ...(write && {
      write: ({ claims, op, row }: { claims: Claims; op: WriteOp; row: object | undefined }) =>
        write({ claims: claims as AppClaims, op, row: row as RowOf<All[Name]> | undefined }),
    }),
    ...(notify && { notify: toNotify(names, notify as AnyNotifyRules) }),
    ...(insert && {
      effects: {
        insert: (port: EffectPort, row: object) =>
          insert(effectTransaction(names, port) as EffectTransaction<All>, row as RowOf<All[Name]>),
      },
    }),
  }
}

function mergeFunctions(policies: object): NonNullable<Rules['merges']> {
  const merges: [column: string, by: MergeFunction][] = []
  for (const [column, policy] of Object.entries(policies))
    if (policy?.kind === 'merge') merges.push([column, policy.by])
  return Object.fromEntries(merges)
}

function hiddenColumns<AppClaims>(
  hide: Readonly<Record<string, ((request: { claims: AppClaims }) => boolean) | undefined>>,
  claims: AppClaims,
): string[] {
  return Object.keys(hide).filter((column) => hide[column]?.({ claims }))
}

function effectTransaction(names: readonly string[], port: EffectPort): object {
  const collections = names.map((name) => [
    name,
    {
      get: (id: string) => port.get(name, id),
      update: (id: string, fields: Parameters<EffectPort['update']>[2]) => port.update(name, id, fields),
    },
  ])
  return { ...Object.fromEntries(collections), refuse: port.refuse }
}
