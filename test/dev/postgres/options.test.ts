import { expect, test } from 'vitest'
import { readOptions } from '../../../dev/options.ts'

test('DEV-11 the command line of the local stack', () => {
  expect(readOptions([], undefined)).toEqual({ port: 8787, fresh: false, databaseUrl: undefined })
  expect(readOptions(['--port', '9000', '--fresh'], undefined)).toMatchObject({ port: 9000, fresh: true })
  expect(readOptions([], 'postgres://a:b@c/d')).toMatchObject({ databaseUrl: 'postgres://a:b@c/d' })
})

test('WAL-11 another database than our own is named as its owner reaches it, and as the Worker does', () => {
  const [owner, worker] = ['postgres://a:b@c/d', 'postgres://w:x@c/d']
  expect(readOptions([], owner, worker)).toMatchObject({ databaseUrl: owner, workerUrl: worker })
  expect(() => readOptions([], undefined, worker)).toThrow('goes with DATABASE_URL')
  expect(() => readOptions([], owner, 'w:x@c')).toThrow('WORKER_DATABASE_URL must look like')
})

test.for([
  [['--port', 'x'], undefined, 'from 1 to 65535'],
  [['--port', '70000'], undefined, 'from 1 to 65535'],
  [['--nonsense'], undefined, 'Usage:'],
  [['extra'], undefined, 'Usage:'],
  [[], 'mysql://a', 'must look like'],
  [['--fresh'], 'postgres://a:b@c/d', 'only the local Postgres'],
] as const)('DEV-12 a mistake on the command line names the way out (%j, %j)', ([args, url, words]) => {
  expect(() => readOptions(args, url)).toThrow(words)
})
