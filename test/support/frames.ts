import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { decodeUp, encodeDown } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import { encodeUp } from '../../src/protocol/codec/encode-up.ts'

const direction = v.picklist(['up', 'down'])

const goldenSchema = v.strictObject({
  direction,
  /** The exact text on the wire. */
  text: v.string(),
  /** The frame it stands for, in the words of today. */
  frame: v.pipe(v.array(v.unknown()), v.minLength(1)),
})

const vectorSchema = v.strictObject({
  why: v.string(),
  /** The text of the frame, or its parts with how often each is repeated. */
  input: v.union([v.string(), v.array(v.tuple([v.string(), v.number()]))]),
  /** The expected error code. */
  code: v.string(),
})

const sessionSchema = v.array(v.strictObject({ direction, text: v.string() }))

/** One frame in its exact text, kept as a file so that a change of the wire shows in review. */
export type Golden = v.InferOutput<typeof goldenSchema> & { kind: string }

/** Hostile text and the code it has to be answered with. */
export type Vector = { name: string; why: string; text: string; code: string }

/** What was said on one connection, in its order. */
export type RecordedSession = v.InferOutput<typeof sessionSchema>

/** Golden frames of a version, by kind. */
export function readGolden(version: number): Golden[] {
  return readFolder(`golden/v${version}`, goldenSchema).map(([kind, golden]) => ({ kind, ...golden }))
}

/** Hostile inputs for a session of a version, by name. */
export function readVectors(version: number): Vector[] {
  return ['every-version', `v${version}`].flatMap((folder) =>
    readFolder(`hostile/${folder}`, vectorSchema).map(([name, { why, input, code }]) => ({
      name,
      why,
      text: typeof input === 'string' ? input : input.map(([part, times]) => part.repeat(times)).join(''),
      code,
    })),
  )
}

/** What a client and an object said to each other when a version was the newest. */
export function readSession(version: number): RecordedSession {
  return v.parse(sessionSchema, readJson(new URL(`golden/v${version}-session.json`, PROTOCOL)))
}

/** Reads a text in a version, and writes what it says in the same one. */
export function thereAndBack({ direction, text }: RecordedSession[number], version: number): string {
  if (direction === 'up') {
    const up = decodeUp(text, version)
    return up.ok ? encodeUp(up.frame, version) : up.error.message
  }
  const down = decodeDown(text, version)
  return down.ok ? encodeDown(down.frame, version) : down.error.message
}

const PROTOCOL = new URL('../protocol/', import.meta.url)

function readFolder<Schema extends v.GenericSchema>(
  folder: string,
  schema: Schema,
): [string, v.InferOutput<Schema>][] {
  const directory = new URL(`${folder}/`, PROTOCOL)
  return readdirSync(directory)
    .toSorted()
    .map((file) => [file.replace(/\.json$/, ''), v.parse(schema, readJson(new URL(file, directory)))])
}

function readJson(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
