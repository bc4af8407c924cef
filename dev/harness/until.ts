/** Milliseconds after which something that should have happened never will: many times what any machine takes. */
export const DEADLINE_MS = 300_000

/** Milliseconds between two looks. */
const PAUSE_MS = 20

/** Waits until `look` finds something: neither undefined nor false. Throws, naming it, when it never does. */
export async function until<Found>(
  what: string,
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
  withinMs = DEADLINE_MS,
): Promise<Found> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1_000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
