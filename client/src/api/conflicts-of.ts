import type { AppTypes, CollectionsOf } from './app-types.ts'
import type { ConflictItem, ConflictsAbout } from './conflicts.ts'

type Names<App extends AppTypes> = keyof CollectionsOf<App> & string

type FieldsOf<App extends AppTypes, Name extends Names<App>> = Exclude<
  keyof CollectionsOf<App>[Name]['row'] & string,
  'id'
>

/** A conflict in a field of this collection, or about one of its records as a whole. */
type InCollection<App extends AppTypes, Name extends Names<App>> =
  | {
      readonly [Field in FieldsOf<App, Name>]: ConflictItem<
        Name,
        Field,
        CollectionsOf<App>[Name]['row'][Field & keyof CollectionsOf<App>[Name]['row']]
      >
    }[FieldsOf<App, Name>]
  | ConflictItem<Name, null>

/**
 * A conflict of an application: `collection` and `field` tell the type of its values. Any, where the application's
 * types are not known.
 */
export type ConflictOf<App extends AppTypes> =
  string extends Names<App>
    ? ConflictItem
    : { readonly [Name in Names<App>]: InCollection<App, Name> }[Names<App>]

/** A choice of an application's conflicts, by its collections and their fields. */
export type ConflictAbout<App extends AppTypes> =
  string extends Names<App>
    ? ConflictsAbout
    : { readonly [Name in Names<App>]: ConflictsAbout<Name, FieldsOf<App, Name>> }[Names<App>]
