import type { DescribedFunction, DescribedSchema } from './describe-schema.ts'

/** What the folder and a database do not have in common. */
export type Difference = {
  /** Functions that the database lacks, or has in another form. */
  readonly restated: readonly string[]
  /** Those of the database's functions that have to go first: no file defines them, or one with another head. */
  readonly dropped: readonly DescribedFunction[]
  /** Views that are not the same in both, or are in one of them only. They hold nothing, and can be made anew. */
  readonly views: readonly string[]
  /** What others than the owner may do what with. */
  readonly rights: readonly string[]
  /** Tables, types, indexes, constraints, triggers and policies: no statement follows from these. */
  readonly byHand: readonly string[]
}

/** Compares what the folder comes to with what a database has. */
export function compareSchemas(folder: DescribedSchema, database: DescribedSchema): Difference {
  const restated = [...folder.functions].flatMap(([name, wanted]) => {
    const present = database.functions.get(name) ?? []
    const isThere = wanted.every(({ definition }) => present.some((one) => one.definition === definition))
    return isThere ? [] : [name]
  })
  const dropped = [...database.functions].flatMap(([name, present]) => {
    const wanted = folder.functions.get(name) ?? []
    return present.filter(
      ({ signature, head }) => !wanted.some((one) => one.signature === signature && one.head === head),
    )
  })
  const views = unequal(folder.views, database.views)
  // What is in one of them only is told as that.
  const rights = unequal(folder.rights, database.rights).filter(
    (what) => folder.rights.has(what) && database.rights.has(what),
  )
  return { restated, dropped, views, rights, byHand: unequal(folder.others, database.others) }
}

function unequal(folder: ReadonlyMap<string, string>, database: ReadonlyMap<string, string>): string[] {
  const names = new Set([...folder.keys(), ...database.keys()])
  return [...names].filter((name) => folder.get(name) !== database.get(name)).sort()
}

/** How many functions, tables and the like differ. What may be done with them is not counted beside that. */
export function countDifferences({ restated, dropped, views, rights, byHand }: Difference): number {
  const functions = new Set([...restated, ...dropped.map(({ name }) => name)])
  const others = functions.size + views.length + byHand.length
  return others > 0 ? others : rights.length
}
