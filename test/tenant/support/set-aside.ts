import { exports } from 'cloudflare:workers'
import type { Down } from '../../../src/protocol/down/down.ts'
import { sql } from './database.ts'
import { newTenant, Peer } from './peer.ts'
import { assignee, card } from './samples.ts'
import { signNudge } from './tenant-world.ts'

type Rows = Extract<Down, readonly ['rows', ...unknown[]]>
type Told = Extract<Down, readonly ['aside', ...unknown[]]>

export const TOO_LARGE = '"targetPoints" must be a whole number below 2^53.'

/** Ada, connected, and two cards of hers that are in Postgres. */
export async function withCards(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1, status: 'open' }), card('c2')))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

export const poison = (tenant: string, id = 'c1') =>
  sql(
    "UPDATE cards SET target_points = 9007199254740993, notes = 'theirs' WHERE tenant_id = $1 AND id = $2",
    tenant,
    id,
  )

export const mend = (tenant: string, id = 'c1') =>
  sql('UPDATE cards SET target_points = 5 WHERE tenant_id = $1 AND id = $2', tenant, id)

export const leaves = (peer: Peer, id: string) =>
  peer.find(
    `${id} to leave`,
    (frame): frame is Rows => frame[0] === 'rows' && frame[3].some(([, , , left]) => left.includes(id)),
  )

export const sees = (peer: Peer, text: string) =>
  peer.find(
    `rows with ${text}`,
    (frame): frame is Rows => frame[0] === 'rows' && JSON.stringify(frame).includes(text),
  )

export const isTold = (peer: Peer, id: string, reason: string | null) =>
  peer.find(
    `news of ${id}`,
    (frame): frame is Told =>
      frame[0] === 'aside' && frame[1].records.some(([one, why]) => one === id && why === reason),
  )

type Health = {
  aside: number
  parked: string | null
  records: { id: string; collection: string; reason: string }[]
}

export async function operate(tenant: string, path: string): Promise<Response> {
  const token = await signNudge({ tenant }, 'tidemark:admin')
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
}

export const healthOf = async (tenant: string) => (await operate(tenant, '/health')).json<Health>()
