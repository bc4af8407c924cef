import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll } from 'vitest'

/** An HTTP server on loopback for the tests of one file, whose behaviour each test sets. */
export async function serve() {
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()
  const server = createServer((request, response) => handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('an HTTP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}/sql`,
    behave(as: typeof handler) {
      handler = as
    },
  }
}
