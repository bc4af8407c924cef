import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChromium } from '../../dev/harness/browser.ts'
import { DEADLINE_MS, until } from '../../dev/harness/until.ts'
import { useExample } from './example.ts'
import { faintTexts, tooWide } from './faint-texts.ts'

const example = useExample()

/** Set, each screen is kept there as a picture, for people to look at. */
const PICTURES = process.env['TIDEMARK_PICTURES']

let browser: Awaited<ReturnType<typeof openChromium>>
let page: Page
const refused: string[] = []

beforeAll(async () => {
  browser = await openChromium()
  page = await browser.newPage()
  page.setDefaultTimeout(DEADLINE_MS)
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) refused.push(message.text())
  })
  for (const person of ['ada', 'gus'] as const) await example.browser.signIn(example.stack, person)
})

afterAll(async () => {
  await browser.close()
})

const signIn = async (token: string) => {
  await page.getByTestId('token').fill(token)
  await page.getByTestId('sign-in').click()
}

const openTenant = async (tenant: string) => {
  await page.goto(`${example.stack.url}/ops/#/${tenant}`)
  await page.getByTestId('health').waitFor()
}

/** A person beside those of the browser, whose client holds the rows: what is not held yet cannot be edited. */
const editor = async () => {
  const client = example.stack.client('ben')
  client.invoices.all().subscribe(() => undefined)
  const [invoice] = example.sent
  await until('it holds the invoice', () => client.invoices.get(String(invoice?.id)))
  return client
}

const says = (testId: string, text: string | RegExp) =>
  page.getByTestId(testId).getByText(text).first().waitFor()

const seriousFaults = async () => {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}

describe('signing in', () => {
  it('OPS-8 what is no token, or another tenant’s, is refused with a sentence', async () => {
    await page.goto(`${example.stack.url}/ops/`)
    await signIn('nonsense')
    await page.getByText('This is no token.').waitFor()
    await page.goto(`${example.stack.url}/ops/#/globex`)
    await signIn(await example.stack.operatorToken('acme'))
    await page.getByText('The token is not for globex alone.').waitFor()
  })
})

describe('the console', () => {
  beforeAll(async () => {
    await page.goto(`${example.stack.url}/ops/#/`)
    await signIn(await example.stack.operatorToken())
    for (const tenant of ['acme', 'globex']) {
      await page.goto(`${example.stack.url}/ops/#/${tenant}`)
      await signIn(await example.stack.operatorToken(tenant))
      await page.getByTestId('health').waitFor()
    }
  })

  it('OPS-5 shows all tenants, and of each who is there and what was done, with values masked', async () => {
    await page.goto(`${example.stack.url}/ops/#/`)
    for (const tenant of ['acme', 'globex']) await page.getByTestId(`tenant-${tenant}`).waitFor()
    await says('alerts', 'No alert is open.')
    const client = await editor()
    const [invoice] = example.sent
    const edit = client.invoices.update(String(invoice?.id), (row) => {
      row.reference = 'Seen by nobody'
    })
    expect(await edit.committed).toMatchObject({ ok: true })
    await openTenant('acme')
    await says('sessions', 'ada')
    await says('tail', /reference: text of 14/)
    expect(await page.content()).not.toContain('Seen by nobody')
    await page.getByTestId('sessions').locator('li', { hasText: 'ada' }).getByRole('button').click()
    await says('tail', 'Nothing is in the log.')
    await page.getByTestId('everybody').click()
    await says('tail', /reference: text of 14/)
    await until('four plots', async () => (await page.getByTestId('plots').locator('canvas').count()) === 4)
    await client.close()
  })

  it.each(['its language is none', 'they cannot be had'])(
    'OPS-5 shows the rest in a browser where plots fail: %s',
    async (why) => {
      const tokens = await page.evaluate(() => Object.entries(sessionStorage))
      const other = await browser.newPage()
      other.setDefaultTimeout(DEADLINE_MS)
      await other.addInitScript((kept) => {
        for (const [name, value] of kept) sessionStorage.setItem(name, value)
      }, tokens)
      if (why === 'they cannot be had') await other.route('**/uPlot*.js', (route) => route.abort())
      else
        await other.addInitScript(() => {
          Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true })
        })
      await other.goto(`${example.stack.url}/ops/#/acme`)
      await other.getByTestId('tail').getByText('in Postgres').first().waitFor()
      await other.getByTestId('plots').getByText('accepted').first().waitFor()
      const plots = other.getByTestId('plots')
      if (why === 'they cannot be had') await plots.getByText('The plots cannot be drawn').first().waitFor()
      else await plots.locator('canvas').nth(3).waitFor()
      await other.close()
    },
  )

  it('OPS-5 shows what a fault makes wait, at its tenant alone', async () => {
    await example.stack.stopPostgres()
    const client = await editor()
    const [invoice] = example.sent
    const edit = client.invoices.update(String(invoice?.id), (row) => {
      row.reference = 'While it is away'
    })
    expect(await edit.accepted).toMatchObject({ ok: true })
    await openTenant('acme')
    await says('health', /1 wait for Postgres/)
    await says('health', /postgres-away/)
    await page.goto(`${example.stack.url}/ops/#/`)
    await says('alerts', 'postgres-away')
    await openTenant('globex')
    await says('health', 'Postgres has everything')
    await example.stack.startPostgres()
    await openTenant('acme')
    await says('health', 'Postgres has everything')
    await client.close()
  })

  it.each([
    ['drain', 'Drain'],
    ['poll', 'Poll'],
    ['compare', 'Compare'],
    ['rehydrate', 'Re-hydrate'],
  ])('OPS-6 %s asks once more, and says what came of it', async (act, label) => {
    await openTenant('acme')
    const before = await page.getByTestId('said').textContent()
    await page.getByTestId(`act-${act}`).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await page.getByTestId('said').textContent()).toBe(before)
    await page.getByTestId(`act-${act}`).click()
    await page.getByTestId('confirm').click()
    await says('said', `${label}: done.`)
  })

  it('OPS-6 an export is a file of all rows', async () => {
    await openTenant('globex')
    await page.getByTestId('act-export').click()
    const downloading = page.waitForEvent('download')
    await page.getByTestId('confirm').click()
    const file = await (await downloading).path()
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)).toMatch(/^\{"end":true,"rows":\d+\}$/)
  })

  const SIZES = [390, 1280].flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => [width, scheme] as const),
  )

  it.each(SIZES)('OPS-7 can be read and fits, %s wide and in the %s', async (width, colorScheme) => {
    await page.setViewportSize({ width, height: 860 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const look = async (screen: string) => {
      if (PICTURES)
        await page.screenshot({
          path: join(PICTURES, `${screen}-${width}-${colorScheme}.png`),
          fullPage: true,
        })
      expect([
        screen,
        await faintTexts(page),
        Math.max(0, await tooWide(page)),
        await seriousFaults(),
      ]).toEqual([screen, [], 0, []])
    }
    await page.goto(`${example.stack.url}/ops/#/`)
    await page.getByTestId('tenants').waitFor()
    await look('overview')
    await openTenant('acme')
    await look('tenant')
    await page.getByTestId('act-forget').click()
    await look('question')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.goto(`${example.stack.url}/ops/#/initech`)
    await page.getByTestId('token').waitFor()
    await look('sign-in')
    expect(refused).toEqual([])
  })

  it('OPS-8 signing out leaves nothing in the tab', async () => {
    await page.getByTestId('sign-out').click()
    await until('nothing is kept', () =>
      page.evaluate(
        () => sessionStorage.length === 0 || sessionStorage.getItem('tidemark console tokens') === '',
      ),
    )
  })
})
