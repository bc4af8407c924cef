import type { Peer as WirePeer } from '../../../src/protocol/down/peers.ts'
import type { AppTypes, CollectionsOf } from './app-types.ts'
import type { Observable } from './observable.ts'

/** A record to be at, and what of it somebody looks at; the cursor is what is marked in a text, from and to. */
export type RecordPlace<App extends AppTypes> = {
  [Name in keyof CollectionsOf<App> & string]: {
    readonly collection: Name
    readonly id: string
    readonly field?: keyof CollectionsOf<App>[Name]['row'] & string
    readonly cursor?: [from: number, to: number]
  }
}[keyof CollectionsOf<App> & string]

/** A record, or a place that the application makes up and everybody of the tenant may be in. */
export type PlaceOf<App extends AppTypes> = RecordPlace<App> | string

/** A place that can be followed: a record with its fields, all records of a collection, or a made-up place. */
export type FollowedOf<App extends AppTypes> =
  | { readonly collection: keyof CollectionsOf<App> & string; readonly id?: string }
  | string

/** Another person, by the words of their token, and the places among those followed where they are. */
export type Peer = WirePeer

/** A place that one is in. */
export type OwnPlace<Place> = {
  /** Is elsewhere from now on: in another field, or further on in a text. */
  move(place: Place): void
  leave(): void
}

/** The people of a tenant and where they are: oneself and others. */
export type PresenceApi<App extends AppTypes> = {
  /**
   * Is in a place until it is left, as long as the page is in front and connected.
   *
   * @example const place = db.presence.enter({ collection: 'cards', id, field: 'notes', cursor: [4, 4] })
   */
  enter(place: PlaceOf<App>): OwnPlace<PlaceOf<App>>
  /** The people in a place besides oneself, as far as one may know of them. */
  of(followed: FollowedOf<App>): Observable<readonly Peer[]>
}
