import { type Defect, defect } from './defect.ts'
import { AMONG_PEOPLE } from './defects-among-people.ts'
import { AMONG_TABS } from './defects-among-tabs.ts'
import { AT_THE_EDGES } from './defects-at-edges.ts'
import { ON_DISK } from './defects-on-disk.ts'

const inCore = [
  defect(
    'a repeated edit is taken again',
    'src/core/edits/admit.ts',
    'if (n === state.last + 1) {',
    'if (n <= state.last + 1) {',
  ),
  defect(
    'a gap is not noticed',
    'src/core/edits/admit.ts',
    'if (n > state.last + 1) {',
    'if (n > state.last + 100) {',
  ),
  defect(
    'a verdict is forgotten at once',
    'src/core/edits/turn.ts',
    'this.putClientState({ ...state, last: verdict.n, verdicts })',
    'this.putClientState({ ...state, last: verdict.n, verdicts: [] })',
  ),
  defect(
    'an undone edit is told to be accepted',
    'src/core/edits/admit.ts',
    'if (revert) return',
    'if (!revert) return',
  ),
  defect(
    'an update says what the row was long before',
    'src/core/edits/draft.ts',
    'before: pick(lived.row),',
    "before: pick({ ...lived.row, notes: '' }),",
  ),
  defect(
    'a counter is set and not added to',
    'src/core/merge/counter.ts',
    ' + incoming.add',
    ' * 0 + incoming.add',
  ),
  defect(
    'a greatest value gives way to a later one',
    'src/core/merge/extreme.ts',
    "b > a === (kind === 'max') ? b : a",
    "kind === 'max' || b < a ? b : a",
  ),
  defect(
    'a least value gives way to a later one',
    'src/core/merge/extreme.ts',
    "b > a === (kind === 'max') ? b : a",
    "kind === 'min' || b > a ? b : a",
  ),
  defect(
    'a delta is counted twice in Postgres',
    'src/core/outbox/outbox.ts',
    '(add[column] ?? 0) + delta',
    '(add[column] ?? 0) + 2 * delta',
  ),
  defect(
    'created again in one batch is created',
    'src/core/outbox/outbox.ts',
    "? { is: 'replace', row: change.after }",
    "? { is: 'insert', row: change.after }",
    ['several'],
  ),
  defect(
    'what others wrote is not merged',
    'src/core/external/take-external.ts',
    'repairs.push(...own)',
    '',
    ['external', 'lostAnswer'],
  ),
  defect(
    'rights come after the query',
    'src/core/query/view.ts',
    'allOf([read, ownFilter(query)])',
    'ownFilter(query)',
  ),
  defect('nothing is hidden', 'src/core/access/rights.ts', 'hidden: hidden?.(claims) ?? []', 'hidden: []'),
  defect(
    'a window moves with its own records alone',
    'src/core/query/delta.ts',
    'return limit === undefined || concerned.length === 0',
    'return limit !== 0 || concerned.length === 0',
  ),
  defect(
    'who leaves is not told',
    'src/core/query/delta.ts',
    'if (!after) leaves.push(id)',
    'if (!after) continue',
  ),
  defect(
    'what was there before an interval is what is there after',
    'src/core/query/changes.ts',
    'ofCollection.set(id, { ...(ofCollection.get(id) ?? change), before })',
    'ofCollection.set(id, ofCollection.get(id) ?? change)',
  ),
  defect(
    'a lost log tells its places in the new one',
    'src/core/edits/admit.ts',
    "verdicts: state.verdicts.filter((verdict) => 'error' in verdict),",
    'verdicts: state.verdicts,',
  ),
]

