import { Random } from '../../../dev/harness/random.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { PAGE, postgresContract } from '../../contract/postgres.ts'
import { app } from '../../fixtures/board/sync.ts'
import { drawPlan } from '../campaign/plan.ts'
import { Judge } from '../judge/judge.ts'
import { Timeline } from '../world/timeline.ts'
import { Postgres } from './postgres-port.ts'
import { TenantDatabase } from './simulated-database.ts'

/** A call whose time passes by itself. */
function passing<Given extends readonly unknown[], Answer>(
  timeline: Timeline,
  call: (...given: Given) => Promise<Answer>,
): (...given: Given) => Promise<Answer> {
  return async (...given) => {
    let isOver = false
    const answer = call(...given).finally(() => {
      isOver = true
    })
    while (!isOver && (await timeline.step()));
    return answer
  }
}

postgresContract('the model of the simulation', async () => {
  const [timeline, judge] = [new Timeline(), new Judge()]
  const database = new TenantDatabase(judge, PAGE)
  const postgres = new Postgres({ timeline, random: new Random(1), plan: drawPlan(1, 1) })
  postgres.isHealed = true
  const calls = { begin() {}, depart: (leave: () => void) => leave(), end: (answer: () => void) => answer() }
  const port = postgres.port(database, { calls, app, asks: () => {}, lost: () => {} })
  const by = <Given extends readonly unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
    passing(timeline, call)
  const standard = { name: '', email: '', city: '' }
  const written = (id: string, set: Row | undefined) => ({
    collection: 'assignees',
    id,
    change: (row: Row | undefined) => set && { ...standard, ...row, id, ...set },
  })
  return {
    tenant: 'contract',
    port: {
      open: by(port.open),
      apply: by(port.apply),
      propose: by(port.propose),
      poll: by(port.poll),
      count: by(port.count),
      page: by(port.page),
      range: by(port.range),
      revoke: by(port.revoke),
      knows: by(port.knows),
      erase: by(port.erase),
      columns: by(port.columns),
      serve: by(port.serve),
    },
    writeAssignee: async (id, set) => void database.writeTogether([written(id, set)]),
    insertAssignees: async (ids) => void database.writeTogether(ids.map((id) => written(id, { name: id }))),
    poison: async (id) =>
      void database.writeExternal('cards', id, (row) => row && { ...row, targetPoints: 2 ** 53 }),
    moveElsewhere: async () => database.moveElsewhere(),
    served: async () => [...postgres.served],
  }
})
