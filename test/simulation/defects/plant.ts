import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { DEFECTS } from './defects.ts'

/** Loaded before everything else: changes the source of one module on its way into the process. */
const planted = DEFECTS.find(({ name }) => name === process.env['PLANTED_DEFECT'])
if (!planted) throw new Error(`there is no defect "${process.env['PLANTED_DEFECT']}"`)
const { file, find, put } = planted
const address = pathToFileURL(resolve(import.meta.dirname, '../../..', file)).href

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (url !== address) return loaded
    const source = String(loaded.source)
    if (source.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`)
    return { ...loaded, source: source.replace(find, () => put) }
  },
})
