import type { TraceEvent } from '../trace/event.ts'

const WELCOME = /^\["welcome",.*?"epoch":"([^"]+)"/
const ROWS = /^\["rows",(\d+),(\d+),/
const PAGE = /^\["page",\{[^[]*?"seq":(\d+)/

/** The place in the tenant's log up to which a client was told, read from its frames. */
export class LogPlace {
  epoch: string | undefined
  cursor: number | undefined

  heard(event: TraceEvent): void {
    if (event.is !== 'down') return
    const welcome = WELCOME.exec(event.text)
    if (welcome) this.epoch = welcome[1]
    const rows = ROWS.exec(event.text)
    if (rows) this.cursor = Number(rows[1]) + Number(rows[2])
    const page = PAGE.exec(event.text)
    if (page) this.cursor = Math.max(this.cursor ?? 0, Number(page[1]))
  }
}
