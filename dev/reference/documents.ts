import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CLOSE, ERRORS } from '../../src/protocol/errors.ts'
import * as limits from '../../src/protocol/limits.ts'
import { PROJECT } from '../build-worker.ts'
import { CLOSE_WORDS, SECTIONS } from './error-words.ts'
import { readLimits } from './limits-table.ts'

const MADE = 'Written by `npm run docs` from the constants, and compared with them by `npm test`.'

/** The documents that are made of constants, by their paths in the project. */
export async function referenceDocuments(): Promise<ReadonlyMap<string, string>> {
  const source = await readFile(join(PROJECT, 'src/protocol/limits.ts'), 'utf8')
  return new Map([
    ['docs/errors.md', errorsDocument()],
    ['docs/limits.md', limitsDocument(source)],
  ])
}

function errorsDocument(): string {
  const sections = SECTIONS.flatMap(([title, codes]) => [
    `## ${title}`,
    '',
    '| code | means | what to do | tried again |',
    '|---|---|---|---|',
    ...Object.entries(codes).map(
      ([code, { means, wayOut }]) => `| \`${code}\` | ${means} | ${wayOut} | ${isRetryable(code)} |`,
    ),
    '',
  ])
  return lines(
    '# Errors',
    '',
    'Every error has a stable `code`, a sentence in `message`, and `retryable`: whether the same thing may pass later. A code never changes what it means, so an application may branch on it. What is tried again, the client tries by itself. An edit that was refused for good is in `db.refused`, with what was typed.',
    '',
    MADE,
    '',
    ...sections,
    '## Close codes',
    '',
    'A socket that the server closes has one of these, and the reason names the error.',
    '',
    '| code | why |',
    '|---|---|',
    ...closes().map(([number, words]) => `| ${number} | ${words} |`),
  )
}

function isRetryable(code: string): string {
  return Object.entries(ERRORS).some(([name, { retryable }]) => name === code && retryable) ? 'yes' : 'no'
}

function closes(): [number, string][] {
  const words = new Map(Object.entries(CLOSE_WORDS))
  return Object.entries(CLOSE)
    .map(([name, number]): [number, string] => [number, words.get(name) ?? ''])
    .toSorted(([a], [b]) => a - b)
}

function limitsDocument(source: string): string {
  return lines(
    '# Limits',
    '',
    `What a peer can meet, from \`src/protocol/limits.ts\`. What is above one is answered with a code of [errors.md](errors.md) and changes nothing.`,
    '',
    MADE,
    '',
    '| limit | value | of what, and why |',
    '|---|---|---|',
    ...readLimits(source, limits).map(
      ({ name, value, words }) => `| \`${name}\` | ${value.toLocaleString('en-GB')} | ${words} |`,
    ),
  )
}

/**
 * An index of the documents for programs that read them: each with its title and its first paragraph.
 *
 * @param documents the text of each, by its path from the project's folder
 */
export function indexOf(documents: ReadonlyMap<string, string>): string {
  const entries = [...documents].map(([path, text]) => {
    const [title = '', summary = ''] = text
      .split(/\n{2,}/)
      .filter((block) => block.trim() !== '')
      .map((block) => block.replaceAll(/\s*\n\s*/g, ' ').trim())
    return `- [${title.replace(/^# /, '')}](${basename(path)}): ${summary}`
  })
  return lines(
    '# Tidemark',
    '',
    '> Realtime coordination for multi-tenant business software, at the edge: live queries, edits that are shown at once and merged by causality, and Postgres as the system of record.',
    '',
    '## Documents',
    '',
    ...entries,
  )
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n').trimEnd()}\n`
}
