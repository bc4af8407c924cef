import { exports } from 'cloudflare:workers'
import { Peer, sign } from '../../tenant/support/peer.ts'
import { forge } from './forge.ts'
import { type Vector, wholeText } from './vector.ts'

/** A subscription to what does not exist is answered at once: what came before it has been, or the session is over. */
const MARKS = [9_998, 9_999] as const

/** Milliseconds after which what was to be answered counts as unanswered. Only a defect waits so long. */
const PATIENCE_MS = 20_000

export type Attacker = { readonly sub: string; readonly tenant: string }

/** Does what a vector says. Returns what was answered, in the words of a verdict. */
export function attack(vector: Vector, attacker: Attacker): Promise<string> {
  return vector.http === undefined ? attackBySocket(vector, attacker) : attackByHttp(vector, attacker)
}

async function attackBySocket(vector: Vector, attacker: Attacker): Promise<string> {
  const peer = await Peer.open(attacker)
  const seq = vector.socket === undefined ? 0 : (await peer.hello())[1].seq
  const told = peer.frames.length
  peer.sendText(
    filled(wholeText(vector.socket ?? vector.first ?? ''), { ...attacker, epoch: peer.epoch, seq }),
  )
  // What was asked for is answered in its turn; the second mark is of a later one.
  for (const id of MARKS) {
    if (peer.closed) break
    peer.send(['subscribe', { id, query: { collection: 'nowhere' } }])
    await within(
      PATIENCE_MS,
      peer.until('an answer', () => peer.closed !== undefined || marked(peer, id)),
    )
  }
  // A token takes its time.
  if (vector.verdict.startsWith('closed')) await within(PATIENCE_MS, peer.untilClosed())
  const verdicts = peer.frames.slice(told).flatMap((frame): string[] => {
    if (frame[0] === 'receipt')
      return frame[1].map((one) => (one.is === 'accepted' ? 'accepted' : `rejected ${one.error.code}`))
    if (frame[0] === 'error' && !isMark(frame[1].ref) && !peer.closed) return [`error ${frame[1].code}`]
    return frame[0] === 'welcome' || frame[0] === 'view' ? [frame[0]] : []
  })
  if (peer.closed) verdicts.push(`closed ${peer.closed.code} ${peer.closed.reason}`)
  else peer.close()
  return verdicts.join(', ') || 'nothing'
}

/** Waits for something, and no longer than so many milliseconds. */
async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done, late])
  clearTimeout(timer ?? null)
}

const isMark = (ref: unknown) => MARKS.some((id) => id === ref)

const marked = (peer: Peer, id: number) =>
  peer.frames.some((frame) => frame[0] === 'error' && frame[1].ref === id)

async function attackByHttp({ http, token }: Vector, attacker: Attacker): Promise<string> {
  if (!http) return 'nothing'
  const shown =
    token === undefined ? await sign(attacker) : token === null ? undefined : await forge(token, attacker)
  const headers = new Headers({ 'CF-Connecting-IP': attacker.sub })
  if (shown !== undefined) headers.set('Authorization', `Bearer ${shown}`)
  for (const [name, value] of Object.entries(http.headers))
    headers.set(name, filled(value, { ...attacker, token: shown }))
  const path = filled(wholeText(http.path), { ...attacker, token: shown })
  const response = await exports.default.fetch(`https://tidemark.test${path}`, {
    method: http.method,
    headers,
    redirect: 'manual',
    ...(http.body !== undefined && { body: filled(wholeText(http.body), attacker) }),
  })
  if (response.webSocket) {
    const socket = response.webSocket
    const closed = new Promise<string>((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve(`closed ${code} ${reason}`)),
    )
    socket.accept()
    let verdict = 'not closed'
    await within(
      PATIENCE_MS,
      closed.then((said) => {
        verdict = said
      }),
    )
    return verdict
  }
  const text = response.headers.get('Content-Type')?.startsWith('text/event-stream')
    ? await response.body?.cancel()
    : await response.text()
  return `${response.status} ${codeIn(text ?? '')}`.trim()
}

function codeIn(text: string): string {
  return /^\{"code":"([a-z-]+)"/.exec(text)?.[1] ?? ''
}

/** The words of a vector that stand for what its attacker was told. */
type Told = Attacker & { readonly epoch?: string; readonly seq?: number; readonly token?: string | undefined }

/** A text with what its attacker knows. */
function filled(text: string, { tenant, epoch = '', seq = 0, token = '' }: Told): string {
  const words = { $EPOCH: epoch, $SEQ: String(seq), $TENANT: tenant, $TOKEN: token }
  return Object.entries(words).reduce((told, [word, value]) => told.replaceAll(word, value), text)
}
