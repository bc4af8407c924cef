import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { access, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../dev/free-port.ts'
import { rowOf } from './rows.ts'
import type { Target } from './target.ts'

/** Published servers that can be measured too. They are installed when they are asked for, and not before. */
export const PEERS = ['partyserver', 'tinybase', 'tldraw', 'hocuspocus', 'zero'] as const

export type PeerName = (typeof PEERS)[number]

export const isPeerName = (name: string): name is PeerName => PEERS.some((known) => known === name)

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url))

/** Installs them from the package registry, unless they are there. None of their install scripts is run. */
export async function installPeers(report: (line: string) => void): Promise<void> {
  const { dependencies }: { dependencies: object } = JSON.parse(
    await readFile(`${FOLDER}package.json`, 'utf8'),
  )
  try {
    for (const name of Object.keys(dependencies)) await access(`${FOLDER}node_modules/${name}`)
  } catch {
    report('Installing the peers in bench/peers, once.')
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER })
  }
}

/** How the generator speaks to a peer. The module is only there once the peers are installed. */
export async function peerTarget(name: PeerName, url: string): Promise<Target> {
  const module: { openTarget(url: string): Target } = await import(`../peers/${name}/target.ts`)
  return module.openTarget(url)
}

/** Starts Hocuspocus, the one peer that is a program for Node and not a Durable Object. */
export async function startHocuspocus(rows: number) {
  const port = await freePort()
  const child = fork(`${FOLDER}hocuspocus/server.ts`)
  child.send({ port, rows: Array.from({ length: rows }, (_, place) => rowOf(place)) })
  const ended = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`Hocuspocus ended with ${code} before it was ready`)
    }),
  ])
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => (child.pid === undefined ? [] : [child.pid]),
    async stop() {
      child.disconnect()
      await ended
    },
  }
}
