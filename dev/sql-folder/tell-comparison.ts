import type { Comparison } from './compare-folder.ts'

/** What there is to say of a comparison: what a migration does, or that nothing differs. */
export function tellComparison({ difference, figures, made }: Comparison): string[] {
  const { restated, dropped, views, rights, byHand } = difference
  if (figures.differing === 0) return [`Nothing differs: ${figures.functionsInFolder} functions.`]
  const gone = dropped.map(({ signature }) => signature)
  const lines = [
    line('new', made),
    line(
      'changed',
      restated.filter((name) => !made.includes(name)),
    ),
    line('dropped', gone),
    line('views', views),
    line('rights', rights.length > 0 ? [`of ${rights.length} tables and functions`] : []),
    ...byHand.map((what) => `differs: ${what}`),
  ]
  const byHandHint =
    'What is no function has to be changed by hand: `npm run db:functions -- --empty --name NAME` begins a migration. ' +
    'Then run this again for the functions.'
  return [...lines.flatMap((text) => text ?? []), ...(byHand.length > 0 ? [byHandHint] : [])]
}

function line(what: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `${what}: ${names.join(', ')}`
}
