/** Tags that changes have touched, and the place in the tenant's order up to which they tell. */
export type Invalidation = { readonly tags: readonly string[]; readonly seq: number }

export type InvalidationOptions = {
  /**
   * `accepted`: at once, for what is read here. `committed`: when Postgres has it, for what is read there; so of all
   * that comes there from now on, also where it was accepted before. `accepted` unless said otherwise.
   */
  readonly at?: 'accepted' | 'committed'
  /**
   * Called once, when the server watches the pattern: what is computed from now on is told of when it goes stale, and
   * what was computed before may be stale already.
   */
  readonly onWatched?: () => void
}
