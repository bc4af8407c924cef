import { expect, test } from 'vitest'
import { readOptions } from '../../../dev/options.ts'

test('DEV-11 the command line of the local stack', () => {
  expect(readOptions([], undefined)).toEqual({ port: 8787, fresh: false, databaseUrl: undefined })
  expect(readOptions(['--port', '9000', '--fresh'], undefined)).toMatchObject({ port: 9000, fresh: true })
  expect(readOptions([], 'postgres://a:b@c/d')).toMatchObject({ databaseUrl: 'postgres://a:b@c/d' })
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
