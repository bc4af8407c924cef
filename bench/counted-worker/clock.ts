const realNow = Date.now

/** The two clocks agreed that the one showed `shown` when the other showed `real`; now it is `speed` times as fast. */
let shown = realNow()
let real = shown
let speed = 1

/** Makes the clock of the Worker and its objects faster or slower. Alarms armed before stay where they are. */
export function setSpeed(next: number): void {
  const now = realNow()
  shown += (now - real) * speed
  real = now
  speed = next
}

/** Replaces the clock: what `Date.now` says passes at the set speed. */
export function replaceClock(): void {
  Date.now = () => Math.round(shown + (realNow() - real) * speed)
}

/** When the platform has to wake an object that is armed for `at`. */
export function toReal(at: number): number {
  return real + (at - shown) / speed
}

/** The opposite of `toReal`. */
export function fromReal(at: number): number {
  return Math.round(shown + (at - real) * speed)
}
