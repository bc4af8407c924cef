import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'
import { listProcesses } from './processes.ts'

/** State of a listening socket in the kernel's table. */
const LISTENING = '0A'

/** Who listens on a port of this machine: id and command line. Undefined when the system does not tell. */
export function findListener(port: number): { pid: number; command: string } | undefined {
  const pid = process.platform === 'linux' ? byProc(port) : byLsof(port)
  const found = listProcesses().find((listed) => listed.pid === pid)
  return found && { pid: found.pid, command: found.command }
}

function byProc(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    attempt(() => readFileSync(table, 'utf8'), '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTENING)
      .map((fields) => `socket:[${fields[9]}]`),
  )
  if (sockets.length === 0) return undefined
  const held = globSync('/proc/[0-9]*/fd/*').find((path) =>
    sockets.includes(attempt(() => readlinkSync(path), '')),
  )
  return held === undefined ? undefined : Number(held.split('/')[2])
}

function byLsof(port: number): number | undefined {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']
  const told = attempt(() => execFileSync('lsof', args, { encoding: 'utf8' }), '')
  return Number(told.split('\n')[0]) || undefined
}

/** What is read may be gone, or another person's. */
function attempt(read: () => string, otherwise: string): string {
  try {
    return read()
  } catch {
    return otherwise
  }
}
