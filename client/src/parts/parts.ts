import type { Joined, Part, PartMembers, PartName, PartPort } from './part.ts'

/** The parts that an application has named. */
export class Parts {
  readonly joined: readonly Joined[]
  readonly #members: Partial<PartMembers>

  constructor(parts: readonly Part[], port: PartPort) {
    this.joined = parts.map(({ join }) => join(port))
    this.#members = Object.assign({}, ...this.joined.map(({ members }) => members))
  }

  /** The members of a part. Throws where it was not named, with the line that is missing. */
  of<Name extends PartName>(name: Name): PartMembers[Name] {
    const member: PartMembers[Name] | undefined = this.#members[name]
    if (member) return member
    throw new TypeError(
      `This client was made without its part "${name}": import { ${name} } from '@tidemark/client/${name}', and give createClient the option parts: [${name}()].`,
    )
  }
}

/** The parts that an application names. Throws for what is none, and for one that is named twice. */
export function partsAmong(named: unknown): readonly Part[] {
  if (!Array.isArray(named) || !named.every(isPart)) {
    throw new TypeError('parts is a list of what functions such as conflicts() give: parts: [conflicts()].')
  }
  const names = named.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return named
  throw new TypeError(`parts has ${twice}() twice; each part is named once.`)
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && 'join' in value && typeof value.join === 'function'
}