const inMerges = [
  defect(
    'a value overwritten unseen is no conflict',
    'src/core/merge/lww.ts',
    'concurrent && !sameValue(current, incoming.set)',
    'false',
  ),
  defect(
    'every author has seen everything',
    'src/core/records/version-vector.ts',
    'if (version.actor === author) return',
    'if (version.actor !== "" && version.actor !== author) return true\n  if (version.actor === author) return',
  ),
  defect(
    'nobody has seen anything of others',
    'src/core/records/version-vector.ts',
    'if (version.seq <= (context.epoch === epoch ? context.seq : 0)) return true',
    '',
  ),
  defect(
    'what hides a value from its author hides nothing',
    'src/core/records/version-vector.ts',
    "return Math.min(seq, ofField ?? seq, asOf['id'] ?? seq)",
    'return Math.max(seq, ofField ?? seq)',
  ),
  defect(
    'an illegal move is made when it is concurrent',
    'src/core/merge/states.ts',
    "if (concurrent) return { outcome: 'kept' }",
    'if (concurrent) return applied(to)',
  ),
  defect(
    'a delete says nothing of what it deletes unseen',
    'src/core/edits/apply-op.ts',
    'const unseen = unseenOf(judgement, record)',
    'const unseen = unseenOf(judgement, record).slice(0, 0)',
  ),
  defect(
    'an update of a record that was deleted unseen is forgotten',
    'src/core/edits/apply-op.ts',
    'return keepLostUpdate(judgement, record, deleted)',
    'return undefined',
  ),
  defect(
    'an effect is left out',
    'src/core/edits/draft-edit.ts',
    "if (op.op !== 'insert' || !rules?.effects?.insert) return undefined",
    "if (op.op !== 'update' || !rules?.effects?.insert) return undefined",
  ),
]

const inTheObject = [
  defect(
    'marks are not stored',
    'src/tenant/storage/txn.ts',
    'for (const state of turn.clientStates.values()) clientStates.put(state)',
    '',
  ),
  defect(
    'everything is committed that was sent',
    'src/tenant/upstream/take-answer.ts',
    'txn.commit(applied, turn.at)',
    'txn.commit(store.head, turn.at)',
  ),
  defect(
    'external changes are passed over',
    'src/tenant/upstream/take-answer.ts',
    'for (const change of external.changes) takeExternal',
    'for (const change of external.changes.slice(1)) takeExternal',
  ),
  defect(
    'external changes are read again',
    'src/tenant/upstream/take-answer.ts',
    'txn.putCursor(external.cursor)',
    '',
  ),
  defect(
    'a refusal is taken for a success',
    'src/tenant/upstream/take-answer.ts',
    'if (refusal.seq <= store.committed) continue',
    'if (refusal.seq > 0) continue',
  ),
  defect(
    'what a transaction undid itself is no step on',
    'src/tenant/upstream/drain.ts',
    'if (store.committed > committed || store.cursor !== cursor || answer.verdict)',
    'if (store.committed > committed || answer.external.changes.length > 0 || answer.verdict)',
    ['external', 'siblings'],
  ),
  defect(
    'a cursor of another cluster is asked with again',
    'src/tenant/upstream/drain.ts',
    "if (failure === 'expired') {",
    "if (failure === 'expired' && !message) {",
  ),
  defect(
    'what waits for Postgres ends with its log',
    'src/tenant/storage/txn.ts',
    '    carried.takeLog(corrections.all())\n',
    '',
  ),
  defect(
    'an undone edit is not told',
    'src/tenant/upstream/take-answer.ts',
    '  tellReverts(parts, told)\n',
    '',
  ),
  defect(
    'no answer is taken for a yes',
    'src/tenant/upstream/drain.ts',
    "if (!answer) return this.#noAnswer()\n    if (!('external' in answer)) return this.#end(answer)\n    return this.#takeApplied(",
    "if (!answer) {\n      store.transaction((txn) => txn.commit(batch.upTo, 0))\n      return false\n    }\n    if (!('external' in answer)) return this.#end(answer)\n    return this.#takeApplied(",
  ),
  defect(
    'the last of the followers is left out',
    'src/tenant/views/publish.ts',
    'for (const session of view.followers)\n      recipients.set',
    'for (const session of [...view.followers].slice(1))\n      recipients.set',
  ),
  defect(
    'a session stands at the head before it was told',
    'src/tenant/views/publish.ts',
    '    session.sendText(text)\n    session.moveTo(parts.store.head)',
    '    session.sendText(text)\n    session.moveTo(parts.store.head + 1)',
  ),
  defect(
    'everybody is spoken to in the newest version',
    'src/tenant/sessions/session.ts',
    'encodeDown(frame, this.protocol)',
    'encodeDown(frame, 8)',
  ),
  defect(
    'a session that has slept is taken to speak the newest version',
    'src/tenant/sessions/attachment.ts',
    'return { ...rest, state: { ...state, ...restored } }',
    'return { ...rest, protocol: 8, state: { ...state, ...restored } }',
  ),
  defect(
    'any resume token proves anything',
    'src/tenant/views/resume-token.ts',
    'timingSafeEqual(given, right) ? since : undefined',
    'timingSafeEqual(given, given) ? since : undefined',
  ),
  defect(
    'a resumed view gets what is new only',
    'src/tenant/views/subscribe.ts',
    'const nets = changes.from(seq)\n',
    'const nets = changes.from(store.head)\n',
  ),
  defect(
    'a lost object keeps the name of its log',
    'src/tenant/tenant-object.ts',
    'const newEpoch = () => newId().slice(0, EPOCH_LENGTH)',
    "const newEpoch = () => 'epoch'",
  ),
  defect(
    'a successor is ended with its predecessor',
    'src/tenant/connecting.ts',
    'if (session) sessions.drop(session)',
    'if (session) for (const other of sessions.ofSubject(session.claims.sub)) sessions.drop(other)',
    ['reload'],
  ),
  defect(
    'a token ends nothing',
    'src/tenant/sessions/why-over.ts',
    'if (holder.expiresAt * 1_000 <= now())',
    'if (holder.expiresAt * 1_000 <= now() - 3_600_000)',
  ),
  defect(
    'nobody is told what is stale',
    'src/tenant/views/publish.ts',
    '  invalidate(parts, () => recordChanges(turn.entries.toReversed(), turn.living))\n',
    '',
  ),
  defect(
    'views are forgotten in sleep',
    'src/tenant/tenant-object.ts',
    '    views.wake(sessions.all())\n',
    '',
  ),
  defect(
    'a fresh token changes nothing of what may be seen',
    'src/tenant/receiving.ts',
    '    session.renew(claims, verified)\n',
    '    session.renew(session.claims, verified)\n',
  ),
]

