import { expect, it } from 'vitest'
import { PRESENCE_SILENT_MS, SIGN_EVERY_MS } from '../../../src/protocol/limits.ts'
import { type Actor, Stage } from './stage.ts'

const CARD = { collection: 'cards', id: 'c1' }

/** Two people who look at one card and see each other. */
async function pair(): Promise<{ stage: Stage; ada: Actor; ben: Actor }> {
  const stage = new Stage()
  stage.rows.set('cards/c1', { id: 'c1', status: 'open' })
  const ada = stage.join('ada')
  const ben = stage.join('ben')
  for (const actor of [ada, ben]) await stage.say(actor, { at: [CARD], of: [CARD] })
  expect(ada.news().at(-1)).toMatchObject({ signs: true, peers: [{ subject: 'ben', name: 'BEN' }] })
  expect(ben.news().at(-1)).toMatchObject({ signs: true, peers: [{ subject: 'ada', name: 'ADA' }] })
  return { stage, ada, ben }
}

/** Time passes in which some send their heartbeats, each time as late as they may. */
async function beat(stage: Stage, ms: number, ...living: Actor[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += SIGN_EVERY_MS) {
    for (const actor of living) actor.beatAt = stage.now
    await stage.pass(Math.min(SIGN_EVERY_MS, ms - passed))
  }
}

it('PRS-10 whoever gives no sign of life is gone within ten seconds, whenever the link was cut', async () => {
  for (let cutAfter = 0; cutAfter <= SIGN_EVERY_MS; cutAfter += 1_250) {
    const { stage, ada, ben } = await pair()
    await beat(stage, 30_000, ada, ben)
    await beat(stage, cutAfter, ada, ben)
    expect(ada.news()).toEqual([])
    const cutAt = stage.now
    await beat(stage, 10_000, ada)
    expect(ada.news().flatMap(({ gone = [] }) => gone)).toEqual(['ben'])
    expect(stage.now - cutAt).toBe(10_000)
  }
})

it('PRS-11 whoever gives signs of life stays, for as long as they do', async () => {
  const { stage, ada, ben } = await pair()
  await beat(stage, 10 * 60_000, ada, ben)
  expect([ada.news(), ben.news()]).toEqual([[], []])
})

it('PRS-12 whoever was taken for gone and lives is asked where they are, and is there again', async () => {
  const { stage, ada, ben } = await pair()
  await beat(stage, 20_000, ada)
  expect(ada.news().flatMap(({ gone = [] }) => gone)).toEqual(['ben'])
  expect(ben.news().filter(({ again }) => again)).toEqual([{ signs: false, again: true }])
  await stage.say(ben, { at: [CARD], of: [CARD] })
  expect(ada.news().at(-1)).toMatchObject({ peers: [{ subject: 'ben' }] })
  expect(ben.news().at(-1)).toMatchObject({ all: true, peers: [{ subject: 'ada' }] })
})

it('PRS-13 nobody is waited for where nobody is seen by another person, however many tabs one has', async () => {
  const stage = new Stage()
  stage.rows.set('cards/c1', { id: 'c1', status: 'open' })
  const tabs = [stage.join('ada'), stage.join('ada')]
  for (const tab of tabs) await stage.say(tab, { at: [CARD], of: [CARD] })
  expect(stage.presence.dueAt).toBeUndefined()

  // Somebody who is seen, and whoever sees them, are waited for, and no more once one of them leaves.
  const ben = stage.join('ben')
  await stage.say(ben, { of: [CARD] })
  expect(stage.presence.dueAt).toBeLessThanOrEqual(stage.now + PRESENCE_SILENT_MS)
  await stage.say(ben, {})
  expect(stage.presence.dueAt).toBeUndefined()
  expect(tabs.map((tab) => tab.news().at(-1)?.signs)).toEqual([false, false])
})

it('PRS-13 when all who saw each other have fallen silent nobody is waited for any more', async () => {
  const { stage } = await pair()
  await stage.pass(20_000)
  expect(stage.presence.dueAt).toBeUndefined()
})

it('PRS-14 a sleep neither forgets who is there nor gives a dead link more time', async () => {
  const { stage, ada, ben } = await pair()
  await beat(stage, 20_000, ada, ben)
  await stage.pass(100)
  stage.sleep()
  await stage.pass(100)
  expect([ada.news(), ben.news()]).toEqual([[], []])
  const cutAt = stage.now
  ada.beatAt = stage.now
  await stage.pass(3_000)
  ada.beatAt = stage.now
  stage.sleep()
  await beat(stage, 7_000, ada)
  expect(stage.now - cutAt).toBe(10_000)
  expect(ada.news()).toEqual([{ signs: false, all: true, peers: [] }])
})

it('PRS-14 whoever left while the object slept is missing from what is told anew', async () => {
  const { stage, ada, ben } = await pair()
  await stage.pass(200)
  ada.news()
  stage.vanish(ben)
  stage.sleep()
  stage.presence.look()
  await stage.pass(200)
  expect(ada.news().at(-1)).toEqual({ signs: false, all: true, peers: [] })
})
