/** What makes an event's id of a frame; undefined for one that brings its reader nowhere new. */
export type IdOf = (frame: string) => string | undefined

/**
 * Ids of the frames that move a reader's cursor: the log and the place in it. Read off the text, so that
 * frames pass through the Worker without being decoded there.
 *
 * @param write what else an id is to tell, given the place and the seal of the view that was named last
 */
export function positions(write = (place: string, _seal: string) => place): IdOf {
  let epoch = ''
  let seal = ''
  return (frame) => {
    if (/^\["(welcome|reset)"/.test(frame)) epoch = /"epoch":"([^"]+)"/.exec(frame)?.[1] ?? ''
    if (frame.startsWith('["view"')) seal = /"seal":"([^"]+)"/.exec(frame)?.[1] ?? ''
    const seq = endOfRows(frame) ?? lastPageSeq(frame)
    return seq === undefined ? undefined : write(`${epoch}/${seq}`, seal)
  }
}

function endOfRows(frame: string): string | undefined {
  const [, from, length] = /^\["rows",(\d+),(\d+),/.exec(frame) ?? []
  return from === undefined ? undefined : String(Number(from) + Number(length))
}

function lastPageSeq(frame: string): string | undefined {
  if (!frame.startsWith('["page"') || !/"last":true,"total":\d+\}\]$/.test(frame)) return undefined
  return /^\["page",\{"view":\d+,"seq":(\d+),/.exec(frame)?.[1]
}
