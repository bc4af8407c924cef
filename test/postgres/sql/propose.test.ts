import { expect, test } from 'vitest'
import { defineApp } from '../../../src/define/define-app.ts'
import { assignees } from '../../fixtures/board/schema.ts'
import { app } from '../../fixtures/board/sync.ts'
import { useDatabase } from '../support/database.ts'
import {
  batchOf,
  CLIENT,
  done,
  EPOCH,
  emptyBatch,
  entry,
  insertAssignee,
  insertCard,
  proposalOf,
  remove,
  update,
} from '../support/edits.ts'

const database = useDatabase()

/** A tenant with two assignees, at seq 1. */
async function opened(tenant: string) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  await done(gateway.apply(batchOf([entry(1, [insertAssignee('a1'), insertAssignee('a2')])])))
  return gateway
}

const names = async (tenant: string) =>
  Object.fromEntries(
    (await database.sql('SELECT id, name FROM assignees WHERE tenant_id = $1 ORDER BY id', [tenant])).map(
      ({ id, name }) => [id, name],
    ),
  )

const history = (tenant: string) =>
  database.sql(
    'SELECT seq::int, actor, n::int, subject, changes, refused FROM tidemark.history WHERE tenant_id = $1 ORDER BY abs(seq), seq',
    [tenant],
  )

const rename = (id: string, name: string) => update('assignees', id, { name })

test('PF-10 a collection says that its edits are Postgres first; a deadline that cannot be kept stops the start', () => {
  const define = (options: { durability?: 'committed'; deadlineMs?: number }) =>
    defineApp({ tables: { assignees }, claims: app.claims }).collection('assignees', options)
  const options = { durability: 'committed', deadlineMs: 500 } as const
  expect(define(options).manifest.collections).toMatchObject([{ name: 'assignees', ...options }, {}])
  expect(define({}).manifest.hash).not.toBe(define(options).manifest.hash)
  for (const wrong of [{ deadlineMs: 500 }, { ...options, deadlineMs: 0 }, { ...options, deadlineMs: 1.5 }])
    expect(() => define(wrong)).toThrow('collection "assignees": deadlineMs is whole milliseconds')
})

test('PF-12 a proposal is taken in its own transaction, and read back once as one event of all its rows', async () => {
  const gateway = await opened('taken')
  const conflict = {
    seq: 2,
    collection: 'assignees',
    id: 'a1',
    field: 'name',
    policy: 'lww',
    winner: { actor: CLIENT, n: 2, value: 'Ada' },
    loser: { actor: 'client-ben', n: 7, value: null },
  }
  const card = insertCard('c1', {
    dueOn: '2026-01-31',
    bestScore: 0,
    startedOn: null,
    labels: [],
    advice: null,
    story: '',
  })
  const changes = [
    card,
    { ...update('assignees', 'a1', { name: 'Ada' }), before: { name: 'Assignee a1' } },
    { kind: 'delete', collection: 'assignees', id: 'a2', before: { id: 'a2', name: 'Assignee a2' } },
  ] as const
  const answer = await done(
    gateway.propose(emptyBatch(1), { ...proposalOf(2, changes), conflicts: [conflict] }),
  )
  expect(answer).toEqual({
    is: 'applied',
    applied: 1,
    refusals: [],
    verdict: { is: 'taken' },
    external: {
      cursor: expect.any(String),
      more: false,
      changes: [
        {
          kind: 'proposal',
          client: CLIENT,
          n: 2,
          by: 'ada',
          epoch: EPOCH,
          seen: 1,
          changes: [
            { before: {}, ...card },
            {
              kind: 'update',
              collection: 'assignees',
              id: 'a1',
              before: { name: 'Assignee a1' },
              after: { name: 'Ada' },
            },
            { ...changes[2], before: { ...changes[2].before, email: '', city: '' }, after: {} },
          ],
          conflicts: [conflict],
        },
      ],
    },
  })
  expect(await names('taken')).toEqual({ a1: 'Ada' })
  expect((await done(gateway.changes())).changes).toEqual([])
})

