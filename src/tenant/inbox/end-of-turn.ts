/**
 * Runs something once the event loop has handed over what has already arrived.
 *
 * `setImmediate` is a timer in workerd and comes after more than a millisecond. Reading a body, even one that is
 * here, goes through the event loop and takes no time (`docs/decisions/2026-11-27-the-end-of-a-turn.md`).
 */
export function endOfTurn(run: () => void): void {
  void new Response('.').text().then(run)
}
