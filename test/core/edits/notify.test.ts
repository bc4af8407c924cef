import { describe, expect, it } from 'vitest'
import type { Happened, NotifyPort } from '../../../src/core/app/application.ts'
import { people, role } from '../../../src/core/app/audience.ts'
import { NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import { resubmit } from '../../../src/core/outbox/carry.ts'
import { insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'
import { begin, card, everything, IVO, MIA, whole } from '../../support/notices.ts'
import { notificationsOf } from '../../support/told.ts'

describe('what rules say of an edit', () => {
  it('NTF-1 is written with it: one for each insert, update and delete, in the entry of the edit', () => {
    const { tenant, mia, send, told } = begin(everything)
    send(mia, card(), card('c2'))
    send(mia, set('cards', 'c1', { title: 'High' }), remove('cards', 'c2'))
    expect(told().map(({ kind, record }) => [kind, record])).toEqual([
      ['made', 'c1'],
      ['made', 'c2'],
      ['changed', 'c1'],
      ['gone', 'c2'],
    ])
    expect(
      tenant.log.map(
        ({ changes }) => changes.filter(({ collection }) => collection === NOTIFICATIONS).length,
      ),
    ).toEqual([2, 2])
    expect(told()[0]).toMatchObject({ by: MIA, at: '1970-01-01T00:00:00.000Z', data: {}, groupKey: null })
  })

  it('NTF-1 is not there where the edit is refused, nor where it changes nothing', () => {
    const { mia, send, told } = begin(everything)
    expect(send(mia, card(), set('cards', 'c9', { title: 'x' }))).toBe('not-found')
    expect(told()).toEqual([])
    send(mia, card())
    send(mia, set('cards', 'c1', { title: 'Tide' }))
    expect(told().map(({ kind }) => kind)).toEqual(['made'])
  })

  it('NTF-2 is asked of what effects change, and of changes made in Postgres by their named writer', () => {
    const seen: [Happened['kind'], unknown, string, boolean][] = []
    const note = ({ kind, row }: Happened, { by, claims }: NotifyPort) => {
      seen.push([kind, row['points'], by, claims !== undefined])
      return { to: 'zoe', kind }
    }
    const { tenant, mia, send, told } = begin({ cards: { update: note, delete: note } })
    send(mia, card())
    send(mia, insert('awards', 'a1', { card: 'c1', points: 5 }))
    const about = { collection: 'cards', id: 'c1', epoch: 'epoch1', seen: 2, by: 'import' }
    const [entry] = tenant.takeExternal([
      { ...about, kind: 'update', before: { title: 'Tide' }, after: { title: 'Ebb' } },
    ])
    expect(seen).toEqual([
      ['update', 5, MIA, true],
      ['update', 5, 'import', false],
    ])
    expect(told().map(({ by }) => by)).toEqual([MIA, 'import'])
    // Postgres has the change itself, and not what is told of it.
    expect(entry?.repairs).toMatchObject([{ kind: 'insert', collection: NOTIFICATIONS }])
  })

  it('NTF-3 follows from the record before and after, from others by id, and from the author', () => {
    const { mia, send, told } = begin({
      cards: {
        update: ({ row, before }, { claims }) => ({
          to: people({}),
          self: true,
          kind: 'moved',
          data: { from: before['state'] ?? '', to: row['state'] ?? '', role: String(claims?.['role']) },
        }),
      },
      awards: {
        insert: ({ row }, { get }) => ({
          to: people({}),
          self: true,
          kind: 'award',
          data: {
            points: get('cards', String(row['card']))?.['points'] ?? 0,
            none: get('cards', 'c9') === undefined,
          },
        }),
      },
    })
    send(mia, card())
    send(mia, insert('awards', 'a1', { card: 'c1', points: 5 }))
    const data = Object.fromEntries(told().map((row) => [row['kind'], row['data']]))
    expect(data).toEqual({
      moved: { from: 'open', to: 'won', role: 'writer' },
      award: { points: 5, none: true },
    })
  })

  it('NTF-3 of a record that comes back is what is said of one that was changed', () => {
    const kept = { insert: () => whole('made'), update: () => whole('changed'), delete: () => whole('gone') }
    const { mia, ivo, send, told } = begin({ keepers: kept })
    send(mia, insert('keepers', 'k1', { title: 'Tide', owner: 'mia' }))
    ivo.look()
    send(mia, remove('keepers', 'k1'))
    expect(outcome(ivo.send(set('keepers', 'k1', { title: 'High' })))).toBe('accepted')
    expect(told().map(({ kind }) => kind)).toEqual(['made', 'gone', 'changed', 'conflict'])
  })

  it('NTF-4 is nothing to its own author, by name or by role, unless it says so', () => {
    const { mia, send, told, reads } = begin({
      cards: {
        insert: () => [
          { to: [MIA, IVO], kind: 'named' },
          { to: role('writer'), kind: 'by-role' },
          { to: role('writer'), kind: 'to-all', self: true },
          { to: MIA, kind: 'to-me', self: true },
        ],
      },
    })
    send(mia, card())
    expect(reads(MIA, { role: 'writer' })).toEqual(['to-all', 'to-me'])
    expect(reads(IVO, { role: 'writer' })).toEqual(['named', 'by-role', 'to-all'])
    expect(told()).toHaveLength(4)
  })

  it('NTF-5 is for subjects, for claims that all hold, for items of lists, or for everybody', () => {
    const { mia, send, reads } = begin({
      cards: {
        insert: () => [
          { to: 'zoe', kind: 'zoe' },
          { to: role('lead'), kind: 'leads' },
          { to: people({ role: 'lead', regions: 'north' }), kind: 'leads-north' },
          { to: people({ regions: 'north' }), kind: 'north' },
          { to: people({}), kind: 'all' },
          { to: ['zoe', role('lead'), people({ role: 'lead' })], kind: 'either' },
        ],
      },
    })
    send(mia, card())
    expect(reads('zoe')).toEqual(['zoe', 'all', 'either'])
    expect(reads('yan', { role: 'lead' })).toEqual(['leads', 'all', 'either'])
    expect(reads('xia', { role: 'lead', regions: ['south', 'north'] })).toEqual([
      'leads',
      'leads-north',
      'north',
      'all',
      'either',
    ])
    expect(reads('wim', { regions: ['north'] })).toEqual(['north', 'all'])
    expect(reads('vic', { regions: ['southnorth'], role: ['"]'] })).toEqual(['all'])
    expect(reads('["role","lead"]')).toEqual(['all'])
  })
})

it('NTF-5 is for nobody where nobody is named', () => {
  const { mia, send, told } = begin({
    cards: { insert: () => [{ to: ['', null, 'zoe'], kind: 'x' }, null, false, { to: '', kind: 'y' }] },
  })
  send(mia, card())
  expect(told().map(({ kind, audience1 }) => [kind, audience1])).toEqual([['x', '["sub","zoe"]']])
})

describe('a notification', () => {
  it('NTF-6 is there once, although its edit comes again or is carried into another log', () => {
    const { application, tenant, mia, told } = begin(everything)
    const edit = mia.edit(card())
    tenant.push('client-a1', [edit])
    tenant.push('client-a1', [edit])
    expect(told()).toHaveLength(1)
    const [entry] = tenant.log
    const other = new MemoryTenant(application)
    const turn = new Turn(other, 5)
    if (entry) resubmit(turn, application, entry)
    other.write(turn)
    expect(notificationsOf(other)).toEqual(told())
    // An object that lost everything takes the edit anew: the notification has the same id.
    const third = new MemoryTenant(application)
    third.load(NOTIFICATIONS, Object.fromEntries(told().map((row) => [String(row['id']), row])))
    third.push('client-a1', [edit])
    expect(third.log[0]?.changes.map(({ collection }) => collection)).toEqual(['cards'])
  })

  it('NTF-6 with a key is there once for each audience, whichever edits tell of it', () => {
    const late = { insert: () => ({ to: ['zoe', 'yan'], kind: 'late', once: 'today' }) }
    const { mia, send, told } = begin({ cards: late })
    send(mia, card(), card('c2'))
    send(mia, card('c3'))
    expect(told().map(({ audience1 }) => audience1)).toEqual(['["sub","zoe"]', '["sub","yan"]'])
  })

  it('NTF-7 goes with an edit that is undone, and no other goes', () => {
    const { tenant, mia, send, told } = begin(everything, { refusals: false })
    send(mia, card())
    send(mia, set('cards', 'c1', { title: 'High' }))
    send(mia, set('cards', 'c1', { note: 'x' }))
    tenant.revert(2)
    expect(told().map(({ kind, id }) => [kind, String(id).slice(0, 11)])).toEqual([
      ['made', 'client-a1.1'],
      ['changed', 'client-a1.3'],
    ])
  })
})
