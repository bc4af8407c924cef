import { env, exports } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { createWorker } from '../../src/worker/create-worker.ts'
import { app } from '../fixtures/board/sync.ts'
import { SECRETS } from '../support/secrets.ts'
import { newTenant, Peer, sign, upgrade } from '../tenant/support/peer.ts'
import { assignee } from '../tenant/support/samples.ts'
import { signNudge } from '../tenant/support/tenant-world.ts'

const CANARY = 'canary-4b7e'

afterEach(() => {
  vi.restoreAllMocks()
})

/** All that is logged from now on. */
function logged(): string[] {
  const lines: string[] = []
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...said) => void lines.push(said.map(String).join(' ')))
  return lines
}

/** Frames that are wrong in their own way, with a token or another secret where none belongs. */
const WRONG_FRAMES: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify([secret]),
  (secret) => JSON.stringify([secret, { token: secret }]),
  (secret) => JSON.stringify({ auth: secret }),
  (secret) => JSON.stringify(['auth', { token: secret }]),
  (secret) => JSON.stringify(['auth', `${secret}\0`]),
  (secret) => JSON.stringify(['push', secret, []]),
  (secret) => JSON.stringify(['push', 0, [{ n: 1, [secret]: secret }]]),
  (secret) => JSON.stringify(['push', 0, [{ n: secret, ops: [{ op: secret }] }]]),
  (secret) =>
    JSON.stringify([
      'push',
      0,
      [
        {
          n: 1,
          context: { epoch: 'e', seq: 0 },
          ops: [
            { op: 'update', collection: 'cards', id: 'a', fields: { [secret]: { set: 1, [secret]: 2 } } },
          ],
        },
      ],
    ]),
  (secret) => JSON.stringify(['hello', { protocol: secret, client: secret }]),
  (secret) =>
    JSON.stringify(['hello', { protocol: PROTOCOL_VERSION, client: `${secret}!`, acknowledged: secret }]),
  (secret) => JSON.stringify(['subscribe', { id: secret, query: secret }]),
  (secret) => JSON.stringify(['watch', { patterns: [{ [secret]: 1 }] }]),
  (secret) => JSON.stringify(['read-ack', secret]),
  (secret) => JSON.stringify(['presence', { [secret]: secret }]),
]

it.each(WRONG_FRAMES.map((frame, i) => [i, frame] as const))(
  'CRD-9 wrong frame %i is refused without a word of it, in the log or to anybody',
  async (_, frame) => {
    const lines = logged()
    const peer = await Peer.join({ sub: 'ada', tenant: newTenant('canary') })
    const told = peer.texts.length
    peer.sendText(frame(CANARY))
    await peer.untilClosed()
    expect(peer.texts.slice(told).join()).not.toContain(CANARY)
    expect(lines.join('\n')).toContain('frame-refused')
    expect(lines.join('\n')).not.toContain(CANARY)
  },
)

it('CRD-9 no secret, token or payload is in any log or answer, whatever they come in', async () => {
  const lines = logged()
  const answers: string[] = []
  const tenant = newTenant('canary')
  const tokens = [
    await sign({ sub: 'ada', tenant, sid: CANARY }),
    await signNudge({ tenant }, 'tidemark:admin'),
  ]
  const keep = async (response: Response) =>
    void answers.push(await response.text(), JSON.stringify([...response.headers]))
  for (const token of [...tokens, `${tokens[0]}x`, CANARY]) {
    const headers = { Authorization: `Bearer ${token}` }
    for (const path of [
      '/sync/query',
      `/sync/query?q=${CANARY}`,
      `/sync/query?q=${encodeURIComponent(`{"where":"${CANARY}"}`)}`,
      `/sync/history?q=${CANARY}`,
      '/sync/tenant/health',
      `/sync/${CANARY}`,
    ])
      await keep(await exports.default.fetch(`https://tidemark.test${path}`, { headers }))
    for (const [path, body] of [
      ['/sync/nudge', ''],
      ['/sync/revoke', CANARY],
      ['/sync/tenant/revoke', `{"sub":"x","${CANARY}":1}`],
    ] as const)
      await keep(
        await exports.default.fetch(`https://tidemark.test${path}`, { method: 'POST', headers, body }),
      )
    const socket = (await upgrade(token)).webSocket
    socket?.accept()
    socket?.close(1000)
  }
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(CANARY)))
  await ada.push(
    ada.edit({ op: 'insert', collection: 'cards', id: 'c1', values: { title: CANARY, status: CANARY } }),
  )
  await ada.committed(1)
  ada.send(['auth', `${tokens[0]}x`])
  await ada.untilClosed()
  const broken = { ...env, ...SECRETS, AUTH_SECRET: CANARY }
  await keep(
    await createWorker(app).routes.request(`https://tidemark.test/sync/query?q=${CANARY}`, {}, broken),
  )
  const searched = [...lines, ...answers].join('\n')
  for (const secret of [CANARY, ...tokens, ...Object.values(SECRETS), env.DATABASE_URL])
    expect(searched).not.toContain(secret)
})
