import type { Profiler } from 'node:inspector'
import { ClientWork, startSurroundings } from './client-work.ts'
import { openPage } from './open-page.ts'

/** Profiles a client in a page at each part of its work. The page's code keeps its names. */
export async function profileClient(
  report: (line: string) => void,
): Promise<{ part: string; profile: Profiler.Profile }[]> {
  await using surroundings = await startSurroundings({ minify: false })
  await using open = await openPage(surroundings.origin)
  const work = new ClientWork(open.page, surroundings, 'a profile')
  const profiles: { part: string; profile: Profiler.Profile }[] = []
  const during = async (part: string, run: () => Promise<unknown>) => {
    report(`Profiling: ${part}.`)
    profiles.push({ part, profile: await open.profile(run) })
  }
  await during('loading', () => work.load())
  await work.openWindow()
  await during('changes of others', () => work.hearOfOthers())
  await during('own edits', () => work.comeBackWithEdits())
  return profiles
}
