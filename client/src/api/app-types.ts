/** The types of a collection: what it holds, what an insert into it takes, and which columns are sets. */
export type CollectionTypes = { readonly row: object; readonly insert: object; readonly sets?: PropertyKey }

/** The part of an application's definition that the client reads: types only, taken by `import type`. */
export type AppTypes = {
  readonly types?: Readonly<Record<string, CollectionTypes>>
  readonly kinds?: Readonly<Record<string, object>>
}

/** An application's collections by name. */
export type CollectionsOf<App extends AppTypes> = NonNullable<App['types']>
