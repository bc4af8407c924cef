/** The beginning of the names of the engine's own collections. No collection of an application begins so. */
const PREFIX = 'tidemark_'

/** Values that lost unseen, one record for each loser. */
export const CONFLICTS = `${PREFIX}conflicts`

/** Things that people are told, one record for each and whom it is for. */
export const NOTIFICATIONS = `${PREFIX}notifications`

/** The state of each notification for each person that it reached, if it has one. */
export const NOTIFICATION_STATES = `${PREFIX}notification_states`

/** The kinds of notifications that each person does not want to be told of. */
export const NOTIFICATION_PREFERENCES = `${PREFIX}notification_preferences`

/** The collections whose records are about records of an application, which `collection` and `record` of them name. */
export const ABOUT_RECORDS: readonly string[] = [CONFLICTS, NOTIFICATIONS]

/** Whether a collection is the engine's own, kept by it beside those of the application. */
export function isBuiltIn(collection: string): boolean {
  return collection.startsWith(PREFIX)
}
