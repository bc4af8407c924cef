import { expect, it } from 'vitest'
import { CAP_MS } from '../../client/src/connection/backoff.ts'
import { BEHIND, IN_FRONT, SPREAD, WAKE_ANSWER_MS } from '../../client/src/connection/heartbeat.ts'
import { MAX_HELD } from '../../client/src/session/held-tags.ts'
import { SPREAD_MS } from '../../client/src/session/invalidations.ts'
import { MAX_CLAIMS } from '../../src/core/app/audience.ts'
import { MAX_DATA, MAX_NAMED } from '../../src/core/edits/notification.ts'
import { MAX_NOTIFICATIONS } from '../../src/core/edits/notify.ts'
import { MAX_CHARACTERS_BACK } from '../../src/core/log/base-of.ts'
import { QUANTILE_ERROR } from '../../src/core/metrics/histogram.ts'
import { MAX_SERIES } from '../../src/core/metrics/tally.ts'
import { DELAYED_AFTER_MS } from '../../src/core/schedule/delay.ts'
import {
  ACTIVE_MS,
  ACTIVE_POLL_MS,
  EXPIRY_WARNING_MS,
  IDLE_POLL_MS,
  MAX_RETRY_MS,
  RENEWED_AFTER,
} from '../../src/core/schedule/next-alarm.ts'
import { KEEP_DAYS } from '../../src/define/conflict-rules.ts'
import { CLOSE } from '../../src/protocol/errors.ts'
import { MAX_ID_LENGTH } from '../../src/protocol/ids.ts'
import {
  BEHIND_DEADLINE_MS,
  HELLO_DEADLINE_MS,
  MAX_CLIENTS_PER_SUBJECT,
  MAX_CONDITIONS,
  MAX_KEPT_CLIENTS,
  MAX_LIST_VALUES,
  MAX_NESTING,
  MAX_REVOCATIONS,
  MAX_SUBSCRIPTIONS,
  MAX_VECTOR_ENTRIES,
  MAX_WINDOW,
  PATIENCE_SECONDS,
  REPORT_EVERY_MS,
  SILENT_SOCKET_MS,
} from '../../src/protocol/limits.ts'
import { PRUNE_EVERY_MS } from '../../src/registry/sweep.ts'
import { LEASE_MS } from '../../src/registry/tenant-list.ts'
import { MAX_TURN, YIELD_AFTER } from '../../src/tenant/inbox/inbox.ts'
import { RENEW_EVERY_MS } from '../../src/tenant/lease.ts'
import { KEEP_EVERY_MS } from '../../src/tenant/metrics/metrics.ts'
import { COMPARE_EVERY_MS } from '../../src/tenant/upstream/comparison.ts'
import { CALLS_APART_MS } from '../../src/tenant/upstream/drain.ts'
import { COOLDOWN_MS, STALE_MS } from '../../src/worker/auth/published-keys.ts'
import { MANY_EDITS, MAX_CALLS, MAX_GROWTH } from '../simulation/campaign/work.ts'
import { MAX_LINES } from './house/figures.ts'
import { readDocument } from './house/sources.ts'

const number = (value: number) => value.toLocaleString('en-GB')
const seconds = (ms: number) => number(ms / 1_000)

const IN_WORDS = new Map([
  [1, 'a'],
  [2, 'two'],
  [3, 'three'],
  [5, 'five'],
  [10, 'ten'],
])

