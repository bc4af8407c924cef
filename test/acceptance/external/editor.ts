import { setTimeout as pause } from 'node:timers/promises'
import type { Transaction } from '../../../client/src/api/types.ts'
import type { EditHandle } from '../../../client/src/index.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { App } from '../../fixtures/board/sync.ts'
import type { Db } from '../../support/person.ts'
import { ASSIGNEE, type Scene } from './rows.ts'
import type { Placed, Touch, Values } from './touch.ts'

/** What accepted prizes added to a card. */
export type Deltas = { readonly id: string; readonly reactions: number; readonly pointsWon: number }

/** What a client's edits came to. */
export type Edited = {
  readonly author: string
  readonly touches: Placed[]
  readonly deltas: Deltas[]
  /** By value that its author wrote over, be it in an edit that came to nothing: the n of the first such edit. */
  readonly seen: Map<string, number>
  /** Edits that were not accepted, and their authors know. */
  rejected: number
  /** Edits that Postgres refused afterwards. */
  reverted: number
}

/** What one edit does, as its author knows it. */
type Noted = { readonly touches: Omit<Touch, 'author'>[]; readonly deltas: Deltas[] }

type Editor = {
  readonly name: string
  readonly db: Db
  /** Longest pause between two edits, in ms. */
  readonly longestPause: number
  readonly random: Random
  readonly values: Values
  readonly scene: Scene
}

type Tx = Transaction<App>

/** Edits as a person would, without waiting for answers, until told to stop; then waits for all outcomes. */
export async function edit(editor: Editor, stopped: AbortSignal): Promise<Edited> {
  const edited: Edited = {
    author: editor.name,
    touches: [],
    deltas: [],
    seen: new Map(),
    rejected: 0,
    reverted: 0,
  }
  const outcomes: Promise<void>[] = []
  while (!stopped.aborted) {
    const noted: Noted = { touches: [], deltas: [] }
    const handle = editor.db.transaction((tx) => {
      for (let ops = editor.random.whole(1, 3); ops > 0; ops--) change(editor, tx, noted)
    })
    noteSeen(handle, noted, edited)
    outcomes.push(follow(handle, noted, edited))
    await pause(editor.random.whole(0, editor.longestPause))
  }
  await Promise.all(outcomes)
  return edited
}

function noteSeen({ n }: EditHandle, { touches }: Noted, { seen }: Edited): void {
  if (n === undefined) return
  for (const value of touches.flatMap(({ over }) => Object.values(over ?? {}))) {
    if (typeof value === 'string' && !seen.has(value)) seen.set(value, n)
  }
}

async function follow(handle: EditHandle, noted: Noted, edited: Edited): Promise<void> {
  const accepted = await handle.accepted
  if (!accepted.ok) {
    edited.rejected += 1
    return
  }
  const { author } = edited
  const { seq } = accepted
  const { n } = handle
  edited.touches.push(...noted.touches.map((touch) => ({ ...touch, author, n, seq })))
  edited.deltas.push(...noted.deltas)
  const committed = await handle.committed
  if (!committed.ok) edited.reverted += 1
}

function change(editor: Editor, tx: Tx, noted: Noted): void {
  const { random, scene } = editor
  const deeds = random.chance(scene.turnover)
    ? ([addOrRemoveAssignee, addOrRemoveCard] as const)
    : ([changeAssignee, changeAssignee, changeCard, changeCard, award] as const)
  random.pick<typeof changeAssignee>(deeds)(editor, tx, noted)
}

function changeAssignee({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick([...scene.assignees, ASSIGNEE])
  const seen = tx.assignees.get(id)
  if (!seen) return
  const over = { name: seen.name, city: seen.city }
  const wrote = { name: values.text(name), city: values.text(name) }
  const both = random.chance(0.3)
  tx.assignees.update(id, (assignee) => {
    assignee.name = wrote.name
    if (both) assignee.city = wrote.city
  })
  touches.push(
    both
      ? { table: 'assignees', id, over, wrote }
      : { table: 'assignees', id, over: { name: over.name }, wrote: { name: wrote.name } },
  )
}

/** Moves that the application allows. */
const MOVES: Readonly<Record<string, 'open' | 'finished' | 'withdrawn'>> = {
  draft: 'open',
  open: 'finished',
  in_progress: 'finished',
}

function changeCard({ name, random, values, scene }: Editor, tx: Tx, { touches, deltas }: Noted): void {
  const id = random.pick([...scene.passing, ...scene.lasting, ...scene.lasting])
  const seen = tx.cards.get(id)
  if (!seen) return
  const [notes, day] = [values.text(name), values.day()]
  const reactions = random.whole(0, 2)
  const dated = random.chance(0.4)
  const move = random.chance(0.15) ? MOVES[seen.status] : undefined
  tx.cards.update(id, (card) => {
    card.notes = notes
    card.reactions += reactions
    if (dated) card.dueOn = day
    if (move) card.status = move
  })
  deltas.push({ id, reactions, pointsWon: 0 })
  touches.push({
    table: 'cards',
    id,
    over: { notes: seen.notes, ...(dated && { due_on: seen.dueOn }) },
    wrote: { notes, ...(dated && { due_on: day }) },
  })
}

/** By an effect, a prize adds to its card and may move it. */
function award({ random, scene }: Editor, tx: Tx, { deltas }: Noted): void {
  const id = random.pick(scene.lasting)
  const status = tx.cards.get(id)?.status
  if (status !== 'open' && status !== 'in_progress' && status !== 'finished') return
  const pointsWon = random.whole(1, 500)
  tx.prizes.insert({ cardId: id, awardedPoints: pointsWon, kind: 'badge', wonOn: '2026-11-30' })
  deltas.push({ id, reactions: 0, pointsWon })
}

function addOrRemoveAssignee({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick(scene.assignees)
  const seen = tx.assignees.get(id)
  if (seen) {
    tx.assignees.delete(id)
    touches.push({ table: 'assignees', id, over: { name: seen.name, city: seen.city } })
    return
  }
  const wrote = { name: values.text(name), city: values.text(name) }
  tx.assignees.insert({ id, ...wrote })
  touches.push({ table: 'assignees', id, wrote })
}

function addOrRemoveCard({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick(scene.passing)
  const seen = tx.cards.get(id)
  if (seen) {
    tx.cards.delete(id)
    touches.push({ table: 'cards', id, over: { notes: seen.notes, due_on: seen.dueOn } })
    return
  }
  const wrote = { notes: values.text(name) }
  tx.cards.insert({ id, number: values.text(name), assigneeId: ASSIGNEE, targetPoints: 100_000, ...wrote })
  touches.push({ table: 'cards', id, wrote })
}
