import type { Store } from './store.ts'

/** Stores the committed seq where no edit takes it along; costs nothing while it is stored as it is. */
export function storeCommitted(store: Pick<Store, 'isCommittedStored' | 'transaction'>): void {
  if (!store.isCommittedStored) store.transaction((txn) => txn.storeCommitted())
}
