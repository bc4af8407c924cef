import type { ErrorCode } from '../../../src/protocol/errors.ts'
import { inspectText } from '../../../src/protocol/guard.ts'
import { MAX_TAG_LENGTH, MAX_WATCHES } from '../../../src/protocol/limits.ts'

/** Stands for all tags: which ones is not known. */
export const ALL_TAGS = '*'

/** Patterns of one frame, which may have 256 KiB: each has up to 256 characters, and one of them up to six bytes. */
const PATTERNS_OF_FRAME = 128

/** As many of the longest as fit a frame, however they are escaped. */
export function inFrames(patterns: readonly string[]): string[][] {
  const frames: string[][] = []
  for (let i = 0; i < patterns.length; i += PATTERNS_OF_FRAME)
    frames.push(patterns.slice(i, i + PATTERNS_OF_FRAME))
  return frames
}

/** Throws, with a code, for what is no pattern or no level, and for one more than may be watched. */
export function refuseIfBad(pattern: unknown, at: unknown, watched: number): void {
  if (
    (at !== 'accepted' && at !== 'committed') ||
    typeof pattern !== 'string' ||
    pattern === '' ||
    pattern.length > MAX_TAG_LENGTH ||
    inspectText(pattern)
  ) {
    throw refusal(
      'bad-value',
      `A tag or pattern is a well-formed text of 1 to ${MAX_TAG_LENGTH} characters, at accepted or committed.`,
    )
  }
  if (watched >= MAX_WATCHES) {
    const message = `A client may watch ${MAX_WATCHES} tags and patterns; watch a pattern for many tags.`
    throw refusal('too-many-watches', message)
  }
}

function refusal(code: ErrorCode, message: string): Error {
  return Object.assign(new TypeError(message), { code })
}

/** Those of some tags that a pattern means; all there are is meant by every pattern. */
export function tagsFor(pattern: string, tags: readonly string[]): readonly string[] {
  const meant = (tag: string) =>
    pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : tag === pattern
  return tags.filter((tag) => tag === ALL_TAGS || meant(tag))
}
