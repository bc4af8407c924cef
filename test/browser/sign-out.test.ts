import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInOn } from '../../dev/harness/browser.ts'
import { type FaultyProxy, startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import { until } from '../../dev/harness/until.ts'
import { useExample } from './example.ts'
import { onDisk } from './kept.ts'
import { hasFocus, holds, says } from './looks.ts'

const example = useExample()
let proxy: FaultyProxy
let ada: Page
let id: string

beforeAll(async () => {
  proxy = await startFaultyProxy(example.stack.url)
  id = example.sent[0]?.id ?? ''
  ada = await example.browser.signIn(proxy, 'ada')
})

afterAll(() => proxy.refuse())

const stored = async () =>
  (await example.stack.sql('SELECT reference FROM invoices WHERE id = $1', [id]))[0]?.['reference']

/** Writes a reference without a network, and signs out. */
async function leaveWith(reference: string): Promise<void> {
  await ada.goto(`${proxy.url}/#/invoices/${id}`)
  await ada.getByTestId('reference').waitFor()
  await proxy.refuse()
  await says(ada, 'connection', 'offline')
  await ada.getByTestId('reference').fill(reference)
  await ada.getByTestId('reference').press('Enter')
  await says(ada, 'pending', '1 kept on this device')
  await signOut()
  await ada.getByTestId('sign-out-question').waitFor()
}

async function signOut(): Promise<void> {
  await ada.getByTestId('who').click()
  await ada.getByTestId('sign-out').click()
}

const isOut = () => ada.getByRole('heading', { name: 'Who are you?' }).waitFor()

const comeBack = async () => {
  await proxy.restore()
  await signInOn(ada, proxy, 'ada')
}

describe('signing out with changes that were not sent', () => {
  it('E2E-97 asks, and deletes nothing without an answer', async () => {
    await leaveWith('asked about')
    expect(await ada.getByTestId('sign-out-question').getByRole('heading').innerText()).toBe(
      'One change has not been sent yet.',
    )
    expect(await hasFocus(ada, 'sign-out-send')).toBe(true)
    await ada.keyboard.press('Escape')
    await until('it is closed', async () => (await ada.getByTestId('sign-out-question').count()) === 0)
    expect(await hasFocus(ada, 'who')).toBe(true)
    await holds(ada, 'reference', 'asked about')
    expect(await onDisk(ada, 'ada')).toMatchObject({ edits: 1 })
    await proxy.restore()
    await until('it is in Postgres', async () => (await stored()) === 'asked about')
    await says(ada, 'pending', '')
  })

  it('E2E-97 kept, they stay without what the person could read, and go up when they are back', async () => {
    await leaveWith('kept for later')
    await ada.getByTestId('sign-out-keep').click()
    await isOut()
    expect(await onDisk(ada, 'ada')).toEqual({ rows: 0, edits: 1 })
    expect(await stored()).toBe('asked about')
    await comeBack()
    await until('it is in Postgres', async () => (await stored()) === 'kept for later')
    await says(ada, 'pending', '')
  })

  it('E2E-97 to be sent, they are waited for; then nothing is left on the device', async () => {
    await leaveWith('sent first')
    await ada.getByTestId('sign-out-send').click()
    await says(
      ada,
      'sign-out-note',
      'It is sent as soon as there is a connection. You are signed out once it has arrived.',
    )
    await proxy.restore()
    await isOut()
    await until('it is in Postgres', async () => (await stored()) === 'sent first')
    expect(await onDisk(ada, 'ada')).toEqual({ rows: 0, edits: 0 })
    await comeBack()
  })

  it('E2E-97 discarded, they are nowhere', async () => {
    await leaveWith('never sent')
    await ada.getByTestId('sign-out-discard').click()
    await isOut()
    expect(await onDisk(ada, 'ada')).toEqual({ rows: 0, edits: 0 })
    await comeBack()
    await ada.goto(`${proxy.url}/#/invoices/${id}`)
    await holds(ada, 'reference', 'sent first')
    expect(await stored()).toBe('sent first')
  })

  it('E2E-97 with nothing unsent nothing is asked, and nothing is left on the device', async () => {
    await says(ada, 'pending', '')
    await signOut()
    await isOut()
    expect(await onDisk(ada, 'ada')).toEqual({ rows: 0, edits: 0 })
  })
})