test('PF-12 a counter that a proposal moves comes back as what Postgres holds', async () => {
  const gateway = await opened('counter')
  await done(gateway.apply(batchOf([entry(2, [insertCard('c1', { reactions: 3 })])])))
  const count = { ...update('cards', 'c1', { reactions: 5 }, { reactions: 2 }), before: { reactions: 3 } }
  const answer = await done(gateway.propose(emptyBatch(2), proposalOf(3, [count])))
  expect(answer).toMatchObject({
    external: { changes: [{ changes: [{ before: { reactions: 3 }, after: { reactions: 5 } }] }] },
  })
  expect(await database.sql("SELECT reactions FROM cards WHERE tenant_id = 'counter'")).toEqual([
    { reactions: 5 },
  ])
})

test('PF-25 one that was taken stays taken, also when what the merge makes of it is refused', async () => {
  const gateway = await opened('repaired')
  const card = insertCard('c1')
  await done(gateway.propose(emptyBatch(1), proposalOf(2, [card])))
  const merged = entry(2, [], {
    external: [
      { kind: 'insert', collection: 'cards', id: 'c1', before: {}, after: {}, seen: 1, replaces: true },
    ],
    repairs: [update('cards', 'c1', { assigneeId: 'nobody' })],
  })
  expect(await done(gateway.apply(batchOf([merged])))).toMatchObject({ applied: 2, refusals: [{ seq: 2 }] })
  expect((await done(gateway.open('epoch-2'))).marks).toEqual([
    { client: CLIENT, subject: 'ada', n: 2, refusals: [] },
  ])
})

test('PF-12 asked three times at once, and again later with another draft, it is taken once', async () => {
  const gateway = await opened('thrice')
  const cursor = (await done(gateway.changes())).cursor
  const question = proposalOf(2, [rename('a1', 'Ada')])
  const ask = (changes = question) => done(gateway.propose(emptyBatch(1), changes, cursor))
  const answers = await Promise.all([ask(), ask(), ask()])
  answers.push(await ask(proposalOf(2, [rename('a1', 'Other')])))
  for (const answer of answers) {
    expect(answer).toMatchObject({
      verdict: { is: 'taken' },
      external: { changes: [{ kind: 'proposal', n: 2, changes: [{ after: { name: 'Ada' } }] }] },
    })
  }
  expect(await names('thrice')).toMatchObject({ a1: 'Ada' })
  expect(await history('thrice')).toHaveLength(2)
})

test('PF-13 a refused one leaves nothing, and is refused for good, in a new epoch too', async () => {
  const gateway = await opened('refused')
  const changes = [rename('a1', 'Ada'), insertCard('c1', { assigneeId: 'nobody' })]
  const refused = { is: 'refused', refusal: { sqlState: '23503', constraint: 'cards_assignee' } }
  expect(await done(gateway.propose(emptyBatch(1), proposalOf(2, changes)))).toMatchObject({
    verdict: refused,
    external: { changes: [] },
  })
  const again = proposalOf(2, [rename('a1', 'Ada')])
  expect(await done(gateway.propose(emptyBatch(1), again))).toMatchObject({ verdict: refused })
  expect(await names('refused')).toMatchObject({ a1: 'Assignee a1' })
  expect((await done(gateway.open('epoch-2'))).marks).toMatchObject([
    { client: CLIENT, n: 2, refusals: [{ n: 2, sqlState: '23503' }] },
  ])
})

