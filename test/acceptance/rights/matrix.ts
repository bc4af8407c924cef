import * as v from 'valibot'
import { RawPeer } from '../../../dev/harness/raw-peer.ts'
import { CONFLICTS, NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { type Op, opSchema } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { type AskHttp, judgeAnswers } from './equal-answers.ts'
import { askOver } from './events.ts'
import { COLUMNS, eventOf, NAMES, type Name, ROLES, type Role, seenBy } from './oracle.ts'
import { Reader } from './reader.ts'
import type { Tally } from './tally.ts'
import { newValue, seed, World, wordsIn } from './world.ts'

/** The system that is asked. */
export type Asked = {
  readonly url: string
  pass(tenant: string, name: string, role?: string): Promise<string>
}

/** Draws one of some. */
type Draw = <Item>(items: readonly [Item, ...Item[]]) => Item

/** The statuses that a card may go to. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  draft: ['open'],
  open: ['draft', 'in_progress', 'finished', 'withdrawn'],
  in_progress: ['finished', 'withdrawn'],
}

type Parts = { readonly world: World; readonly neighbour: RawPeer; readonly pick: Draw }

/** A tenant with its writer, a reader of each role, and one of each who was away meanwhile. */
export class Matrix {
  readonly #asked: Asked
  readonly #tally: Tally
  readonly #world: World
  /** Writes the same into another tenant, in words that nobody here may hear. */
  readonly #neighbour: RawPeer
  readonly #tenant: string
  readonly #pick: Draw
  readonly #readers = new Map<Role, Reader>()
  readonly #away = new Map<Role, Reader>()
  readonly #tokens = new Map<Role, string>()
  readonly #http: AskHttp
  readonly #moved = new Set<string>()

  private constructor(asked: Asked, tally: Tally, tenant: string, parts: Parts) {
    this.#asked = asked
    this.#tally = tally
    this.#tenant = tenant
    this.#world = parts.world
    this.#neighbour = parts.neighbour
    this.#pick = parts.pick
    this.#http = askOver(asked.url, this.#tokens)
  }

  /** Opens a tenant, with everybody connected and nothing there yet. */
  static async open(asked: Asked, tally: Tally, tenant: string, words: () => string, pick: Draw) {
    const join = async (name: string) => {
      const token = await asked.pass(name, 'ada', 'owner')
      const writer = await RawPeer.join({ url: asked.url, token, client: `ada-${name}` })
      await writer.loaded('cards')
      return writer
    }
    const world = new World(await join(tenant), words)
    const neighbour = await join(`${tenant}-next`)
    const matrix = new Matrix(asked, tally, tenant, { world, neighbour, pick })
    for (const role of ROLES) {
      matrix.#tokens.set(role, await asked.pass(tenant, role, role))
      matrix.#readers.set(role, await matrix.#join(role, 'reader'))
      matrix.#away.set(role, await matrix.#join(role, 'away'))
    }
    return matrix
  }

  async #join(role: Role, as: string, reader = new Reader([...NAMES, CONFLICTS, NOTIFICATIONS])) {
    const client = `${role}-${as}-${this.#tenant}`
    await reader.connect(this.#asked.url, this.#tokens.get(role) ?? '', client)
    return reader
  }

  /** Makes every record, moves every column, takes cards in and out of view, and deletes, judged at each step. */
  async play(report: (line: string) => void): Promise<void> {
    const { cases } = this.#tally
    for (const op of [...seed(this.#world)]) await this.#step(op)
    await this.#judgeWholly('snapshot', (role) => this.#join(role, 'snapshot'))
    report(`${this.#tenant}: seeded, ${this.#tally.cases - cases} cases`)
    for (const reader of this.#away.values()) reader.close()
    await this.#moveColumns()
    await this.#moveCards()
    report(`${this.#tenant}: moved, ${this.#tally.cases - cases} cases`)
    await this.#judgeWholly('resume', (role) => this.#join(role, 'away', this.#away.get(role)))
    this.#judgeNotifications()
    await this.#judgeHttp()
    report(`${this.#tenant}: read, ${this.#tally.cases - cases} cases`)
    await this.#conflict()
    report(`${this.#tenant}: overwritten, ${this.#tally.cases - cases} cases`)
    await this.#judgeAnswers()
    report(`${this.#tenant}: asked, ${this.#tally.cases - cases} cases`)
    for (const name of ['prizes', 'cards'] as const)
      for (const id of [...(this.#world.rows.get(name)?.keys() ?? [])].slice(0, name === 'cards' ? 8 : 0))
        await this.#step({ op: 'delete', collection: name, id })
    for (const role of ROLES) this.#judgeWords(role)
    report(`${this.#tenant}: done, ${this.#tally.cases - cases} cases`)
  }

  /** Ends all connections. */
  close(): void {
    this.#neighbour.close()
    this.#world.close()
    for (const reader of [...this.#readers.values(), ...this.#away.values()]) reader.close()
  }

  /** Makes an edit, and judges what each person was told: of each column, and whether they were told at all. */
  async #step(op: Op & { collection: Name }): Promise<void> {
    const { collection, id } = op
    const before = this.#world.row(collection, id)
    const from = new Map([...this.#readers].map(([role, reader]) => [role, reader.heard.length]))
    await this.#neighbour.push([foreign(op)])
    await this.#world.edit(op)
    const after = this.#world.row(collection, id)
    if (collection === 'cards' && before && after && before['status'] !== after['status']) this.#moved.add(id)
    const existed = before !== undefined && after !== undefined
    await Promise.all(
      [...this.#readers].map(async ([role, reader]) => {
        const news = await reader.settled(from.get(role))
        const [was, is] = [seenBy(role, collection, before), seenBy(role, collection, after)]
        const event = eventOf(was, is, existed)
        this.#judgeRow(event, role, reader, collection, id, is)
        const isSilent = event === 'nothing' && !this.#isTold(role, id)
        if (isSilent) this.#tally.judge('no sign', news.length === 0, () => signs(role, op, news))
        else if (event !== 'nothing') this.#judgeTags(role, op, news)
      }),
    )
  }

  /** Notifications of a card move with what may be seen of it. */
  #isTold(role: Role, id: string): boolean {
    return this.#moved.has(id) && seenBy(role, 'cards', this.#world.row('cards', id)) !== undefined
  }

  #judgeTags(role: Role, { collection, id }: Op & { collection: Name }, news: readonly Down[]): void {
    const tags = news.flatMap((frame) => (frame[0] === 'invalidate' ? frame[1].tags : []))
    const isRight = tags.includes(`${collection}_${id}`) && tags.includes(`${collection}_list`)
    this.#tally.judge('tags', isRight, () => `${role} ${collection} ${id}: ${JSON.stringify(tags)}`)
  }

  #judgeRow(event: string, role: Role, reader: Reader, name: Name, id: string, is: Row | undefined): void {
    const held = reader.row(name, id)
    for (const column of COLUMNS[name]) {
      const [wanted, found] = [JSON.stringify(is?.[column]), JSON.stringify(held?.[column])]
      const what = () => `${role} ${name}.${column} of ${id}: ${found} instead of ${wanted}`
      this.#tally.judge(event, wanted === found, what)
    }
  }

  /** Judges all that somebody holds who came in some way. */
  async #judgeWholly(event: string, join: (role: Role) => Promise<Reader>): Promise<void> {
    for (const role of ROLES) {
      const reader = await join(role)
      for (const name of NAMES) {
        const ids = new Set([
          ...(this.#world.rows.get(name)?.keys() ?? []),
          ...(reader.rows.get(name)?.keys() ?? []),
        ])
        for (const id of ids)
          this.#judgeRow(event, role, reader, name, id, seenBy(role, name, this.#world.row(name, id)))
      }
      this.#judgeHeard(event, role, reader)
      if (event === 'snapshot') reader.close()
    }
  }

  async #moveColumns(): Promise<void> {
    const word = () => this.#world.word()
    for (const name of ['assignees', 'cards', 'boardSettings'] as const)
      for (const id of [...(this.#world.rows.get(name)?.keys() ?? [])])
        for (const column of COLUMNS[name]) {
          const value = newValue(column, word)
          if (value !== undefined)
            await this.#step({ op: 'update', collection: name, id, fields: { [column]: { set: value } } })
        }
  }

  async #moveCards(): Promise<void> {
    for (const id of [...(this.#world.rows.get('cards')?.keys() ?? [])]) {
      const move = (fields: Extract<Op, { op: 'update' }>['fields']) =>
        this.#step({ op: 'update', collection: 'cards', id, fields })
      for (const by of [6, -6]) await move({ reactions: { add: by } })
      const [first, ...more] = NEXT[String(this.#world.row('cards', id)?.['status'])] ?? []
      if (first !== undefined) await move({ status: { set: this.#pick([first, ...more]) } })
    }
    await this.#step({
      op: 'update',
      collection: 'boardSettings',
      id: 'de',
      fields: { locale: { set: 'en' } },
    })
    await this.#step({
      op: 'update',
      collection: 'boardSettings',
      id: 'en',
      fields: { locale: { set: 'de' } },
    })
  }

  #judgeNotifications(): void {
    for (const [role, reader] of this.#readers)
      for (const id of this.#world.rows.get('cards')?.keys() ?? []) {
        const told = [...(reader.rows.get(NOTIFICATIONS)?.keys() ?? [])].filter(
          (one) => reader.row(NOTIFICATIONS, one)?.['record'] === id,
        )
        const isRight = told.length > 0 === this.#isTold(role, id)
        this.#tally.judge('notification', isRight, () => `${role} of ${id}: ${told.length}`)
      }
  }

  /** Reads everything over HTTP and as events, and again after an edit of what its reader may not see. */
  async #judgeHttp(): Promise<void> {
    for (const role of ROLES)
      for (const name of NAMES) {
        const read = () => this.#http(role, 'query', { collection: name })
        const before = await read()
        for (const text of [before, await this.#http(role, 'events', { collection: name })]) {
          const kind = text === before ? 'HTTP' : 'SSE'
          const words = new Set(wordsIn(text))
          for (const [id, row] of this.#world.rows.get(name) ?? [])
            for (const column of COLUMNS[name]) {
              const seen = seenBy(role, name, row)?.[column]
              const own = wordsIn(JSON.stringify(row[column] ?? null))
              const isRight = own.every((word) => words.has(word) === (seen !== undefined))
              this.#tally.judge(kind, isRight, () => `${role} ${name}.${column} of ${id}: ${own.join()}`)
            }
        }
        for (const [id, row] of this.#world.rows.get(name) ?? []) {
          const column = COLUMNS[name].find(
            (one) => newValue(one, () => 'x1') !== undefined && seenBy(role, name, row)?.[one] === undefined,
          )
          if (column === undefined || (name === 'assignees' && column === 'name')) continue
          const value = newValue(column, () => this.#world.word()) ?? null
          await this.#step({ op: 'update', collection: name, id, fields: { [column]: { set: value } } })
        }
        const after = await read()
        this.#tally.judge('HTTP, no sign', before === after, () => `${role} ${name}: ${before} / ${after}`)
      }
  }

  /** Two people overwrite each other unseen; nobody else is told what either wrote. */
  async #conflict(): Promise<void> {
    const ben = new Reader([...NAMES, CONFLICTS])
    await ben.connect(
      this.#asked.url,
      await this.#asked.pass(this.#tenant, 'ben', 'owner'),
      `ben-${this.#tenant}`,
    )
    for (const id of [...(this.#world.rows.get('cards')?.keys() ?? [])])
      for (const column of ['notes', 'story', 'targetPoints']) {
        const value = newValue(column, () => this.#world.word()) ?? null
        const op = { op: 'update', collection: 'cards', id, fields: { [column]: { set: value } } } as const
        await ben.push(op)
        this.#world.took(op)
      }
    const kept = ben.rows.get(CONFLICTS)?.size ?? 0
    this.#tally.judge('conflict', kept > 0, () => 'there is none')
    for (const [role, reader] of this.#readers) {
      await reader.settled()
      for (const id of [...(ben.rows.get(CONFLICTS)?.keys() ?? [])]) {
        const told = reader.rows.get(CONFLICTS)?.has(id) === true
        this.#tally.judge(
          'conflict',
          !told,
          () => `${role} was told of ${JSON.stringify(ben.row(CONFLICTS, id))}`,
        )
      }
    }
    ben.close()
  }

  async #judgeAnswers(): Promise<void> {
    const judge = async (role: Role) => {
      const reader = await this.#join(role, 'asking')
      await judgeAnswers(this.#world, this.#tally, reader, role, this.#http)
      this.#judgeHeard('error', role, reader)
      reader.close()
    }
    await Promise.all(ROLES.map(judge))
  }

  /** Nothing that was sent has a word that its reader never saw. */
  #judgeWords(role: Role): void {
    for (const reader of [this.#readers.get(role), this.#away.get(role)])
      if (reader) this.#judgeHeard('every byte', role, reader)
  }

  #judgeHeard(event: string, role: Role, { heard }: Reader): void {
    const mayKnow = this.#world.mayKnow.get(role)
    for (const text of heard)
      for (const word of new Set(wordsIn(text)))
        this.#tally.judge(
          `words, ${event}`,
          mayKnow?.has(word) === true,
          () => `${role} was told ${word}: ${text}`,
        )
  }
}

/** The same operation in words of another tenant. */
function foreign(op: Op): Op {
  const { output, success } = v.safeParse(
    opSchema,
    JSON.parse(JSON.stringify(op).replaceAll(/m(\d+)~/g, 'f$1~')),
  )
  if (!success) throw new Error(`no operation: ${JSON.stringify(op)}`)
  return output
}

function signs(role: Role, op: Op & { collection: Name }, news: readonly Down[]): string {
  return `${role}, ${JSON.stringify(op)}: ${JSON.stringify(news)}`
}
