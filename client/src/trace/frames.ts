import type { Edit } from '../../../src/protocol/edit.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Masked } from './mask.ts'
import { blank, type Secrets } from './secrets.ts'

/** A view's rows as they travel. */
type ViewForm = { readonly collection: string; readonly columns: readonly string[] }

type Json = Value

/** Frames that hold a token, or the proof of a view, by the beginning of their texts. */
const WITH_SECRETS = /^\["(?:auth|view|subscribe|welcome)"/

/** Writes frames down: without tokens, and with values as a mask has them. */
export class FrameTexts {
  readonly #secrets: Secrets
  readonly #masked: Masked | undefined
  /** The collections of subscriptions, and the forms of views, of the newest connection. */
  readonly #collections = new Map<number, string>()
  readonly #views = new Map<number, ViewForm>()

  constructor(secrets: Secrets, masked: Masked | undefined) {
    this.#secrets = secrets
    this.#masked = masked
  }

  /** A frame, or the text of a heartbeat. */
  written(text: string): string {
    const clean = this.#secrets.without(text)
    if (!this.#masked && !WITH_SECRETS.test(clean)) return clean
    const frame = parsed(clean)
    if (!isList(frame)) return clean
    const safe = withoutSecrets(frame)
    return JSON.stringify(this.#masked ? this.#mask(safe, this.#masked) : safe)
  }

  #mask(frame: readonly Json[], masked: Masked): Json {
    const [kind, first, second, third, ...more] = frame
    switch (kind) {
      case 'subscribe':
        return [kind, this.#subscribe(first, masked)]
      case 'push':
        return [kind, first ?? null, listOf(second).map((edit) => maskedEdit(edit, masked))]
      case 'view':
        this.#named(first)
        return frame
      case 'page':
        return [kind, this.#page(first, masked)]
      case 'rows':
        return [kind, first ?? 0, second ?? 0, listOf(third).map((part) => this.#part(part, masked)), ...more]
      case 'digest':
        // Of rows as they are, which are not those that are written down.
        return [kind, first ?? 0, []]
      case 'peers':
        return [kind, { signs: at(first, 'signs') === true }]
      case 'text':
        return [kind, first ?? 0, { error: { code: 'masked', message: 'masked', retryable: false } }]
      case 'presence':
      case 'read-text':
        return [kind]
      default:
        return withoutSentences(frame)
    }
  }

  #subscribe(said: Json | undefined, masked: Masked): Json {
    const read = readQuery(at(said, 'query'))
    const id = at(said, 'id')
    if ('error' in read || typeof id !== 'number') return null
    this.#collections.set(id, read.query.collection)
    return { ...objectOf(said), query: toJson(masked.query(read.query)) }
  }

  #named(told: Json | undefined): void {
    const [subscription, view] = [at(told, 'subscription'), at(told, 'view')]
    if (typeof subscription !== 'number' || typeof view !== 'number') return
    const collection = this.#collections.get(subscription) ?? ''
    this.#views.set(view, { collection, columns: listOf(at(told, 'columns')).map(String) })
  }

  #page(page: Json | undefined, masked: Masked): Json {
    const { collection, columns } = this.#formOf(at(page, 'view'))
    const rows = listOf(at(page, 'rows')).map((row) => masked.row(collection, columns, listOf(row)))
    return { ...objectOf(page), rows }
  }

  #part(part: Json, masked: Masked): Json {
    const [view, patches, puts, ...rest] = listOf(part)
    const form = this.#formOf(view)
    const told = listOf(patches).map((patch) => maskedPatch(listOf(patch), form, masked))
    if (puts === undefined) return [view ?? 0, told]
    const rows = listOf(puts).map((row) => masked.row(form.collection, form.columns, listOf(row)))
    return [view ?? 0, told, rows, ...rest]
  }

  #formOf(view: Json | undefined): ViewForm {
    const known = typeof view === 'number' ? this.#views.get(view) : undefined
    return known ?? { collection: '', columns: [] }
  }
}

/** An edit as it is written down. */
export function maskedEdit(edit: Json, masked: Masked): Json {
  return isEdit(edit) ? toJson(masked.edit(edit)) : null
}

function maskedPatch(
  [id = null, ...changes]: readonly Json[],
  { collection, columns }: ViewForm,
  masked: Masked,
) {
  const told: Json[] = [id]
  for (let i = 0; i + 1 < changes.length; i += 2) {
    const number = Number(changes[i])
    const value = changes[i + 1] ?? null
    // Of a text of which little changed there is that part alone, which no mask of the whole is about.
    const column = number < 0 ? -1 - number : number
    told.push(column, masked.value(number < 0 ? '' : value, collection, columns[column] ?? ''))
  }
  return told
}

/** Proofs of views are as long as they were and say nothing: a client counts what it reads. */
function withoutSecrets(frame: readonly Json[]): readonly Json[] {
  const [kind, first, ...rest] = frame
  if (kind === 'auth') return [kind, '***']
  if (kind === 'view') return [kind, blanked(first)]
  if (kind === 'welcome') return [kind, blanked(first)]
  if (kind !== 'subscribe') return frame
  const resume = at(first, 'resume')
  return [
    kind,
    resume === undefined ? (first ?? null) : { ...objectOf(first), resume: blanked(resume) },
    ...rest,
  ]
}

const SECRET = ['resumeToken', 'seal', 'session']

function blanked(told: Json | undefined): Json {
  return Object.fromEntries(
    Object.entries(objectOf(told)).map(([name, value]) => [
      name,
      SECRET.includes(name) ? blank(String(value)) : value,
    ]),
  )
}

/** Sentences may repeat values, so an error says its code in their place. */
function withoutSentences(json: Json): Json {
  if (isList(json)) return json.map(withoutSentences)
  if (typeof json !== 'object' || json === null) return json
  const { code } = objectOf(json)
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      (name === 'message' || name === 'reason') && typeof value === 'string'
        ? String(code ?? 'masked')
        : withoutSentences(value),
    ]),
  )
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function at(json: Json | undefined, name: string): Json | undefined {
  return objectOf(json)[name]
}

function objectOf(json: Json | undefined): Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null && !isList(json) ? json : {}
}

function listOf(json: Json | undefined): readonly Json[] {
  return isList(json) ? json : []
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

/** It was made by the client itself, so that it has an edit's form if it has operations. */
function isEdit(json: Json | Edit): json is Edit & Json {
  return typeof json === 'object' && json !== null && 'ops' in json && 'n' in json
}

function toJson(made: WireQuery | Edit): Json {
  return JSON.parse(JSON.stringify(made))
}