const inTheClient = [
  defect(
    'the queue is emptied when it is sent',
    'client/src/queue/queue.ts',
    "const again = progress.is === 'sent' ||",
    'const again =',
  ),
  defect(
    'an own edit stays over the rows that include it',
    'client/src/queue/pending-edit.ts',
    'return seq !== undefined && seq <= base.seq',
    'return seq !== undefined && seq < base.seq',
  ),
  defect(
    'an undone edit is shown on',
    'client/src/replica/overlay.ts',
    '        this.#drop(key, entry)\n      } else',
    '      } else',
  ),
  defect(
    'a gap is passed over',
    'client/src/replica/subscriptions.ts',
    "if ((isBound || resumed.length > 0) && from !== this.#cursor) return 'gap'",
    '',
  ),
  defect(
    'a listener that throws is the last to hear',
    'client/src/api/observable.ts',
    'if (this.#entries.has(entry) && isNews()) this.#guard(() => entry.listener(event))',
    'if (this.#entries.has(entry) && isNews()) {\n        let failed = true\n        this.#guard(() => {\n          const told = entry.listener(event)\n          failed = false\n          return told\n        })\n        if (failed) return\n      }',
  ),
  defect('leaves are not applied', 'client/src/replica/view.ts', '    rows.delete(id)\n', ''),
]

/** Each is a mistake that somebody could make, and that runs with enough in them have to show. */
export const DEFECTS: readonly Defect[] = [
  ...inCore,
  ...AT_THE_EDGES,
  ...AMONG_PEOPLE,
  ...AMONG_TABS,
  ...ON_DISK,
  ...inMerges,
  ...inTheObject,
  ...inTheClient,
]
