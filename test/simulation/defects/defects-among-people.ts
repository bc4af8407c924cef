import { type Defect, defect } from './defect.ts'

const inPolicies = [
  defect(
    'what a person was to decide is overwritten',
    'src/core/merge/ask.ts',
    "if (concurrent && !sameValue(current, incoming.set)) return { outcome: 'kept' }",
    '',
  ),
  defect(
    'the function that merges is given what is there as what its author had in sight',
    'src/core/merge/merge-by.ts',
    'merge?.(base?.()?.value, current, set)',
    'merge?.(current, current, set)',
  ),
  defect(
    'an earlier version is sent what it has no words for',
    'src/protocol/codec/earlier-words.ts',
    'if (version > 6) return true\n  const saysParts',
    'if (version > 0) return true\n  const saysParts',
  ),
]

const inThePast = [
  defect(
    'a restore blanks what its author may not see',
    'src/core/edits/apply-op.ts',
    'draft.revive(record)\n  return undefined',
    "draft.revive({ ...record, row: { ...record.row, ...('notes' in record.row && { notes: '' }) } })\n  return undefined",
  ),
  defect(
    'the past of a record tells its hidden columns',
    'src/core/history/past-rights.ts',
    'shownChange(change, collection, hidden)',
    'shownChange(change, collection, [])',
  ),
]

const inConflicts = [
  defect(
    'what lost unseen is not kept',
    'src/core/edits/keep-conflicts.ts',
    '    draft.put({ collection: CONFLICTS, id, row, birth: version, versions: {} })',
    '',
  ),
  defect(
    'who has lost is told, and who has won is not',
    'src/define/conflict-rules.ts',
    "    ['=', 'winnerBy', claims.sub],\n",
    '',
  ),
  defect(
    'who has won is told, and who has lost is not',
    'src/define/conflict-rules.ts',
    "    ['=', 'loserBy', claims.sub],\n",
    '',
  ),
  defect(
    'both sides of a conflict are taken for those of whoever wrote last',
    'src/core/edits/keep-conflicts.ts',
    'actor === version.actor ? author.subject : turn.subjectOf(actor, n)',
    'actor === version.actor || n > 0 ? author.subject : turn.subjectOf(actor, n)',
  ),
  defect(
    'what a lost value was written over is taken for what its author had in sight',
    'src/core/log/base-of.ts',
    'return ofField(base[field]?.[0])',
    'return ofField(before[field])',
  ),
  defect(
    'a lost value is taken for what its author had in sight',
    'src/core/log/base-of.ts',
    'if (!base || !Object.hasOwn(base, field)) return ofField(before[field])',
    'if (!base || !Object.hasOwn(base, field)) return { value: null }',
  ),
  defect(
    'folding hides all but the newest that lost',
    'client/src/conflicts/fold.ts',
    'if (known) known.push(row)',
    'if (known) continue',
  ),
]

const inPresence = [
  defect(
    'who has given no sign of life is shown for good',
    'src/tenant/presence/presence.ts',
    'if ((silentAt(session) ?? Number.POSITIVE_INFINITY) > now()) continue',
    'if (session.presence) continue',
  ),
  defect(
    'who is there is forgotten with a sleep',
    'src/tenant/presence/presence.ts',
    'if (session.presence) this.#members.add(session)',
    'if (session.presence === null) this.#members.add(session)',
  ),
]

/** In what people do to each other's work: how their edits merge, and what they bring back. */
export const AMONG_PEOPLE: readonly Defect[] = [...inPolicies, ...inThePast, ...inConflicts, ...inPresence]
