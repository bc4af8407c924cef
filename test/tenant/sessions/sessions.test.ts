import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { MAX_CLIENTS_PER_SUBJECT, MAX_SOCKETS_PER_SUBJECT } from '../../../src/protocol/limits.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { newClient, newTenant, Peer, sign } from '../support/peer.ts'
import { assignee, card } from '../support/samples.ts'

describe('a session', () => {
  it('TEN-10 that comes back gets what it missed as one interval', async () => {
    const tenant = newTenant('resume')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(ada.edit(assignee()))
    const [, , seen] = await ben.next('rows')
    ben.close()
    await ada.push(ada.edit(card('c1')))
    await ada.push(ada.edit({ op: 'delete', collection: 'cards', id: 'c1' }), ada.edit(card('c2')))

    const again = await Peer.open({ sub: 'ben', tenant }, ben.client)
    const welcome = await again.hello()
    const held = { epoch: welcome[1].epoch, seq: seen }
    // The one that changed comes first: the other may be answered with it or after it.
    for (const [id, collection] of [[1, 'cards'] as const, [0, 'assignees'] as const]) {
      const resume = { ...held, resumeToken: ben.resumeTokenOf(id) }
      again.send(['subscribe', { id, query: { collection }, resume }])
    }
    const [, from, to, parts] = await again.next('rows')
    expect([from, to]).toEqual([1, 4])
    expect(parts.map(([, puts, , leaves]) => [puts.map(([id]) => id), leaves])).toEqual([[['c2'], []]])
  })

  it('TEN-11 that holds rows of another log is told to drop them', async () => {
    const ada = await Peer.open({ sub: 'ada', tenant: newTenant('epoch') })
    await ada.hello()
    ada.send([
      'subscribe',
      {
        id: 0,
        query: { collection: 'assignees' },
        resume: { epoch: 'another', seq: 3, resumeToken: '0.none' },
      },
    ])
    expect((await ada.next('reset'))[1].epoch).toBe(ada.epoch)
  })

  it('TEN-12 gives way to a newer one of the same client', async () => {
    const tenant = newTenant('replace')
    const old = await Peer.join({ sub: 'ada', tenant })
    await Peer.join({ sub: 'ada', tenant }, old.client)
    expect(await old.untilClosed()).toEqual({ code: CLOSE.replaced, reason: 'replaced' })
  })

  it('TEN-13 cannot speak for another person’s client', async () => {
    const tenant = newTenant('taken')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    const eve = await Peer.open({ sub: 'eve', tenant }, ada.client)
    eve.send(['hello', { protocol: PROTOCOL_VERSION, client: ada.client, acknowledged: 0, unsettled: 1 }])
    expect(await eve.untilClosed()).toEqual({ code: CLOSE.forbidden, reason: 'client-taken' })
  })

  it('TEN-14 ends with its token, and a fresh token keeps it', async () => {
    const tenant = newTenant('expiry')
    const stays = await Peer.join({ sub: 'ada', tenant, ttlSeconds: 6 })
    const ends = await Peer.join({ sub: 'ben', tenant, ttlSeconds: 6 })
    stays.send(['auth', await sign({ sub: 'ada', tenant })])

    expect(await ends.untilClosed()).toEqual({ code: CLOSE.auth, reason: 'token-expired' })
    expect(await stays.push(stays.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
  })

  it('TEN-15 is warned before its token ends', async () => {
    const tenant = newTenant('warn')
    const ada = await Peer.join({ sub: 'ada', tenant, ttlSeconds: 8 })
    const told = () => ada.frames.flatMap((frame) => (frame[0] === 'expiring' ? [frame[1].expiresAt] : []))
    await ada.until('a warning', () => told().length > 0)
    expect(told()).toHaveLength(1)
  })

  it('TEN-16 stays with its person: a token of somebody else closes it', async () => {
    const tenant = newTenant('swap')
    const ada = await Peer.join({ sub: 'ada', tenant })
    ada.send(['auth', await sign({ sub: 'ben', tenant })])
    expect(await ada.untilClosed()).toEqual({ code: CLOSE.forbidden, reason: 'subject-changed' })
  })

  it('TEN-17 sees nothing of another tenant', async () => {
    const acme = await Peer.join({ sub: 'ada', tenant: newTenant('acme') })
    const globex = await Peer.join({ sub: 'gus', tenant: newTenant('globex') })
    await acme.push(
      acme.edit({ op: 'insert', collection: 'assignees', id: 'secret-id', values: { name: 'secret-name' } }),
    )
    await acme.next('rows')
    await globex.push(globex.edit(assignee()))
    await globex.next('rows')
    expect(JSON.stringify(globex.frames)).not.toContain('secret')
  })

  it('TEN-18 may not crowd out others: one person has 64 clients, and no more sockets than those come back on', async () => {
    const tenant = newTenant('crowd')
    for (let i = 0; i < MAX_CLIENTS_PER_SUBJECT; i++) await Peer.join({ sub: 'ada', tenant })
    const oneMore = await Peer.open({ sub: 'ada', tenant })
    oneMore.send([
      'hello',
      { protocol: PROTOCOL_VERSION, client: oneMore.client, acknowledged: 0, unsettled: 1 },
    ])
    expect((await oneMore.untilClosed()).reason).toBe('too-many-sockets')
    const silent = MAX_SOCKETS_PER_SUBJECT - MAX_CLIENTS_PER_SUBJECT
    for (let i = 0; i < silent; i++) await Peer.open({ sub: 'ada', tenant })
    const oneTooMany = await Peer.open({ sub: 'ada', tenant })
    expect((await oneTooMany.untilClosed()).reason).toBe('too-many-sockets')
    await Peer.join({ sub: 'ben', tenant })
  })

  it('TEN-18 lets clients come back whose old sockets have not been found dead', async () => {
    const tenant = newTenant('ghosts')
    const clients = Array.from({ length: MAX_CLIENTS_PER_SUBJECT }, () => newClient())
    for (const client of clients) await Peer.join({ sub: 'ada', tenant }, client)
    for (const client of clients) await Peer.join({ sub: 'ada', tenant }, client)
  })

  it('TEN-19 that never says hello is ended', async () => {
    const tenant = newTenant('silent')
    const silent = await Peer.open({ sub: 'ada', tenant })
    expect((await silent.untilClosed()).reason).toBe('hello-late')
  })
})
