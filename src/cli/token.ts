import process from 'node:process'
import { defineCommand } from 'citty'
import { readProject } from '../../dev/project.ts'
import { needs } from './needs.ts'

/** Prints a token for the local stack, or signed by the secret in the environment that is for its purpose. */
export const token = defineCommand({
  meta: {
    name: 'token',
    description: 'Print a token: of a person, to nudge with, or to administer a tenant',
  },
  args: {
    tenant: { type: 'string', description: 'Whom it is for', valueHint: 'acme' },
    all: { type: 'boolean', description: 'All tenants, to look at with --for admin' },
    as: { type: 'string', description: 'The person, by subject', valueHint: 'ada' },
    claim: {
      type: 'string',
      description: 'What else it says of them; may be given again',
      valueHint: 'role=owner',
    },
    for: { type: 'string', description: 'Of a service instead', valueHint: 'nudge|admin' },
    valid: { type: 'string', description: 'How long', valueHint: '1h' },
  },
  async run({ rawArgs }) {
    const project = await readProject()
    needs(project.folder, '`tidemark token`', ['wrangler'])
    const { makeToken } = await import('../../dev/make-token.ts')
    const { tokenProject } = await import('../../dev/token-project.ts')
    const made = await makeToken(rawArgs, process.env, tokenProject(project))
    process.stdout.write(`${made}\n`)
  },
})
