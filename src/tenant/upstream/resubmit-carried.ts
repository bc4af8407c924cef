import { tellRefusal } from '../../core/edits/notify.ts'
import { Turn } from '../../core/edits/turn.ts'
import { resubmit } from '../../core/outbox/carry.ts'
import { type Publishing, publish } from '../views/publish.ts'
import { tellFaults } from '../views/tell-faults.ts'
import { type Told, tellReverts } from './tell-reverts.ts'

/** Edits taken in one transaction. */
const TURN_EDITS = 500

/**
 * Takes the edits of earlier logs that Postgres has not got into this one, now that all data is here.
 * Their clients may send them again; they are settled then.
 */
export function resubmitCarried(parts: Publishing): void {
  const { app, store, alarm, log } = parts
  while (store.carried.any) {
    const turn = new Turn(store, parts.now())
    const told: Told[] = []
    store.transaction((txn) => {
      const entries = txn.takeCarried(TURN_EDITS)
      for (const entry of entries) {
        const { actor, n, subject } = entry
        const error = resubmit(turn, app, entry)
        if (!error) continue
        const revert = { n, seq: turn.head, error }
        tellRefusal(turn, app, entry, error)
        const state = turn.clientState(actor, subject)
        turn.putClientState({ ...state, reverts: [...state.reverts, revert] })
        told.push({ client: actor, revert })
      }
      txn.write(turn)
      alarm.arm()
    })
    log('edits-carried', { edits: turn.entries.length, reverted: told.length })
    tellFaults(parts, turn)
    tellReverts(parts, told)
    publish(parts, turn, new Set())
  }
}
