import { openPage, servePage } from '../browser/open-page.ts'
import type { Curve } from './curve.ts'

/** In the page, where its module has put it. */
declare const draw: (curves: readonly Curve[]) => void

/** Draws curves into a PNG. */
export async function drawCurves(curves: readonly Curve[], file: string): Promise<void> {
  await using served = await servePage(new URL('.', import.meta.url))
  await using open = await openPage(served.origin)
  await open.page.evaluate((all) => draw(all), curves)
  await open.page.locator('body').screenshot({ path: file })
}
