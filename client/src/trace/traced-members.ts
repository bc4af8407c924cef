import type { TracedMembers } from '../parts/trace.ts'
import type { Recorder } from './recorder.ts'

/** The members of a client, with the application's calls of them written down. */
export function tracedMembers(
  { connection, onError, onInvalidate, preloads, texts, close }: TracedMembers,
  recorder: Recorder,
  nextListener: () => number,
): TracedMembers {
  return {
    connection: {
      ...connection,
      subscribe: (listener) => connection.subscribe((snapshot) => recorder.within(() => listener(snapshot))),
      retry: () => recorder.call({ is: 'retry' }, connection.retry),
    },
    onError: (listener) => onError((error) => recorder.within(() => listener(error))),
    onInvalidate(pattern, listener, options) {
      const nth = nextListener()
      const stop = onInvalidate(
        pattern,
        (invalidation) => {
          recorder.write({ is: 'invalidated', listener: nth, tags: invalidation.tags })
          return recorder.within(() => listener(invalidation))
        },
        options,
      )
      recorder.call({ is: 'watch', listener: nth, pattern, level: options?.at ?? 'accepted' }, () => {})
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        recorder.call({ is: 'unwatch', listener: nth }, stop)
      }
    },
    preloads: {
      preload: (query, columns, rows) =>
        recorder.call({ is: 'preload', ...recorder.preload(query, columns, rows) }, () =>
          preloads.preload(query, columns, rows),
        ),
    },
    texts: {
      ...texts,
      changed: () => recorder.call({ is: 'send' }, texts.changed),
      equipTexts: (rules) => recorder.call({ is: 'equip-texts' }, () => texts.equipTexts(rules)),
    },
    close: () => recorder.call({ is: 'close' }, close),
  }
}
