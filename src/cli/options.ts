/** The option of every command that answers. */
export const JSON_OPTION = {
  json: { type: 'boolean', description: 'Answer with one line of JSON', default: false },
} as const
