import type { WireError } from '@tidemark/client'

/** Reasons that name records by their ids, as a person would say them. */
const SENTENCES: Partial<Record<WireError['code'], string>> = {
  'not-found': 'It had been deleted by then.',
  'row-missing': 'It had been deleted in the database by then.',
  exists: 'It is there already.',
  'row-exists': 'It is in the database already.',
  'illegal-transition': 'By then it had a status that does not become this one.',
  'depends-on-reverted': 'It builds on a change that was undone.',
}

/** Why an edit had no effect, as a sentence. */
export function reasonOf({ code, message }: Pick<WireError, 'code' | 'message'>): string {
  return SENTENCES[code] ?? message
}
