import { expect, it } from 'vitest'
import { CAP_MS, RANGES_MS } from '../../client/src/connection/backoff.ts'
import { STABLE_MS } from '../../client/src/connection/connection.ts'
import { OPENING_DEADLINE_MS } from '../../client/src/connection/connector.ts'
import {
  BACK_ANSWER_MS,
  BEHIND,
  IN_FRONT,
  SPREAD,
  WAKE_ANSWER_MS,
} from '../../client/src/connection/heartbeat.ts'
import { TOKEN_DEADLINE_MS } from '../../client/src/connection/token.ts'
import { readDocument } from './house/sources.ts'

const document = readDocument('docs/connection.md')

/** The rows of the table that begins with a heading, by their first cell. */
function tableOf(heading: string): ReadonlyMap<string, string> {
  const [, rows = ''] = new RegExp(`\\| ${heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`).exec(document) ?? []
  return new Map(
    rows
      .trim()
      .split('\n')
      .map((row) => {
        const [, first = '', second = ''] = row.split('|').map((cell) => cell.trim())
        return [first, second]
      }),
  )
}

const unquoted = (names: Iterable<string>) => [...names].map((name) => name.replaceAll('`', '')).toSorted()

const seconds = (ms: number) => `${ms / 1_000} s`

const silence = ({ quietMs, answerMs }: typeof IN_FRONT) =>
  `${(quietMs * (1 - SPREAD)) / 1_000} to ${seconds(quietMs)}, and ${seconds(answerMs)} for the answer`

it('CON-47 the delays of docs/connection.md are those of the product', () => {
  expect(Object.fromEntries(tableOf('what'))).toEqual({
    'pause after failures in a row': `drawn from 0 to ${RANGES_MS.map((ms) => ms / 1_000).join(', ')} s, then ${seconds(CAP_MS)}; as well as what the server asks for`,
    'a connection is good, and the next pause short again, after': `${seconds(STABLE_MS)} live`,
    'an attempt is given up, from its start to the welcome, after': seconds(OPENING_DEADLINE_MS),
    '`getToken` is given up after': seconds(TOKEN_DEADLINE_MS),
    'silence before a ping, in front of somebody': silence(IN_FRONT),
    'silence before a ping, where nobody looks': silence(BEHIND),
    'a woken page asks its link at once, and waits for': seconds(WAKE_ANSWER_MS),
    "after the network's return, for a link or an attempt from before": seconds(BACK_ANSWER_MS),
  })
})

it('CON-47 its states and causes are those of the type that it is about', () => {
  const types = readDocument('client/src/api/connection.ts')
  const [, declared = ''] =
    /export type ConnectionSnapshot = \{\n {2}readonly state:\n((?: {4}\| '.*\n)+)/.exec(types) ?? []
  const states = [...declared.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
  expect(states.length).toBeGreaterThan(5)
  expect(unquoted(tableOf('state').keys())).toEqual(states.toSorted())
  const [, said = ''] = /Why it is not live([\s\S]*?)\*\//.exec(types) ?? []
  const causes = [...said.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)
  expect(unquoted(tableOf('cause').keys())).toEqual(causes.toSorted())
})

it('CON-47 its examples are ones that the compiler reads', () => {
  const linesOf = (text: string) =>
    text
      .split('\n')
      .map((line) => (line.split(' //')[0] ?? '').trim())
      .filter((line) => line !== '')
  const compiled = linesOf(readDocument('client/test/connection/documented.test-d.ts'))
  const shown = [...document.matchAll(/```ts\n([\s\S]*?)```/g)].flatMap(([, text = '']) => linesOf(text))
  expect(shown.length).toBeGreaterThan(8)
  expect(shown.filter((line) => !compiled.includes(line))).toEqual([])
})