test('PF-13 it is looked at only behind a batch that passes whole, and where the log stands as it was drafted', async () => {
  const gateway = await opened('whole')
  const twice = batchOf([entry(2, [insertAssignee('a1')]), entry(3, [rename('a1', 'Late')])])
  const question = proposalOf(9, [rename('a1', 'Ada')])
  const refused = await done(gateway.propose(twice, question))
  expect(refused).toMatchObject({ is: 'applied', applied: 2, refusals: [{ seq: 2 }] })
  expect(refused).not.toHaveProperty('verdict')
  // A call that was drafted at 1 and arrives late.
  expect(await done(gateway.propose(emptyBatch(1), question))).not.toHaveProperty('verdict')
  expect(await names('whole')).toMatchObject({ a1: 'Assignee a1' })
  const rest = batchOf([entry(3, [insertAssignee('a3')])])
  expect(await done(gateway.propose(rest, proposalOf(9, [rename('a3', 'Ada')])))).toMatchObject({
    applied: 3,
    verdict: { is: 'taken' },
    external: { changes: [{ seen: 3 }] },
  })
  expect(await names('whole')).toMatchObject({ a3: 'Ada' })
})

test('PF-14 an unseen external change of its rows comes first; the proposal waits', async () => {
  const gateway = await opened('unseen')
  await database.sql("UPDATE assignees SET city = 'Bath' WHERE tenant_id = 'unseen' AND id = 'a1'")
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('unseen', 'a3', 'C')")
  const ask = () => done(gateway.propose(emptyBatch(1), proposalOf(2, [rename('a1', 'Ada')])))
  const waiting = await ask()
  expect(waiting).toMatchObject({ is: 'applied', external: { changes: [{ id: 'a1' }, { id: 'a3' }] } })
  expect(waiting).not.toHaveProperty('verdict')
  expect(await names('unseen')).toMatchObject({ a1: 'Assignee a1' })
  expect(await ask()).toMatchObject({ verdict: { is: 'taken' } })
})

test('PF-14 an insert that meets an unseen one waits for it to be seen', async () => {
  const gateway = await opened('meet')
  await database.sql("INSERT INTO assignees (tenant_id, id, name) VALUES ('meet', 'a3', 'C')")
  const question = proposalOf(2, [insertAssignee('a3')])
  expect(await done(gateway.propose(emptyBatch(1), question))).not.toHaveProperty('verdict')
  expect(await done(gateway.propose(emptyBatch(1), question))).toMatchObject({
    verdict: { is: 'refused', refusal: { sqlState: 'TM002' } },
  })
})

test('PF-14 one that waits to insert a row which comes and goes meanwhile waits until that is seen', async () => {
  const gateway = await opened('came and went')
  const session = await database.session()
  await session.query('BEGIN')
  await session.query("INSERT INTO assignees (tenant_id, id, name) VALUES ('came and went', 'a3', 'C')")
  const ask = () => done(gateway.propose(emptyBatch(1), proposalOf(2, [insertAssignee('a3')])))
  const asking = ask()
  await database.someoneWaits()
  await session.query("DELETE FROM assignees WHERE tenant_id = 'came and went' AND id = 'a3'")
  await session.query('COMMIT')
  const waiting = await asking
  // Together that is nothing that the object has to be told.
  expect(waiting).toMatchObject({ is: 'applied', external: { changes: [] } })
  expect(waiting).not.toHaveProperty('verdict')
  expect(await names('came and went')).not.toHaveProperty('a3')
  expect(await ask()).toMatchObject({ verdict: { is: 'taken' } })
})

test('PF-14 a taken proposal that the object has not read holds back a batch of its rows', async () => {
  const gateway = await opened('unread')
  const cursor = (await done(gateway.changes())).cursor
  await done(gateway.propose(emptyBatch(1), proposalOf(2, [rename('a1', 'Ada')])))
  const batch = batchOf([entry(2, [rename('a1', 'Ben')], { actor: 'client-ben' })])
  expect(await done(gateway.apply(batch, cursor))).toMatchObject({
    is: 'behind',
    applied: 1,
    external: { changes: [{ kind: 'proposal' }] },
  })
  expect(await names('unread')).toMatchObject({ a1: 'Ada' })
  const other = batchOf([entry(2, [rename('a2', 'Ben')], { actor: 'client-ben' })])
  expect(await done(gateway.apply(other, cursor))).toMatchObject({ is: 'applied', applied: 2 })
})

