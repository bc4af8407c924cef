import { decodeDown } from '../../protocol/codec/decode-down.ts'

/** A maker of an event's id from a frame; undefined for one that brings its reader nowhere new. */
export type IdOf = (frame: string) => string | undefined

/**
 * Ids of the frames that move a reader's cursor: the log and the place in it. Read off the text, so that
 * frames pass through the Worker without being decoded there.
 *
 * @param version the version of the protocol that the frames are in
 * @param write what else an id is to tell, given the place and the resume token of the view that was named last
 */
export function positions(version: number, write?: (place: string, resumeToken: string) => string): IdOf {
  let epoch = ''
  let resumeToken = ''
  return (frame) => {
    if (/^\["(welcome|reset)"/.test(frame)) epoch = /"epoch":"([^"]+)"/.exec(frame)?.[1] ?? ''
    if (write && frame.startsWith('["view"')) resumeToken = resumeTokenOf(frame, version)
    const seq = endOfRows(frame) ?? lastPageSeq(frame)
    if (seq === undefined) return undefined
    const place = `${epoch}/${seq}`
    return write ? write(place, resumeToken) : place
  }
}

function resumeTokenOf(frame: string, version: number): string {
  const decoded = decodeDown(frame, version)
  return decoded.ok && decoded.frame[0] === 'view' ? decoded.frame[1].resumeToken : ''
}

function endOfRows(frame: string): string | undefined {
  const [, from, length] = /^\["rows",(\d+),(\d+),/.exec(frame) ?? []
  return from === undefined ? undefined : String(Number(from) + Number(length))
}

function lastPageSeq(frame: string): string | undefined {
  if (!frame.startsWith('["page"') || !/"last":true,"total":\d+\}\]$/.test(frame)) return undefined
  return /^\["page",\{"view":\d+,"seq":(\d+),/.exec(frame)?.[1]
}
