import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { PROJECT } from '../build-worker.ts'
import type { Figure } from './figure.ts'

/** The folders with a file for each figure, named as the figure is: judgements of correctness, then measurements. */
export const FIGURE_FOLDERS = ['test/acceptance/figures', 'bench/figures'] as const

const EXTENSION = '.ts'

/** The file of each figure, by the figure's name. */
export async function listFigures(project = PROJECT): Promise<ReadonlyMap<string, URL>> {
  const files = new Map<string, URL>()
  for (const folder of FIGURE_FOLDERS) {
    const directory = new URL(`${folder}/`, pathToFileURL(`${project}/`))
    for (const file of (await readdir(directory)).toSorted()) {
      if (!file.endsWith(EXTENSION)) continue
      const name = file.slice(0, -EXTENSION.length)
      if (files.has(name)) throw new Error(`There are two figures "${name}". Rename one of them.`)
      files.set(name, new URL(file, directory))
    }
  }
  return files
}

/** Loads a figure by itself, so that no other needs what it cannot find. */
export async function loadFigure(name: string, file: URL): Promise<Figure> {
  const exported: Readonly<Record<string, unknown>> = await import(file.href)
  const figure = Object.values(exported).find(isFigure)
  if (figure?.name !== name) throw new Error(`${file.pathname} exports no figure of the name "${name}".`)
  return figure
}

function isFigure(value: unknown): value is Figure {
  return typeof value === 'object' && value !== null && 'measure' in value && 'fields' in value
}
