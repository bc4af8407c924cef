import type { Field, Written } from './draw.ts'

/** An edit that was taken, with its place in the order. */
export type Placed = Written & { readonly seq: number }

/** Two people's writes of one field, the later of which was made without sight of the earlier. */
export type Meeting = { readonly earlier: Placed; readonly later: Placed }

/** What has lost: a value, in which field, and who wrote it and who wrote over it. */
export type Lost = {
  readonly id: string
  readonly field: string
  readonly value: unknown
  readonly loser: string
  readonly winner: string
}

/** The fields in which the later of two values stays, and the earlier is lost. */
const PLAIN: readonly Field[] = ['dueOn', 'totalCents']

/**
 * The meetings of a round, in which everybody sees what was before it and what they write themselves: a write meets
 * what is there whenever somebody else has written that.
 */
export function meetingsOf(round: readonly Placed[]): Meeting[] {
  const last = new Map<string, Placed>()
  const meetings: Meeting[] = []
  for (const later of round.toSorted((a, b) => a.seq - b.seq)) {
    const key = `${later.id} ${later.field}`
    const earlier = last.get(key)
    if (earlier && earlier.person !== later.person) meetings.push({ earlier, later })
    last.set(key, later)
  }
  return meetings
}

/** What is to have lost in these meetings, in plain fields. */
export function lostIn(meetings: readonly Meeting[], nameOf: (person: number) => string): Lost[] {
  return meetings
    .filter(({ later: { field } }) => PLAIN.includes(field))
    .map(({ earlier: { id, field, value, person }, later }) => ({
      ...{ id, field, value, loser: nameOf(person), winner: nameOf(later.person) },
    }))
}

/** How many of the lines that were written into notes are not in them. */
export function linesMissing(round: readonly Placed[], notesOf: (id: string) => string): number {
  return round.filter(({ id, field, value }) => field === 'notes' && !notesOf(id).includes(String(value)))
    .length
}

/** The same text for the same loss. */
export function keyOf({ id, field, value, loser, winner }: Lost): string {
  return JSON.stringify([id, field, value, loser, winner])
}