/** So many of a unit, in words where the documents write words: `a minute`, `ten seconds`. */
function inWords(count: number, unit: string): string {
  const word = IN_WORDS.get(count)
  if (word === undefined) throw new Error(`how is ${count} written?`)
  return count === 1 ? `${unit === 'hour' ? 'an' : word} ${unit}` : `${word} ${unit}s`
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** What each rule says in numbers, made of the constants that the product has. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'INV-6': [`within ${inWords(SPREAD_MS / 1_000, 'second')}`],
  'INV-7': [`beyond ${MAX_HELD} turns`],
  'TEN-12': [`closed with ${CLOSE.replaced}`],
  'TEN-18': [`${MAX_CLIENTS_PER_SUBJECT} clients`, `silent for ${seconds(SILENT_SOCKET_MS)} s`],
  'TEN-19': [`within ${inWords(HELLO_DEADLINE_MS / 1_000, 'second')}`],
  'TEN-60': [`grow to ${seconds(MAX_RETRY_MS)} s`, `within ${seconds(2 * MAX_RETRY_MS)} s`],
  'TEN-62': [`up to ${number(MAX_TURN)} frames and edits`],
  'TEN-63': [`at least ${CALLS_APART_MS} ms apart`],
  'TEN-67': [`a turn of ${YIELD_AFTER} frames and edits`],
  'TEN-71': [`the last ${MAX_KEPT_CLIENTS} client ids`],
  'TEN-73': [
    `${['', '', '', 'three'][4 * RENEWED_AFTER]} quarters`,
    `at most ${inWords(EXPIRY_WARNING_MS / MINUTE_MS, 'minute')}`,
  ],
  'CRD-6': [`for ${STALE_MS / HOUR_MS} hours`],
  'CRD-7': [`every ${seconds(COOLDOWN_MS)} s`],
  'REV-1': [`closed with ${CLOSE.auth}`],
  'REV-7': [`at most ${number(MAX_REVOCATIONS)} revocations`],
  'DEL-1': [`lasted ${inWords(DELAYED_AFTER_MS / 1_000, 'second')}`],
  'CON-4': [`bounded by ${seconds(CAP_MS)} s`],
  'CON-11': [
    `after ${seconds(IN_FRONT.quietMs * (1 - SPREAD))}-${seconds(IN_FRONT.quietMs)} s of quiet`,
    `after ${seconds(BEHIND.quietMs * (1 - SPREAD))}-${seconds(BEHIND.quietMs)} s`,
  ],
  'CON-21': [`within ${inWords(Math.ceil((IN_FRONT.quietMs + IN_FRONT.answerMs) / 5_000) * 5, 'second')}`],
  'CON-22': [`within ${inWords(WAKE_ANSWER_MS / 1_000, 'second')}`],
  'QRY-63': [
    `a list of ${number(MAX_LIST_VALUES)} values`,
    `${MAX_CONDITIONS} conditions`,
    `${MAX_NESTING} levels`,
  ],
  'FLO-3': [`for ${inWords(BEHIND_DEADLINE_MS / MINUTE_MS, 'minute')}`, `closed with ${CLOSE.tooSlow}`],
  'OUT-12': [
    `every ${seconds(ACTIVE_POLL_MS)} s`,
    `for ${ACTIVE_MS / MINUTE_MS} minutes after activity`,
    `else every ${IDLE_POLL_MS === MINUTE_MS ? 'minute' : ''}`,
  ],
  'WAT-4': [`for ${inWords(LEASE_MS / HOUR_MS, 'hour')}`],
  'WAT-6': [`once ${inWords(PRUNE_EVERY_MS / (24 * HOUR_MS), 'day')}`],
  'MET-1': [`one part in ${1 / QUANTILE_ERROR}`],
  'MET-5': [`at most ${MAX_SERIES} series`],
  'MET-14': [`at most every ${seconds(KEEP_EVERY_MS)} s`],
  'MET-35': [`at most every ${seconds(REPORT_EVERY_MS)} s`],
  'WAT-10': [`every ${RENEW_EVERY_MS === HOUR_MS ? 'hour' : ''}`],
  'CMP-5': [`${inWords(COMPARE_EVERY_MS / (24 * HOUR_MS), 'day')} old`],
  'HOU-12': [`longer than ${MAX_LINES} lines`],
  'SPD-4': [
    `fewer than ${number(MAX_CALLS)} calls`,
    `after ${number(MANY_EDITS)} others`,
    `less than ${MAX_GROWTH} times`,
  ],
  'MRG-27': [`${number(MAX_CHARACTERS_BACK)} characters`],
  'VEC-6': [`${MAX_VECTOR_ENTRIES} entries`],
  'CNF-16': [`${KEEP_DAYS} unless`],
  'NTF-9': [
    `${MAX_NAMED} people by name`,
    `${MAX_CLAIMS} claims`,
    `${number(MAX_DATA)} characters of data`,
    `${MAX_NOTIFICATIONS} notifications for an edit`,
  ],
  'IDS-1': [`1 to ${MAX_ID_LENGTH} UTF-16 units`],
}

/** Numbers of two digits and more that no constant of the product is behind, with what they are. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  // A close code of WebSockets.
  'CTR-26': ['1006'],
  'CTR-27': ['1006'],
  'EDG-20': ['401'],
  'EDG-30': ['404'],
  'HLT-1': ['503'],
  'CON-25': ['401', '403'],
  // SQL's own bound, and bytes that are measured.
  'PG-86': ['500'],
  'SPD-3': ['20', '62', '40'],
}

const README: readonly string[] = [
  `A query may have ${MAX_CONDITIONS} conditions, ${MAX_NESTING} levels deep, and lists of ${number(MAX_LIST_VALUES)} values`,
  `A session has ${MAX_SUBSCRIPTIONS} subscriptions at once`,
  `A window shows ${number(MAX_WINDOW)} rows at most`,
  `wait up to ${PATIENCE_SECONDS} seconds`,
  `longer than ${MAX_ID_LENGTH} characters or has a line break`,
]

const rules = new Map(
  [...readDocument('SPEC.md').matchAll(/^- \*\*([^*]+)\*\* (.*)$/gm)].map(([, id = '', text = '']) => [
    id,
    text,
  ]),
)

it.each(Object.entries(RULES))('HOU-15 the numbers of %s are those of the product', (id, said) => {
  for (const part of said) expect(rules.get(id)).toContain(part)
})

it('HOU-15 no rule has a number that nothing holds', () => {
  const loose = [...rules].flatMap(([id, text]) => {
    const held = [...(RULES[id] ?? []), ...(OTHERS[id] ?? [])].join(' ')
    const plain = text.replace(/`[^`]*`/g, '').replace(/\b(?:[A-Z][A-Z0-9]{1,4}-\d+|UTF-16|2\^53)\b/g, '')
    return [...plain.matchAll(/\d[\d,]*\d/g)]
      .filter(([found]) => !held.includes(found))
      .map(([found]) => `${id}: ${found}`)
  })
  expect(loose).toEqual([])
})

it.each(README)('HOU-15 README says what the product does: %s', (said) => {
  expect(readDocument('README.md')).toContain(said)
})
