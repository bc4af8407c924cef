/** An arrow of a graph, from one name to another. */
export type Arrow = readonly [from: string, to: string]

/**
 * The circles of a graph: each a set of nodes that all lead to each other, by Tarjan's algorithm (SIAM Journal on
 * Computing 1(2), 1972). A node that leads to itself alone is none.
 */
export function circlesOf(arrows: readonly Arrow[]): string[][] {
  const targets = new Map<string, Set<string>>()
  for (const [from, to] of arrows) {
    if (from === to) continue
    targets.set(from, (targets.get(from) ?? new Set()).add(to))
  }
  const found: string[][] = []
  const reached = new Map<string, number>()
  const open: string[] = []

  /** Returns the earliest open node that can be come to from `node`. */
  function visit(node: string): number {
    const order = reached.size
    reached.set(node, order)
    open.push(node)
    let earliest = order
    for (const target of targets.get(node) ?? []) {
      const seen = reached.get(target)
      if (seen === undefined) earliest = Math.min(earliest, visit(target))
      else if (open.includes(target)) earliest = Math.min(earliest, seen)
    }
    if (earliest === order) {
      const circle = open.splice(open.indexOf(node))
      if (circle.length > 1) found.push(circle.toSorted())
    }
    return earliest
  }

  for (const node of targets.keys()) if (!reached.has(node)) visit(node)
  return found
}
