/** A line of the text for Prometheus that is a sample: its name, its labels, its value. */
const SAMPLE = /^tidemark_(\w+?)\{(.*)\} (\S+)$/

/** Labels that say nothing of one tenant. */
const OF_THE_TENANT = /,?tenant="(?:[^"\\]|\\.)*",?/

/**
 * How a tenant stands and what was counted of it, as lines for a person.
 *
 * @param health the answer of `/sync/tenant/health`
 * @param metrics the answer of `/metrics` for the tenant
 */
export function inspection(health: object, metrics: string): string[] {
  const fields = Object.entries(health).map(([name, value]) => `${name.padEnd(WIDTH)} ${shown(value)}`)
  const samples = metrics.split('\n').flatMap((line) => {
    const [, name, labels, value] = SAMPLE.exec(line) ?? []
    // Of a distribution its sum and count are enough for a person.
    if (name === undefined || labels === undefined || name.endsWith('_bucket')) return []
    const own = labels.replace(OF_THE_TENANT, '').replaceAll('"', '')
    return [`${(own === '' ? name : `${name} ${own}`).padEnd(WIDTH)} ${value}`]
  })
  return [...fields, '', ...samples]
}

const WIDTH = 56

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