test('PF-15 the audit history has it at once, refused ones too; its entry adds only what the merge came to', async () => {
  const gateway = await opened('history')
  await done(gateway.propose(emptyBatch(1), proposalOf(2, [rename('a1', 'Ada')])))
  await done(gateway.propose(emptyBatch(1), proposalOf(3, [insertAssignee('a2')])))
  const row = { kind: 'update', collection: 'assignees', id: 'a1', before: { name: 'Assignee a1' } } as const
  const passing = entry(2, [rename('a1', 'Ada')], {
    external: [{ ...row, after: { name: 'Ada' }, seen: 1, replaces: false }],
    repairs: [rename('a1', 'Ben')],
  })
  await done(gateway.apply(batchOf([passing])))
  expect(await history('history')).toMatchObject([
    {
      seq: -1,
      actor: CLIENT,
      n: 2,
      subject: 'ada',
      changes: [{ op: 'update', set: { name: 'Ada' } }],
      refused: null,
    },
    { seq: 1, actor: CLIENT, n: 1 },
    { seq: -2, actor: CLIENT, n: 3, refused: { sqlState: 'TM002', seq: -2 } },
    { seq: 2, actor: 'sql', n: 2, subject: 'ada', changes: [{ set: { name: 'Ben' } }] },
  ])
  expect((await done(gateway.open(EPOCH))).marks).toMatchObject([{ client: CLIENT, n: 3 }])
})

test('PF-16 a withdrawn one is refused from then on, unless it was taken before', async () => {
  const gateway = await opened('withdrawn')
  const withdrawal = (n: number) => {
    const { client, subject, at } = proposalOf(n, [])
    return { client, n, subject, at, withdrawn: { sqlState: 'TM020', message: 'Too late.' } } as const
  }
  const refused = { is: 'refused', refusal: { sqlState: 'TM020', message: 'Too late.' } }
  expect(await done(gateway.propose(emptyBatch(1), withdrawal(2)))).toMatchObject({ verdict: refused })
  // The call that was given up arrives after all.
  const late = await done(gateway.propose(emptyBatch(1), proposalOf(2, [rename('a1', 'Ada')])))
  expect(late).toMatchObject({ verdict: refused, external: { changes: [] } })
  expect(await names('withdrawn')).toMatchObject({ a1: 'Assignee a1' })
  await done(gateway.propose(emptyBatch(1), proposalOf(3, [remove('assignees', 'a1')])))
  expect(await done(gateway.propose(emptyBatch(1), withdrawal(3)))).toMatchObject({
    verdict: { is: 'taken' },
  })
})

test('PF-17 what triggers and cascades do for it comes after it, as done in sight of it', async () => {
  await database.sql(`
    CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.city := upper(NEW.city); RETURN NEW; END $$;
    CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON assignees FOR EACH ROW EXECUTE FUNCTION shout();
    CREATE FUNCTION mark_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE assignees SET email = 'new' WHERE tenant_id = NEW.tenant_id AND id = NEW.id; RETURN NULL; END $$;
    CREATE TRIGGER mark_new AFTER INSERT ON assignees FOR EACH ROW WHEN (NEW.city = 'LUND') EXECUTE FUNCTION mark_new()`)
  const gateway = await opened('triggers')
  const question = proposalOf(2, [insertAssignee('a3', { city: 'lund' })])
  expect(await done(gateway.propose(emptyBatch(1), question))).toMatchObject({
    verdict: { is: 'taken' },
    external: {
      changes: [
        { kind: 'proposal', changes: [{ kind: 'insert', after: { city: 'lund', email: '' } }] },
        {
          kind: 'update',
          id: 'a3',
          before: { city: 'lund' },
          after: { city: 'LUND', email: 'new' },
          seen: 1,
        },
      ],
    },
  })
})
