import { spawn } from 'node:child_process'
import process from 'node:process'
import { createInterface } from 'node:readline'
import chromiumBinary from '@sparticuz/chromium'
import { type BrowserContext, chromium } from 'playwright-core'
import { signal } from './processes.ts'

/** A Chromium that keeps what it stores in a folder, and that can be killed like one whose machine lost its power. */
export type KillableBrowser = {
  readonly context: BrowserContext
  /** Ends all its processes at once; nothing of it has time for anything. */
  kill(): Promise<void>
}

const LISTENING = /^DevTools listening on (ws:\S+)/

/** @param folder what is stored lies there, for the next one that is opened on it */
export async function openKillable(folder: string): Promise<KillableBrowser> {
  const child = spawn(
    await chromiumBinary.executablePath(),
    [
      '--headless',
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--no-first-run',
      // The page comes from the test, which counts as the network at large.
      '--disable-features=LocalNetworkAccessChecks',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    // A group of its own, so that all its processes end together.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { pid } = child
  if (pid === undefined) throw new Error('Chromium cannot be started')
  const killNow = () => signal(-pid, 'SIGKILL')
  process.once('exit', killNow)
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code} before it listened`)))
    createInterface(child.stderr).on('line', (line) => {
      const found = LISTENING.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const browser = await chromium.connectOverCDP(address)
  const [context] = browser.contexts()
  if (!context) throw new Error('a browser has a context')
  return {
    context,
    async kill() {
      process.off('exit', killNow)
      killNow()
      await ended
      await browser.close()
    },
  }
}
