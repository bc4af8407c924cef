import { join } from 'node:path'
import { loadApp, loadModule } from './load-module.ts'
import { makeToken, readPeople } from './make-token.ts'
import type { Project } from './project.ts'

/** A token that is made for a project's Worker, by the people and claims of its application. Throws as `makeToken` does. */
export function projectToken(
  project: Project,
  args: readonly string[],
  secrets: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { folder, people, config } = project
  return makeToken(args, secrets, {
    config: join(folder, config),
    app: () => loadApp(project),
    people: async () =>
      people === undefined ? [] : readPeople((await loadModule(folder, people))['PEOPLE']),
  })
}
