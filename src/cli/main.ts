#!/usr/bin/env node
import process from 'node:process'
import { defineCommand, renderUsage, runCommand, type SubCommandsDef } from 'citty'
import { OtherHistory } from '../../dev/migration-history.ts'
import { UsageError } from '../../dev/usage-error.ts'
import { check } from './check.ts'
import { dev } from './dev.ts'
import { doctor } from './doctor.ts'
import { generate } from './generate.ts'
import { init } from './init.ts'
import { migrate } from './migrate.ts'
import { sql } from './sql.ts'
import { token } from './token.ts'

const COMMANDS: SubCommandsDef = { init, dev, migrate, generate, check, token, sql, doctor }

const tidemark = defineCommand({
  meta: {
    name: 'tidemark',
    description: 'Realtime coordination for multi-tenant business software, at the edge',
  },
  subCommands: COMMANDS,
})

const HELP = ['--help', '-h']

async function main([name = '--help', ...args]: readonly string[]): Promise<void> {
  const given = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (given === undefined) {
    if (HELP.includes(name)) return console.log(await renderUsage(tidemark))
    throw new UsageError(`There is no command "${name}": it is one of ${Object.keys(COMMANDS).join(', ')}.`)
  }
  const command = await (typeof given === 'function' ? given() : given)
  if (args.some((arg) => HELP.includes(arg))) return console.log(await renderUsage(command, tidemark))
  const known = ['help', ...Object.keys(command.args ?? {})]
  const strange = args.find(
    (arg) => /^-\S*$/.test(arg) && !known.includes(arg.replace(/^--/, '').split('=')[0] ?? ''),
  )
  if (strange !== undefined)
    throw new UsageError(`tidemark ${name} takes no ${strange}. See: tidemark ${name} --help`)
  await runCommand(command, { rawArgs: [...args] })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof OtherHistory
  console.error(isExpected ? error.message : tell(error))
  process.exitCode = 1
}

/** A failure that nobody foresaw: its own words, or where it has none, as of a refused connection, its code. */
function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason = error.cause instanceof Error ? error.cause : error
  return reason.message || ('code' in reason ? String(reason.code) : reason.name)
}
