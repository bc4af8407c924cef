/**
 * The rooms of the house, and the order that they stand in, lowest first. A file imports from its own room and from
 * lower ones. Rooms that share a line are beside each other: neither knows of the other.
 */

const PROTOCOL = [
  ['src/protocol'],
  ['src/protocol/up', 'src/protocol/down'],
  ['src/protocol/codec'],
  ['src/protocol/internal'],
]

const CORE = [
  ['src/core/records'],
  ['src/core/text'],
  ['src/core/app'],
  ['src/core/log'],
  ['src/core/merge'],
  ['src/core/query'],
  ['src/core/access'],
  ['src/core/presence'],
  ['src/core/edits'],
  ['src/core/external'],
  ['src/core/outbox'],
  ['src/core/revert'],
  ['src/core/history'],
  ['src/core/schedule'],
  ['src/core/alerts'],
  ['src/core/metrics'],
]

const POSTGRES = [['src/postgres/statements'], ['src/postgres/answers'], ['src/postgres']]

const TENANT = [
  ['src/tenant/storage'],
  ['src/tenant/metrics'],
  ['src/tenant/schedule'],
  ['src/tenant/sessions'],
  ['src/tenant/tags', 'src/tenant/presence'],
  ['src/tenant/views'],
  ['src/tenant/upstream', 'src/tenant/inbox'],
  ['src/tenant/hydration'],
  ['src/tenant/history'],
  ['src/tenant/operations'],
  ['src/tenant'],
]

const WORKER = [['src/worker/objects'], ['src/worker/sse'], ['src/worker']]

const CLIENT = [
  ['client/src/environment'],
  ['client/src/api'],
  ['client/src/transport'],
  ['client/src/connection'],
  ['client/src/queue'],
  ['client/src/replica'],
  ['client/src/edits'],
  ['client/src/queries'],
  ['client/src/parts'],
  [
    'client/src/conflicts',
    'client/src/notifications',
    'client/src/presence',
    'client/src/disk',
    'client/src/history',
    'client/src/marks',
    'client/src/metrics',
    'client/src/tabs',
    'client/src/text',
    'client/src/tanstack-db',
    'client/src/trace',
  ],
  ['client/src/session', 'client/src/react', 'client/src/ssr', 'client/src/devtools'],
  ['client/src'],
  // A client beside a server in memory, for the tests of applications.
  ['client/src/testing'],
]

/** What may know of what: the server's side, and the client with the two rings that it shares. */
export const CHAINS: readonly (readonly (readonly string[])[])[] = [
  [
    ...PROTOCOL,
    ...CORE,
    ['src/define', 'src/platform'],
    ...POSTGRES,
    // An object verifies the fresh tokens of its sessions as the Worker does those of requests.
    ['src/registry', 'src/worker/auth'],
    ...TENANT,
    ...WORKER,
    ['src'],
  ],
  [...PROTOCOL, ...CORE, ...CLIENT],
]

/** Every room of the engine and of its client. */
export const ROOMS: readonly string[] = [...new Set(CHAINS.flat(2))]

/** Is this a file of the engine or of its client? */
export const isEngine = (path: string): boolean => /^(src|client\/src)\//.test(path)

/**
 * The one arrow that leaves its chain: the client's types are made from an application's declaration, of which
 * nothing is there when it runs.
 */
const ONLY_AS_TYPES = { from: 'client/src/api', to: 'src/define' }

/** May a file of one room import from a file of another? */
export function mayImport(from: string, to: string, typeOnly: boolean): boolean {
  if (from === to) return true
  if (typeOnly && from === ONLY_AS_TYPES.from && to === ONLY_AS_TYPES.to) return true
  return CHAINS.some((chain) => {
    const [mine, other] = [from, to].map((room) => chain.findIndex((line) => line.includes(room)))
    return mine !== undefined && other !== undefined && mine >= 0 && other >= 0 && other < mine
  })
}
