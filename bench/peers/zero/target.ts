import { randomUUID } from 'node:crypto'
import { openSocket, type Target } from '../../load/target.ts'
import { schema } from './schema.ts'

/** What the installed version of Zero speaks; it does not export the number. */
const PROTOCOL_VERSION = 51

/** Of the mutations in a push. */
const PUSH_VERSION = 1

/** A mutation that zero-cache makes in Postgres itself, without a server of the application in between. */
const MUTATION = '_zero_crud'

/** How often a client tells that it is there, as Zero's own does. */
const PING_EVERY_MS = 5_000

const { name, primaryKey, columns } = schema.tables.invoices

const clientSchema = {
  tables: {
    [name]: {
      columns: Object.fromEntries(Object.entries(columns).map(([column, { type }]) => [column, { type }])),
      primaryKey,
    },
  },
}

const ALL_ROWS = { op: 'put', hash: 'all', ast: { table: name, orderBy: [['id', 'asc']] } }

/** Zero: everybody is a client group of their own; writes that are made at the same time are one push. */
export function openTarget(url: string): Target {
  const sockets: Awaited<ReturnType<typeof openSocket>>[] = []
  const open = async (queries: readonly unknown[], heard: (frame: Buffer) => void) => {
    const [clientID, clientGroupID] = [randomUUID(), randomUUID()]
    const address = new URL(`/sync/v${PROTOCOL_VERSION}/connect`, url)
    const said = { clientID, clientGroupID, baseCookie: '', ts: '0', lmid: '0', wsid: clientID }
    for (const [key, value] of Object.entries(said)) address.searchParams.set(key, value)
    const first = ['initConnection', { desiredQueriesPatch: queries, clientSchema }]
    const hello = Buffer.from(JSON.stringify({ initConnectionMessage: first })).toString('base64')
    const socket = await openSocket(address.href, [encodeURIComponent(hello)], heard)
    sockets.push(socket)
    return { clientID, clientGroupID, socket }
  }
  const pinging = setInterval(() => {
    for (const socket of sockets) socket.send('["ping",{}]')
  }, PING_EVERY_MS)
  return {
    async subscribe(_, heard) {
      const all = Promise.withResolvers<void>()
      let take = (frame: Buffer) => {
        const text = String(frame)
        if (text.startsWith('["error"')) all.reject(new Error(text))
        if (!text.includes('"gotQueriesPatch"')) return
        take = heard
        all.resolve()
      }
      await open([ALL_ROWS], (frame) => take(frame))
      await all.promise
    },
    async openWriter() {
      const { clientID, clientGroupID, socket } = await open([], (frame) => {
        const text = String(frame)
        if (text.startsWith('["error"')) throw new Error(text)
      })
      let id = 0
      return (writes) => {
        const mutations = writes.map((value) => {
          id += 1
          const ops = [{ op: 'update', tableName: name, primaryKey, value }]
          return { type: 'crud', id, clientID, name: MUTATION, args: [{ ops }], timestamp: Date.now() }
        })
        const push = { clientGroupID, mutations, pushVersion: PUSH_VERSION, timestamp: Date.now() }
        socket.send(JSON.stringify(['push', { ...push, requestID: randomUUID() }]))
      }
    },
    close() {
      clearInterval(pinging)
      for (const socket of sockets) socket.terminate()
    },
  }
}
