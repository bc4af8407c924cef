import process from 'node:process'
import { measureHouse, tooLong } from './figures.ts'
import { readCode } from './sources.ts'

/** `npm run check:house`: prints the house's figures, and ends with 1 when one of them is not what it has to be. */

const sources = readCode()
const house = measureHouse(sources)
const lines: [name: string, figure: string, isGood: boolean][] = [
  ['rooms', `${house.rooms}`, true],
  ['circles of rooms', `${house.circlesOfRooms} (0)`, house.circlesOfRooms === 0],
  ['circles of files', `${house.circlesOfFiles} (0)`, house.circlesOfFiles === 0],
  ['files', `${house.files}`, true],
  ['lines, median', `${house.median}`, true],
  ['lines, p90', `${house.p90}`, true],
  ['lines, largest', `${house.largest} (<= 350)`, tooLong(sources).length === 0],
  ['any', `${house.any} (0)`, house.any === 0],
]
for (const [name, figure, isGood] of lines) console.log(`${isGood ? ' ' : '!'} ${name.padEnd(28)} ${figure}`)
if (lines.some(([, , isGood]) => !isGood)) process.exitCode = 1
