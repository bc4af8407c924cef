import { describe, expect, it } from 'vitest'
import { hashText } from '../../../src/core/records/hash.ts'
import { applyTo, makeManuscript, textOf, updateSince, writeText } from '../../../src/core/text/manuscript.ts'
import type { TextAnswer } from '../../../src/protocol/down/text.ts'
import type { TextOp } from '../../../src/protocol/text-op.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { SessionPart } from '../../src/api/session-part.ts'
import type { EditResult, QuerySnapshot, TextPort } from '../../src/api/types.ts'
import { joinPatch } from '../../src/text/join-patches.ts'
import { openTextIn } from '../../src/text/open-text.ts'
import { spliceAt } from '../../src/text/splice-at.ts'

const PLACE = { collection: 'notes', record: 'n1', column: 'body' }

/** The rest of a client, and a server that answers when it is told to. */
function desk(body: string) {
  let manuscript = makeManuscript(body, 'x')
  let listener = () => {}
  let session: SessionPart | undefined
  let rows: QuerySnapshot<Readonly<Record<string, unknown>>>['rows'] = []
  const sent: { readonly change: TextOp; readonly settle: (result: EditResult) => void }[] = []
  const due: (() => void)[] = []
  let writer = 0
  const show = () => {
    rows = [
      Object.assign({ id: 'n1', body: textOf(manuscript) }, { $sync: { pending: false, committing: false } }),
    ]
    listener()
  }
  const port: TextPort = {
    row: () => ({
      subscribe: (told) => {
        listener = () => told({ rows, status: 'ready', changes: [] })
        return () => {}
      },
      getSnapshot: () => ({ rows, status: 'ready', changes: [] }),
    }),
    join: (part) => {
      session = part
    },
    changed: () => {},
    equipTexts: () => {},
    edit(_, change) {
      const outcome = Promise.withResolvers<EditResult>()
      sent.push({ change, settle: outcome.resolve })
      const undo = () => {
        throw new Error('nobody takes back what is typed')
      }
      return {
        n: sent.length,
        saved: Promise.resolve({ ok: true }),
        accepted: outcome.promise,
        committed: outcome.promise,
        undo,
      }
    },
    environment: {
      soon: (work) => void due.push(work),
      setTimer: () => () => {},
      random: () => ++writer / 1_000,
    },
    guard: (work) => work(),
  }
  show()
  return {
    port,
    sent,
    /** The turn ends. */
    end: () => {
      for (const work of due.splice(0)) work()
    },
    answer() {
      // As on a new connection, where all is asked again.
      session?.disconnected()
      const [question] = session?.outgoing(PROTOCOL_VERSION) ?? []
      if (question?.[0] !== 'read-text') throw new Error('nothing was asked')
      const { id, have } = question[1]
      const isOther = have?.lineage !== manuscript.lineage
      const update = updateSince(manuscript, isOther ? undefined : have.vector) ?? ''
      const { lineage } = manuscript
      const told = {
        lineage,
        update,
        hash: hashText(textOf(manuscript)),
        ...(isOther && { whole: true as const }),
      }
      const answer: TextAnswer = { manuscript: told }
      session?.heard(['text', id, answer])
    },
    /** Somebody else makes the text another. */
    write(text: string) {
      manuscript = writeText(manuscript, text)
      show()
    },
    /** The server takes the next edit. */
    async accept() {
      const next = sent.shift()
      const made = next?.change.made
      const applied = made && applyTo(manuscript, 'me', made.update)
      if (!next || applied?.is !== 'applied') throw new Error('the edit is one of the manuscript')
      ;({ manuscript } = applied)
      next.settle({ ok: true, seq: 1 })
      await Promise.resolve()
      show()
    },
  }
}

function opened(body: string) {
  const rest = desk(body)
  const handle = openTextIn(rest.port, PLACE)
  const stop = handle.subscribe(() => {})
  rest.answer()
  return { ...rest, handle, stop }
}

