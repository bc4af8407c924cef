import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { until } from '../../../dev/harness/until.ts'
import { type Dev, left, startDev } from './start-dev.ts'

const READY = 'Ready: http'

const STEPS = [
  'Starting Postgres',
  'Applying the migrations',
  'Putting in development data',
  'Building the Worker',
  'Starting the Worker',
]

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-dev-'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** Starts it; whatever the test does, nothing of it outlives the test. */
function start(state: string, ...args: string[]): Dev {
  const dev = startDev(state, args)
  onTestFinished(async () => {
    dev.kill('SIGINT')
    await dev.ended
  })
  return dev
}

const health = (port: number) => fetch(`http://127.0.0.1:${port}/health`).then(({ status }) => status)

it('DEV-50 what a killed start left behind is ended by the next one, on the same port', async () => {
  const state = join(directory, 'killed')
  const port = await freePort()
  const killed = startDev(state, ['--port', String(port)])
  await killed.says(READY)
  // One that is put in the place of another is known to nobody by its id.
  const [first = 0] = left(state, port).workers
  process.kill(first, 'SIGKILL')
  const before = await until('the Worker has a successor that answers', async () => {
    const now = left(state, port)
    if (now.workers.length === 0 || now.workers.includes(first)) return undefined
    return (await health(port).catch(() => 0)) === 200 && now
  })
  killed.kill('SIGKILL')
  await killed.ended
  expect(left(state, port)).toEqual(before)

  const next = start(state, '--port', String(port))
  const said = await next.says(READY)
  for (const pid of [...before.workers, ...before.databases]) expect(said).toContain(`(process ${pid})`)
  const after = left(state, port)
  expect([after.workers.length, after.databases.length]).toEqual([1, 1])
  expect([...after.workers, ...after.databases]).not.toEqual([...before.workers, ...before.databases])
  expect(await health(port)).toBe(200)

  const second = start(state, '--port', String(port))
  expect(await second.ended).toBe(1)
  expect(second.text()).toContain(`running already, on port ${port}`)
  expect(second.text()).toContain(`kill ${next.pid}`)
  expect(await health(port)).toBe(200)
})

it('DEV-51 who else has the port is named with the way out, and left alone', async () => {
  const server = createServer((_, response) => response.end('mine'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dev = start(join(directory, 'foreign'), '--port', String(port))
  expect(await dev.ended).toBe(1)
  expect(dev.text()).toMatch(
    new RegExp(`Port ${port} is taken by process ${process.pid} \\(.+\\).*--port \\d+`),
  )
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('mine')
})

it('DEV-52 a process that has got an old id is left alone by a start, which tells its steps and leaves nothing', async () => {
  const state = join(directory, 'recycled')
  const port = await freePort()
  const stranger = spawn('sleep', ['1000'])
  onTestFinished(() => void stranger.kill())
  await mkdir(join(state, 'postgres'), { recursive: true })
  await writeFile(join(state, 'postgres', 'postmaster.pid'), `${stranger.pid}\n`)
  await writeFile(
    join(state, 'owner.json'),
    JSON.stringify({ stack: { pid: stranger.pid, since: 'long ago' }, port }),
  )
  const dev = start(state, '--port', String(port))
  const said = await dev.says('all that the Worker logs is in')
  for (const step of STEPS) {
    expect(said).toContain(`s  ${step} ...`)
    expect(said).toMatch(new RegExp(`\\d\\.\\d s  ${step}: done in \\d+\\.\\d s`))
  }
  expect(said).toContain('worker.log')
  expect(said).not.toContain('left behind')
  expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null])
  dev.kill('SIGINT')
  expect(await dev.ended).toBe(0)
  expect(left(state, port)).toEqual({ workers: [], databases: [] })
  expect((await readdir(state)).toSorted()).toEqual(['objects', 'postgres', 'worker.log'])
})

it.for(['Starting Postgres ...', 'Building the Worker ...', 'Starting the Worker ...'])(
  'DEV-55 Ctrl-C during a start, at "%s", leaves nothing',
  async (moment) => {
    const state = join(directory, 'interrupted')
    const port = await freePort()
    const dev = start(state, '--port', String(port))
    await dev.says(moment)
    dev.kill('SIGINT')
    expect(await dev.ended).toBe(0)
    expect(left(state, port)).toEqual({ workers: [], databases: [] })
    expect(await readdir(state)).not.toContain('owner.json')
  },
)
