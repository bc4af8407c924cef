import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { MIN_PROTOCOL_VERSION, PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { cardsOf } from '../support/database.ts'
import { newClient, newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const sleep = (tenant: string) =>
  evictDurableObject(env.TENANT.get(env.TENANT.idFromName(tenant)), { webSockets: 'hibernate' })

/** What a client of version 6 sends. Its words are written out: no code of today makes them. */
const SIX = {
  hello: (client: string, unsettled = 1) =>
    `["hello",{"protocol":6,"client":"${client}","acknowledged":${unsettled - 1},"unsettled":${unsettled}}]`,
  subscribe: '["subscribe",{"id":1,"query":{"collection":"cards"}}]',
  resume: (epoch: string, seq: number, seal: string) =>
    `["subscribe",{"id":1,"query":{"collection":"cards"},"resume":{"epoch":"${epoch}","seq":${seq},"seal":"${seal}"}}]`,
  note: (n: number, epoch: string, seq: number, notes: string) =>
    `["push",0,[{"n":${n},"context":{"epoch":"${epoch}","seq":${seq}},"ops":[{"op":"update","collection":"cards","id":"c1","fields":{"notes":{"set":"${notes}"}}}]}]]`,
}

/** A client of version 6 that follows the cards, beside one of today that made one. */
async function sixAndToday(tenant: string) {
  const today = await Peer.join({ sub: 'ada', tenant })
  await today.push(today.edit(assignee(), card('c1')))
  const client = newClient()
  const six = await Peer.open({ sub: 'ben', tenant }, client, 6)
  six.sendText(SIX.hello(client))
  const [, { protocol, epoch }] = await six.next('welcome')
  expect(protocol).toBe(6)
  six.sendText(SIX.subscribe)
  expect(await six.snapshot()).toHaveLength(1)
  return { today, six, client, epoch }
}

/** The seal that came with the last view, in the words of version 6. */
function sealOf(six: Peer): string {
  const view = six.texts.findLast((text) => text.startsWith('["view"')) ?? ''
  expect(view).not.toContain('resumeToken')
  const [, seal] = /"seal":"([^"]+)"/.exec(view) ?? []
  if (seal === undefined) throw new Error(`no seal in ${view}`)
  return seal
}

describe('a client of version 6', () => {
  it('PRO-21 is spoken to in its version, also after its object has slept', async () => {
    const tenant = newTenant('six')
    const { today, six, epoch } = await sixAndToday(tenant)
    sealOf(six)
    await sleep(tenant)
    // No word of today's.
    six.sendText('["seen",10]')
    await today.push(today.edit(change('c1', { notes: { set: 'from today' } })))
    expect((await six.next('rows'))[3]).toEqual([[expect.any(Number), [], [['c1', 7, 'from today']], []]])
    six.sendText(SIX.note(1, epoch, six.cursor, 'from six'))
    expect((await six.next('receipt'))[1]).toEqual([{ is: 'accepted', n: 1, seq: 3 }])
    await sleep(tenant)
    await six.committed(3)
    await today.next('rows')
    expect(await cardsOf(tenant)).toMatchObject([{ notes: 'from six' }])
    six.sendText('["unsubscribe",{"id":1}]')
    six.sendText(SIX.subscribe)
    await six.snapshot()
    sealOf(six)
    expect(six.closed).toBeUndefined()
  })

  it('PRO-22 resumes with what it was given, in either version', async () => {
    const tenant = newTenant('six')
    const { today, six, client, epoch } = await sixAndToday(tenant)
    const seal = sealOf(six)
    six.close()
    await today.push(today.edit(change('c1', { notes: { set: 'meanwhile' } })))
    await sleep(tenant)

    const back = await Peer.open({ sub: 'ben', tenant }, client, 6)
    back.sendText(SIX.hello(client))
    await back.next('welcome')
    back.sendText(SIX.resume(epoch, 1, seal))
    expect((await back.next('view'))[1].resumed).toBe(true)
    expect((await back.next('rows')).slice(1, 3)).toEqual([1, 2])
    expect(sealOf(back)).toBe(seal)
    back.close()

    const reloaded = await Peer.open({ sub: 'ben', tenant }, client)
    await reloaded.hello()
    const resume = { epoch, seq: 1, resumeToken: seal }
    reloaded.send(['subscribe', { id: 1, query: { collection: 'cards' }, resume }])
    expect((await reloaded.next('view'))[1]).toMatchObject({ resumed: true, resumeToken: seal })
    expect((await reloaded.next('rows')).slice(1, 3)).toEqual([1, 2])
  })

  it('PRO-21 says in its hello what counts, whatever its Worker has told or said before', async () => {
    const tenant = newTenant('six')
    const client = newClient()
    // A Worker that chose today's version, for a client that says hello in an earlier one, all at once.
    const six = await Peer.open({ sub: 'ben', tenant }, client)
    six.sendText(SIX.hello(client))
    six.sendText('["seen",0]')
    await six.next('welcome')
    six.sendText('["read-ack",0]')
    expect(await six.untilClosed()).toEqual({ code: CLOSE.protocol, reason: 'unknown-kind' })
  })
})

describe('a version that is not spoken', () => {
  it.each([
    ['below the floor', MIN_PROTOCOL_VERSION - 1],
    ['of the future', PROTOCOL_VERSION + 1],
  ])('PRO-20 %s is refused in words, whatever else its hello says', async (_, version) => {
    for (const rest of ['"client":"client-a1","acknowledged":0,"unsettled":1', '"who":"somebody"']) {
      const peer = await Peer.open({ sub: 'ben', tenant: newTenant('refused') })
      peer.sendText(`["hello",{"protocol":${version},${rest}}]`)
      const [, error] = await peer.next('error')
      expect(error).toMatchObject({ code: 'version-unsupported', retryable: false })
      expect(error.message).toContain(`${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`)
      expect(await peer.untilClosed()).toEqual({ code: CLOSE.tooOld, reason: 'version-unsupported' })
    }
  })

  it('PRO-20 disturbs nobody else', async () => {
    const tenant = newTenant('refused')
    const { today, six } = await sixAndToday(tenant)
    const peer = await Peer.open({ sub: 'ben', tenant })
    peer.sendText('["hello",{"protocol":5}]')
    await peer.untilClosed()
    await today.push(today.edit(change('c1', { notes: { set: 'on' } })))
    await six.next('rows')
    expect([today.closed, six.closed]).toEqual([undefined, undefined])
  })
})
