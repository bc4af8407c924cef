import { expect, it } from 'vitest'
import { Steps } from '../../dev/steps.ts'

it('DEV-53 a start says what it is doing, step by step, with the seconds since it began', async () => {
  const said: string[] = []
  let now = 5_000
  const steps = new Steps(
    (line) => void said.push(line),
    () => now,
  )
  const wait = (ms: number) => async () => {
    now += ms
    return ms
  }
  expect(await steps.take('Starting Postgres', wait(1_234))).toBe(1_234)
  await steps.take('Building the page', wait(20_000))
  const broken = steps.take('Starting the Worker', () => Promise.reject(new Error('broken')))
  await expect(broken).rejects.toThrow('broken')
  expect(said).toEqual([
    ' 0.0 s  Starting Postgres ...',
    ' 1.2 s  Starting Postgres: done in 1.2 s',
    ' 1.2 s  Building the page ...',
    '21.2 s  Building the page: done in 20.0 s',
    '21.2 s  Starting the Worker ...',
  ])
})
