import type { Up } from '../up/up.ts'
import { upIn } from './earlier-words.ts'

/** The text of a frame for a server that speaks `version`. */
export function encodeUp(frame: Up, version: number): string {
  return JSON.stringify(upIn(version, frame))
}
