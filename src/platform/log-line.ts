/** One structured line per event worth a person's attention. Payloads and tokens never go in. */
export type Log = (
  event: string,
  facts: Readonly<Record<string, string | number | boolean | undefined>>,
) => void

/** Characters kept of one fact: enough to recognise it, too few to leak a document. */
const MAX_FACT = 200

/** Writes a line to the Worker's log. */
export const writeLine: Log = (event, facts) => {
  const capped = Object.entries(facts).map(([key, fact]) => [
    key,
    typeof fact === 'string' ? fact.slice(0, MAX_FACT) : fact,
  ])
  console.log(JSON.stringify({ event, ...Object.fromEntries(capped) }))
}
