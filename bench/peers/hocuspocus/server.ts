import { Server } from '@hocuspocus/server'
import * as Y from 'yjs'
import type { rowOf } from '../../load/rows.ts'
import { DOCUMENT, TABLE } from './document.ts'

type Rows = readonly ReturnType<typeof rowOf>[]

/** Hocuspocus in a process of its own, with one document in memory; nothing is stored. */
process.once('message', async ({ port, rows }: { port: number; rows: Rows }) => {
  const server = new Server({
    port,
    address: '127.0.0.1',
    quiet: true,
    async onLoadDocument({ document, documentName }) {
      if (documentName !== DOCUMENT) throw new Error(`there is no document ${documentName}`)
      const table = document.getMap<Y.Map<unknown>>(TABLE)
      for (const { id, ...row } of rows) table.set(id, new Y.Map(Object.entries(row)))
    },
  })
  await server.listen()
  process.send?.('ready')
})
process.once('disconnect', () => process.exit())
