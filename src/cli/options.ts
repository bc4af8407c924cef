/** What every command that answers takes. */
export const JSON_OPTION = {
  json: { type: 'boolean', description: 'Answer with one line of JSON', default: false },
} as const
