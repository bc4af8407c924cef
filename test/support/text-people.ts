import type { EditResult } from '../../client/src/api/types.ts'
import { TextEditor } from '../../client/src/text/editor.ts'
import type { Application } from '../../src/core/app/application.ts'
import { manuscriptOf } from '../../src/core/edits/texts.ts'
import { hashText } from '../../src/core/records/hash.ts'
import { textOf, updateSince } from '../../src/core/text/manuscript.ts'
import type { Edit } from '../../src/protocol/edit.ts'
import type { TextOp } from '../../src/protocol/text-op.ts'
import { Author, MemoryTenant } from './memory-tenant.ts'

/** One text, in the collection `pages`. */
export const PAGES: Application = {
  manifest: {
    hash: 'pages',
    collections: [
      {
        name: 'pages',
        insertOnly: false,
        deletes: 'win',
        columns: [
          { name: 'id', type: 'text', nullable: false, policy: { kind: 'lww' } },
          { name: 'body', type: 'text', nullable: true, policy: { kind: 'text' } },
        ],
      },
    ],
  },
  rules: new Map([['pages', { write: ({ claims }) => claims['role'] !== 'reader' || 'Readers only read.' }]]),
}

/** The tenant whose one text everybody edits. */
export function tenantWith(body: string | null): MemoryTenant {
  const tenant = new MemoryTenant(PAGES)
  tenant.load('pages', { p: { id: 'p', body } })
  return tenant
}

/** The text as the object has it. */
export function bodyOf(tenant: MemoryTenant): string | null {
  const body = tenant.row('pages', 'p')?.['body']
  return typeof body === 'string' ? body : null
}

/** A page with the real editor, whose edits and questions arrive when they are let. */
export class TextPerson {
  readonly author: Author
  readonly #tenant: MemoryTenant
  readonly #out: { readonly edit: Edit; readonly answer: (result: EditResult) => void }[] = []
  readonly #due: (() => void)[] = []
  #isAsking = false
  role = 'writer'
  readonly editor: TextEditor

  /** @param random draws the ids of Yjs */
  constructor(tenant: MemoryTenant, client: string, random: () => number) {
    this.#tenant = tenant
    this.author = new Author(tenant, client)
    this.editor = new TextEditor(
      {
        edit: (change) => this.#edit(change),
        ask: () => {
          this.#isAsking = true
        },
        environment: { soon: (work) => this.#due.push(work), setTimer: () => () => {}, random },
        changed: () => {},
      },
      bodyOf(tenant) ?? '',
    )
    this.#isAsking = true
  }

  get isBusy(): boolean {
    return this.editor.isPending || this.#isAsking || this.#out.length > 0 || this.#due.length > 0
  }

  /** Sends what is due, of which the object takes the first. */
  async push(): Promise<void> {
    for (const work of this.#due.splice(0)) work()
    const next = this.#out.shift()
    if (!next) return
    const [verdict] = this.#tenant.push(this.author.client, [next.edit], { role: this.role })
    if (!verdict) throw new Error('a push of one edit has one verdict')
    next.answer(
      verdict.is === 'accepted' ? { ok: true, seq: verdict.seq } : { ok: false, error: verdict.error },
    )
    await settled()
  }

  /** Sees how the row stands, and gets the answer to what it asked. */
  async pull(): Promise<void> {
    this.author.look()
    this.editor.rowIs(bodyOf(this.#tenant) ?? '')
    if (!this.#isAsking) return
    this.#isAsking = false
    const { have } = this.editor
    this.editor.asksAgain()
    const record = this.#tenant.record('pages', 'p')
    if (!record) throw new Error('the page is there')
    const manuscript = manuscriptOf(record, 'body', this.#tenant.epoch)
    const { lineage } = manuscript
    const isOther = have?.lineage !== lineage
    const update = updateSince(manuscript, isOther ? undefined : have.vector)
    if (update === undefined) throw new Error('a vector is one')
    const hash = hashText(textOf(manuscript))
    this.editor.answered({ manuscript: { lineage, update, hash, ...(isOther && { whole: true }) } })
    await settled()
  }

  #edit(text: TextOp) {
    const edit = this.author.edit({ op: 'update', collection: 'pages', id: 'p', fields: { body: { text } } })
    let answer: (result: EditResult) => void = () => {}
    const accepted = new Promise<EditResult>((resolve) => {
      answer = resolve
    })
    this.#out.push({ edit, answer })
    return { n: edit.n, saved: Promise.resolve({ ok: true as const }), accepted, committed: accepted }
  }
}

/** Lets what waits for an answer go on. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await Promise.resolve()
}
