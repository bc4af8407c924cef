import process from 'node:process'
import { readSqlFigures } from '../../../dev/sql-folder/figures.ts'
import { MAX_LINES, measureHouse, tooLong } from './figures.ts'
import { readCode } from './sources.ts'

/** `npm run check:house`: prints the house's figures, and ends with 1 when one of them is not what it has to be. */

const sources = readCode()
const house = measureHouse(sources)
const sql = await readSqlFigures()
const lines: [name: string, figure: string, isGood: boolean][] = [
  ['rooms', `${house.rooms}`, true],
  ['circles of rooms', `${house.circlesOfRooms} (0)`, house.circlesOfRooms === 0],
  ['circles of files', `${house.circlesOfFiles} (0)`, house.circlesOfFiles === 0],
  ['files', `${house.files}`, true],
  ['lines, median', `${house.median}`, true],
  ['lines, p90', `${house.p90}`, true],
  ['lines, largest', `${house.largest} (<= ${MAX_LINES})`, tooLong(sources).length === 0],
  ['any', `${house.any} (0)`, house.any === 0],
  ['SQL functions in the folder', `${sql.functionsInFolder}`, true],
  ['SQL functions in the database', `${sql.functionsInDatabase} (equal)`, sql.differing === 0],
  ['lines of dead SQL', `${sql.deadLines}`, true],
]
for (const [name, figure, isGood] of lines) console.log(`${isGood ? ' ' : '!'} ${name.padEnd(30)} ${figure}`)
if (lines.some(([, , isGood]) => !isGood)) process.exitCode = 1
