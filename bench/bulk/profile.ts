import type { Profiler } from 'node:inspector'
import { freePort } from '../../dev/free-port.ts'
import { startProfile } from '../load/profile-cell.ts'
import { arrive, openScene, type Round } from './arrive.ts'
import { update } from './rows.ts'

/** Profiles the object while a bulk statement arrives and people edit. */
export async function profileBulk(): Promise<{ readonly profile: Profiler.Profile; readonly round: Round }> {
  const inspectorPort = await freePort()
  await using scene = await openScene({ inspectorPort })
  const running = await startProfile(inspectorPort)
  const round = await arrive(scene, [update(1)])
  return { profile: await running.stop(), round }
}
