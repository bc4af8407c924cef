import { expect, it } from 'vitest'
import { wireError } from '../../../src/protocol/errors.ts'
import { note } from '../support/desk.ts'
import { Browser, written } from '../support/visits.ts'

it('OFF-30 the example of docs/offline.md runs', async () => {
  const browser = new Browser()
  const { db, ...desk } = await opened(browser)
  const told: unknown[] = []
  const [show, warn] = [(...what: unknown[]) => told.push(what), (why: string) => told.push(why)]
  const id = 'a'

  const edit = db.notes.update(id, (note) => {
    note.title = 'written on the train'
  })
  const saved = await edit.saved
  if (!saved.ok) warn(saved.error.message)
  await written()
  await desk.refuse()

  const { state, pending, persistence } = db.connection.getSnapshot()
  show(state, pending, persistence)

  for (const item of db.refused.getSnapshot().items) {
    show(item.error.message, item.writes)
    item.change(([write]) => {
      if (write) write.values['title'] = 'shorter'
    })
  }

  const left = await db.signOut()
  if (!left.done) await left.keep()

  expect(told).toMatchObject([
    ['live', 0, 'kept'],
    ['Too long.', [{ collection: 'notes', record: 'a', values: { title: 'written on the train' } }]],
  ])
  expect(JSON.stringify([...(browser.content()?.edits.values() ?? [])])).toContain('shorter')
})

async function opened(browser: Browser) {
  const desk = await browser.live(10, note('a'))
  const refuse = async () => {
    await desk.say(['receipt', [{ is: 'rejected', n: 1, error: wireError('write-refused', 'Too long.') }]])
    await written()
  }
  return { db: desk.db, refuse }
}
