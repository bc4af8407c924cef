import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'

const goldenSchema = v.strictObject({
  direction: v.picklist(['up', 'down']),
  /** The exact text on the wire. */
  text: v.string(),
  /** The frame it stands for. */
  frame: v.pipe(v.array(v.unknown()), v.minLength(1)),
})

const vectorSchema = v.strictObject({
  why: v.string(),
  /** The text of the frame, or its parts with how often each is repeated. */
  input: v.union([v.string(), v.array(v.tuple([v.string(), v.number()]))]),
  /** The expected error code. */
  code: v.string(),
})

/** One frame in its exact text, kept as a file so that a change of the wire shows in review. */
export type Golden = v.InferOutput<typeof goldenSchema> & { kind: string }

/** Hostile text and the code it has to be answered with. */
export type Vector = { name: string; why: string; text: string; code: string }

/** Golden frames, by kind. */
export function readGolden(): Golden[] {
  return readFolder('golden', goldenSchema).map(([kind, golden]) => ({ kind, ...golden }))
}

/** Hostile inputs, by name. */
export function readVectors(): Vector[] {
  return readFolder('hostile', vectorSchema).map(([name, { why, input, code }]) => ({
    name,
    why,
    text: typeof input === 'string' ? input : input.map(([part, times]) => part.repeat(times)).join(''),
    code,
  }))
}

function readFolder<Schema extends v.GenericSchema>(
  folder: string,
  schema: Schema,
): [string, v.InferOutput<Schema>][] {
  const directory = new URL(`../protocol/${folder}/`, import.meta.url)
  return readdirSync(directory)
    .toSorted()
    .map((file) => [
      file.replace(/\.json$/, ''),
      v.parse(schema, JSON.parse(readFileSync(new URL(file, directory), 'utf8'))),
    ])
}
