import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'

/** Where the recording is: beside the repository, of which it is no part, or where `SHARED_DATA` says. */
const FOLDER =
  process.env['SHARED_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const FILE = join(FOLDER, 'friendsforever.json.gz')

/** Whether the recording is there. */
export const hasTrace = existsSync(FILE)

const traceSchema = v.object({
  kind: v.literal('concurrent'),
  endContent: v.string(),
  numAgents: v.literal(2),
  txns: v.array(
    v.object({
      parents: v.array(v.number()),
      agent: v.picklist([0, 1]),
      patches: v.array(v.tuple([v.number(), v.number(), v.string()])),
    }),
  ),
})

/** One of the two who wrote. */
export type Agent = 0 | 1

/** A text as two wrote it at the same time. */
export type Trace = v.InferOutput<typeof traceSchema>

/** Reads the recording. */
export function readTrace(): Trace {
  if (!hasTrace) throw new Error(`There is no recording ${FILE}: SHARED_DATA names the folder that has it.`)
  return v.parse(traceSchema, JSON.parse(gunzipSync(readFileSync(FILE)).toString()))
}

/** The other agent. */
export const other = (agent: Agent): Agent => (agent === 0 ? 1 : 0)
