import { type Defect, defect } from './defect.ts'

const inEdits = [
  defect(
    'an edit is said to be saved before it is on the disk',
    'client/src/disk/writer.ts',
    'const isStored = await this.#store(batch)\n',
    'for (const { outcome } of edits?.taken ?? []) outcome.save()\n      const isStored = await this.#store(batch)\n',
    ['onDisk'],
  ),
  defect(
    'an edit goes up before it is on the disk',
    'client/src/queue/queue.ts',
    'const last = Math.min(this.#last, this.durable?.saved ?? this.#last)',
    'const last = this.#last',
    ['onDisk', 'reopened'],
  ),
  defect(
    'an edit leaves the disk when it is sent',
    'client/src/disk/ledger.ts',
    "return progress.is === 'committed' || progress.is === 'failed'",
    "return progress.is !== 'queued' && progress.is !== 'accepted'",
    ['onDisk', 'reopened'],
  ),
  defect(
    'what has ended stays on the disk',
    'client/src/disk/ledger.ts',
    '        if (stored) drop.push(stored.n)\n',
    '',
    ['onDisk'],
  ),
  defect(
    'numbers that were given away are given away again after a kill',
    'client/src/queue/queue.ts',
    '    this.#last = last\n    this.#restoredLast = isAlone',
    '    this.#last = Math.max(0, ...this.#entries.keys())\n    this.#restoredLast = isAlone',
    ['onDisk', 'reopened'],
  ),
  defect(
    'what was refused is not stored',
    'client/src/disk/ledger.ts',
    '      ...(refused && { refused }),\n',
    '',
    ['onDisk'],
  ),
]

const inRows = [
  defect(
    'rows are said to be of a place that they are not of',
    'client/src/disk/ledger.ts',
    'if (put.length + drop.length > 0) rows.push({ view: now.id, put, drop })',
    'if (put.length + drop.length < 0) rows.push({ view: now.id, put, drop })',
    ['onDisk', 'reopened'],
  ),
]

const inFaults = [
  defect(
    'what the file had no room for stays out of it',
    'client/src/disk/two-places.ts',
    'await this.#append(lacking.map(',
    'await this.#append(lacking.slice(lacking.length).map(',
    ['onDisk', 'reopened', 'fileFull'],
  ),
  defect(
    'the file is forgotten where the store is empty',
    'client/src/disk/two-places.ts',
    'if (!kept) return restored(clientId, written)',
    'if (!kept) return undefined',
    ['onDisk', 'reopened', 'emptied'],
  ),
  defect(
    'a page whose disk has failed goes on with the numbers there',
    'client/src/disk/keeper.ts',
    'queue.durable = hasNumbers ?',
    'queue.durable = !hasNumbers ?',
    ['onDisk', 'reopened', 'full'],
  ),
]

const inPeople = [
  defect(
    'everybody has one store',
    'client/src/disk/keeper.ts',
    "this.#opener.open(owner.name ?? '', (found) => {",
    "this.#opener.open(owner.name ? 'everybody' : '', (found) => {",
    ['onDisk', 'reopened', 'shared'],
  ),
  defect(
    'signing out deletes what a page has not read',
    'client/src/disk/sign-out.ts',
    'return queue.unanswered + unread.length',
    'return queue.unanswered + 0 * unread.length',
    ['onDisk', 'reopened', 'hanging', 'signedOut'],
  ),
]

/** In what browsers keep on their disks: edits, rows, and whose they are. */
export const ON_DISK: readonly Defect[] = [...inEdits, ...inRows, ...inFaults, ...inPeople]
