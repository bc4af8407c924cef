import { join } from 'node:path'
import { loadApp, loadModule } from './load-module.ts'
import { readPeople, type TokenProject } from './make-token.ts'
import type { Project } from './project.ts'

/** The parts of a project that tokens are made with; its modules are loaded when they are asked for. */
export function tokenProject(project: Project): TokenProject {
  const { folder, config, people } = project
  return {
    config: join(folder, config),
    app: () => loadApp(project),
    people: async () =>
      people === undefined ? [] : readPeople((await loadModule(folder, people))['PEOPLE']),
  }
}
