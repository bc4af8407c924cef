/** Cases of each law of texts: some hundreds with every change, and as many as the proof says in its own run. */
export const CASES = Number(process.env['LAW_CASES'] ?? 300)
