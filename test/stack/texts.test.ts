import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import { openText, type TextHandle } from '../../client/src/text.ts'
import { type Network, network } from '../../dev/harness/network.ts'
import { until } from '../../dev/harness/until.ts'
import type { App } from '../fixtures/board/sync.ts'
import type { Db } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

/** Somebody with the text of the board open. */
type Writer = {
  readonly db: Db
  readonly line: Network
  readonly text: TextHandle
  readonly stop: () => void
}

let stack: Stack
let made = 0
let id = ''
let writers: Writer[] = []

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

afterEach(() => {
  for (const { stop, db } of writers) {
    stop()
    db.close()
  }
  writers = []
})

/** The owner's page, with the text of a board. */
async function write(): Promise<Writer> {
  const line = network()
  const db = createClientIn<App>(
    hostEnvironment(() => line.open),
    { url: stack.url, tenant: 'acme', getToken: () => stack.token('ada') },
  )
  const text = openText(db, 'boardSettings', id, 'welcome')
  const writer = { db, line, text, stop: text.subscribe(() => undefined) }
  writers.push(writer)
  await until('the text is there', () => text.getSnapshot().status === 'ready')
  return writer
}

async function begin(welcome: string): Promise<readonly [Writer, Writer]> {
  made += 1
  id = `b${made}`
  await stack.sql('INSERT INTO board_settings (tenant_id, id, name, welcome) VALUES ($1, $2, $3, $4)', [
    'acme',
    id,
    'Board',
    welcome,
  ])
  await stack.nudge('acme')
  return [await write(), await write()]
}

const shown = ({ text }: Writer) => text.getSnapshot().text

async function held(): Promise<unknown> {
  const [row] = await stack.sql('SELECT welcome FROM board_settings WHERE id = $1', [id])
  return row?.['welcome']
}

/** Both pages, one that is opened now, and Postgres come to hold the same. */
async function expectEqual(): Promise<string> {
  await until('nothing is under way', () =>
    writers.every(({ db, text }) => db.connection.getSnapshot().pending === 0 && !text.getSnapshot().pending),
  )
  await until('the pages show the same', () => new Set(writers.map(shown)).size === 1)
  const fresh = await write()
  const text = shown(fresh)
  await until('everybody and Postgres hold the same', async () => {
    const texts = new Set([...writers.map(shown), await held()])
    return texts.size === 1
  })
  return text
}

it('TXT-20 two people write in one text at once, and no word of either is lost', async () => {
  const [ada, ben] = await begin('We meet here.')
  for (const word of ['Hello ', 'everybody', '! ']) {
    ada.text.insert(shown(ada).indexOf('We'), word)
    ben.text.insert(shown(ben).length, ` ${word.trim()}?`)
  }
  expect(await expectEqual()).toBe('Hello everybody! We meet here. Hello? everybody? !?')
})

it('TXT-20 what is written offline merges when its author comes back', async () => {
  const [ada, ben] = await begin('one two three')
  ben.line.down()
  await until('ben is offline', () => ben.db.connection.getSnapshot().state !== 'live')
  ben.text.setText('one 2 three, four')
  ben.text.insert(0, 'zero ')
  ada.text.setText('ONE two three')
  expect(shown(ben)).toBe('zero one 2 three, four')
  ben.line.up()
  ben.db.connection.retry()
  expect(await expectEqual()).toBe('zero ONE 2 three, four')
})

it('TXT-21 a change of the text in Postgres merges by difference with what is being written', async () => {
  const [ada, ben] = await begin('call Anna on Monday')
  ada.text.insert(shown(ada).length, ', early')
  await stack.sql("UPDATE board_settings SET welcome = replace(welcome, 'Anna', 'Berta') WHERE id = $1", [id])
  ben.text.insert(0, 'Please ')
  await stack.nudge('acme')
  const text = await expectEqual()
  expect(text).toMatch(/^Please call (Anna|Berta) on Monday, early$/)
  await until('the change has come', () => shown(ben).includes('Berta'))
})

it('TXT-22 a page whose manuscript is no longer the object’s loses nothing that is written in it', async () => {
  const [ada, ben] = await begin('first')
  ada.text.insert(5, ' second')
  await expectEqual()
  await stack.keepObjects().then((restore) => restore({ wiped: true }))
  ben.text.insert(0, 'zeroth ')
  ada.text.insert(shown(ada).length, ' third')
  for (const { db } of writers) db.connection.retry()
  expect(await expectEqual()).toBe('zeroth first second third')
})
