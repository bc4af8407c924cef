import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { Head } from './read-chain.ts'

const headSchema = v.strictObject({
  tenant: v.string(),
  line: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})
const lineSchema = v.pipe(v.string(), v.parseJson(), headSchema)

/** The end of a tenant's chain as a line of JSON, to be kept where nobody who can write to the database can. */
export function toHeadLine(tenant: string, { line, hash }: Head): string {
  return JSON.stringify({ tenant, line, hash })
}

/** The heads of an earlier print, by tenant. Throws with the line of the file that is none. */
export async function readHeads(file: string): Promise<ReadonlyMap<string, Head>> {
  const heads = new Map<string, Head>()
  for (const [index, text] of (await readFile(file, 'utf8')).split('\n').entries()) {
    if (text.trim() === '') continue
    const read = v.safeParse(lineSchema, text)
    if (!read.success)
      throw new Error(`Line ${index + 1} of ${file} is not one that --head prints: ${read.issues[0].message}`)
    const { tenant, ...head } = read.output
    if (heads.has(tenant)) throw new Error(`${file} has ${tenant} twice: give one print of --head.`)
    heads.set(tenant, head)
  }
  if (heads.size === 0) throw new Error(`${file} is empty: give a file that --head has printed.`)
  return heads
}
