/** A time of day. */
export const clock = (ms: number): string => new Date(ms).toLocaleTimeString('en-GB')

/** How long ago, for a person. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - ms) / 1_000))
  if (seconds < 90) return `${seconds} s ago`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`
}

export function duration(ms: number | null): string {
  if (ms === null) return '–'
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
