import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { until } from '../../dev/harness/until.ts'
import { useExample } from './example.ts'

const example = useExample()

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
}

const headersOf = async (path: string, init?: RequestInit) => {
  const response = await fetch(new URL(path, example.stack.url), init)
  await response.text()
  return Object.fromEntries(response.headers)
}

const assets = () =>
  [
    ...readFileSync(join(PROJECT, 'examples/invoices/web/dist/index.html'), 'utf8').matchAll(
      /"(\/assets\/[^"]+)"/g,
    ),
  ].map(([, path = '']) => path)

it('CRD-12 the page and its files say what they may do: no inline code, no frames of others', async () => {
  expect(assets().length).toBeGreaterThan(1)
  for (const path of ['/', '/invoices/somewhere', '/service-worker.js', ...assets()]) {
    const { 'content-security-policy': policy = '', ...headers } = await headersOf(path)
    expect([path, headers]).toMatchObject([path, COMMON])
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  }
})

it('CRD-12 with these headers the page works, kept by its service worker too, and code put into it does not run', async () => {
  const page = await example.browser.signIn(example.stack, 'ada')
  const refused: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) refused.push(message.text())
  })
  const [invoice] = example.sent
  await page.getByTestId(`invoice-row-${invoice?.number}`).getByRole('link').click()
  await page.getByTestId('reference').fill('Under a policy')
  await page.getByTestId('reference').press('Enter')
  const stored = () => example.stack.sql('SELECT reference FROM invoices WHERE id = $1', [invoice?.id])
  await until('it is in Postgres', async () => (await stored())[0]?.['reference'] === 'Under a policy')
  await until('the page is kept', () =>
    page.evaluate(
      async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated',
    ),
  )
  await page.reload()
  await page.getByTestId('connection').getByText('live', { exact: true }).waitFor()
  expect(refused).toEqual([])
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = "document.body.dataset['put'] = 'ran'"
    document.body.append(script)
    return document.body.dataset['put']
  })
  expect(ran).toBeUndefined()
  await until('that was refused', () => refused.length > 0)
  await page.context().close()
})