describe('the handle of a text', () => {
  it('TXT-30 tells at once what is typed, and where the selection has moved to', () => {
    const { handle, write, answer } = opened('hello world')
    handle.setText('hello, world', { start: 6, end: 6 })
    expect(handle.getSnapshot()).toMatchObject({
      text: 'hello, world',
      pending: true,
      selection: { start: 6, end: 6 },
    })
    write('Oh hello world')
    answer()
    expect(handle.getSnapshot()).toMatchObject({ text: 'Oh hello, world', selection: { start: 9, end: 9 } })
    handle.select({ start: 10, end: 15 })
    write('Oh, hello world')
    answer()
    expect(handle.getSnapshot()).toMatchObject({
      text: 'Oh, hello, world',
      selection: { start: 11, end: 16 },
    })
  })

  it('TXT-30 keeps others’ changes back while it is held', () => {
    const { handle, write, answer } = opened('begun')
    const release = handle.hold()
    write('well begun')
    answer()
    expect(handle.getSnapshot().text).toBe('begun')
    release()
    answer()
    expect(handle.getSnapshot().text).toBe('well begun')
  })

  it('TXT-30 takes no part of a character, and nothing that is not there', () => {
    const { handle } = opened('a😀b')
    handle.delete(2, 1)
    expect(handle.getSnapshot().text).toBe('ab')
    handle.delete(1, 99)
    handle.delete(7, 1)
    handle.insert(99, 'c')
    handle.insert(-1, '0')
    expect(handle.getSnapshot().text).toBe('0ac')
  })

  it('TXT-31 sends what is typed at the end of the turn, and the rest together once that is accepted', async () => {
    const { handle, sent, end, accept, stop } = opened('')
    for (const letter of 'one') handle.insert(handle.getSnapshot().text.length, letter)
    end()
    expect(sent.map(({ change }) => change.patches)).toEqual([[[0, '', 'one', '']]])
    for (const letter of ' two three') handle.insert(handle.getSnapshot().text.length, letter)
    end()
    expect(sent).toHaveLength(1)
    await accept()
    end()
    expect(sent.map(({ change }) => change.patches)).toEqual([[[3, '', ' two three', 'one']]])
    handle.insert(0, 'zero ')
    stop()
    expect(sent.map(({ change }) => change.patches.length)).toEqual([1, 1])
  })

  it('TXT-34 gives each edit that it makes, also the last one, and goes on whatever is thrown', async () => {
    const { port, sent, answer, end, accept } = desk('')
    const made: unknown[] = []
    const thrown: unknown[] = []
    const guard = (work: () => void) => {
      try {
        work()
      } catch (error) {
        thrown.push(error)
      }
    }
    const handle = openTextIn({ ...port, guard }, PLACE, {
      onEdit: ({ n }) => {
        made.push(n)
        throw new Error('the application cannot')
      },
    })
    const stop = handle.subscribe(() => {})
    answer()
    handle.insert(0, 'one')
    expect(made).toEqual([])
    end()
    expect(made).toEqual([1])
    handle.insert(3, ' two')
    end()
    expect(made).toEqual([1])
    await accept()
    end()
    handle.insert(7, ' three')
    stop()
    expect(sent).toHaveLength(2)
    expect(made).toHaveLength(3)
    expect(thrown).toHaveLength(3)
  })

  it('TXT-35 is there at once where the client holds the record, and follows its own query once that answers', () => {
    const { port, sent, answer, end } = desk('held and more')
    let told = () => {}
    let status: 'loading' | 'ready' = 'loading'
    const row: TextPort['row'] = () => {
      const own = port.row(PLACE)
      const getSnapshot = () => (status === 'ready' ? own.getSnapshot() : { rows: [], status, changes: [] })
      return {
        getSnapshot,
        subscribe: (listener) => {
          told = () => listener(getSnapshot())
          return () => {}
        },
      }
    }
    let held: Record<string, unknown> | undefined
    const text = () => openTextIn({ ...port, row }, PLACE, {}, () => held)
    const missing = text()
    missing.subscribe(() => {})
    expect(missing.getSnapshot()).toMatchObject({ status: 'loading', text: '' })
    held = { id: 'n1' }
    const hidden = text()
    hidden.subscribe(() => {})
    expect(hidden.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'unknown-column' } })
    held = { id: 'n1', body: 'held' }
    const handle = text()
    handle.subscribe(() => {})
    expect(handle.getSnapshot()).toMatchObject({ status: 'ready', text: 'held' })
    handle.insert(0, 'Up')
    end()
    expect(sent.map(({ change }) => change.patches)).toEqual([[[0, '', 'Up', '']]])
    status = 'ready'
    told()
    expect(handle.getSnapshot()).toMatchObject({ status: 'ready', text: 'Upheld' })
    answer()
  })

  it('TXT-32 a selection means the same in another’s text, and what is none is nothing', () => {
    const ann = opened('hello world')
    const ben = opened('hello world')
    const encoded = ann.handle.encodeSelection({ start: 6, end: 11 })
    ben.handle.insert(0, 'Oh ')
    expect(ben.handle.findSelection(encoded)).toEqual({ start: 9, end: 14 })
    for (const bad of [
      '',
      '.',
      'a',
      'a.b',
      'a.b.c',
      '!.!',
      `${encoded}.${encoded}`,
      `${encoded}.!`,
      'AQFv.AQFv',
    ])
      expect(ben.handle.findSelection(bad)).toBeUndefined()
  })
})

describe('what was typed', () => {
  it('TXT-31 is one patch as long as it goes on', () => {
    const typed = [[5, '', 'a', 'x'] as const, [6, '', 'b', 'a'] as const, [6, 'b', '', 'a'] as const]
    const joined = typed.reduce<ReturnType<typeof joinPatch>>(
      (patches, one) => joinPatch(patches, [...one]),
      [],
    )
    expect(joined).toEqual([[5, '', 'a', 'x']])
    const erased = joinPatch([[5, 'c', '', 'x']], [4, 'b', '', 'x'])
    expect(erased).toEqual([[4, 'bc', '', 'x']])
    expect(joinPatch([[5, '', 'a', 'x']], [9, '', 'b', 'y'])).toHaveLength(2)
  })

  it('TXT-30 is what stands before the caret', () => {
    expect(spliceAt('aab', 'aaab', 1)).toEqual({ at: 0, deleted: 0, inserted: 'a' })
    expect(spliceAt('hello', 'heXo', 3)).toEqual({ at: 2, deleted: 2, inserted: 'X' })
    expect(spliceAt('hello', 'Xello!', 1)).toBeUndefined()
    expect(spliceAt('a😀', 'a😁', 3)).toEqual({ at: 1, deleted: 2, inserted: '😁' })
  })
})
