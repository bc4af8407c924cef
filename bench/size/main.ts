import process from 'node:process'
import { measureClient } from './client-sizes.ts'
import { measurePeers } from './peer-sizes.ts'

const ENTRIES = [
  ...['conflicts', 'notifications', 'presence', 'history', 'text', 'react', 'text-react'],
  ...['indexeddb', 'tabs', 'tanstack-query', 'tanstack-db', 'vue', 'svelte', 'solid'],
]

const say = (line: string) => void process.stdout.write(`${line}\n`)
const row = (name: string, ...kb: readonly (number | undefined)[]) =>
  say(`${name.padEnd(28)}${kb.map((one) => (one === undefined ? '' : one.toFixed(2)).padStart(10)).join('')}`)

const { initialKb, totalKb, addedKb } = await measureClient(ENTRIES)
const peers = await measurePeers()
say('kB, minified and gzipped, by one bundler: what is loaded before a page runs, and all of it\n')
say(`${''.padEnd(28)}${'initial'.padStart(10)}${'all'.padStart(10)}`)
row('@tidemark/client', initialKb, totalKb)
for (const [entry, kb] of Object.entries(addedKb)) row(`  /${entry} adds`, undefined, kb)
for (const { name, kb } of peers) if (kb) row(name, kb.initial, kb.total)
const missing = peers.filter(({ kb }) => !kb).map(({ name }) => name)
if (missing.length > 0) {
  say(`\nNot measured, because not installed: ${missing.join(', ')}.`)
  say('Install them with: npm ci --ignore-scripts --prefix bench/peers')
}
