import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Ports that no system gives to connections that go out. One of those could be given away again while the
 * server that has it is started anew.
 */
const FIRST_PORT = 10_000
const END_PORT = 32_000

const TRIES = 1_000

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST_PORT, END_PORT)
    if (await isPortFree(port)) return port
  }
  throw new Error(`no port from ${FIRST_PORT} to ${END_PORT} is free`)
}

/** Whether a server can listen on this port of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  await new Promise((resolve) => server.close(resolve))
  return free
}
