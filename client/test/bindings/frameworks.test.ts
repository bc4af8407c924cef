import * as solid from 'solid-js'
import { fromStore, toStore, writable } from 'svelte/store'
import { describe, expect, it } from 'vitest'
import * as vue from 'vue'
import type { Observable } from '../../src/api/observable.ts'
import { KEEP_MS } from '../../src/queries/keeping.ts'
import { createQuery as solidQuery } from '../../src/solid.ts'
import { createQuery as svelteQuery } from '../../src/svelte.ts'
import { useQuery as vueQuery } from '../../src/vue.ts'
import { DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

type Shown = { readonly rows: readonly { readonly title: string }[]; readonly status: string }
type Asked = (state: 'open' | 'shut') => Observable<Shown>

/** A component that asks for the notes of a state, which may change, and keeps what it was shown. */
type Mounted = { become(state: 'open' | 'shut'): void; unmount(): void }

/** Each mounts one and settles what the framework does later. */
const frameworks: Record<string, (ask: Asked, shown: (what: Shown) => void) => Mounted> = {
  vue(ask, shown) {
    const scope = vue.effectScope()
    const state = vue.ref<'open' | 'shut'>('open')
    scope.run(() => {
      const query = vueQuery(() => ask(state.value))
      vue.watchEffect(() => shown(query.value))
    })
    return {
      become(next) {
        state.value = next
      },
      unmount: () => scope.stop(),
    }
  },
  svelte(ask, shown) {
    const given = writable<'open' | 'shut'>('open')
    const state = fromStore(given)
    // As `$derived` does it, which only a compiled component has.
    const queries = { open: svelteQuery(ask('open')), shut: svelteQuery(ask('shut')) }
    // Runs what reads reactive values anew when they change.
    const unmount = toStore(() => queries[state.current].current).subscribe(shown)
    return { become: (next) => given.set(next), unmount }
  },
  solid: (ask, shown) =>
    solid.createRoot((unmount) => {
      const [state, become] = solid.createSignal<'open' | 'shut'>('open')
      const query = solidQuery(() => ask(state()))
      solid.createEffect(() => shown(query()))
      return { become, unmount }
    }),
}

/** A desk with one component, and what that was shown. */
async function mount(framework: keyof typeof frameworks) {
  const desk = new DeskClient()
  await desk.connect()
  const shown: Shown[] = []
  const ask: Asked = (state) => desk.db.notes.where({ state })
  const component = frameworks[framework]?.(ask, (what) => shown.push(what))
  if (!component) throw new Error('there is no such framework')
  await settle()
  return { desk, shown, ask, component, kinds: () => desk.take().map(([kind]) => kind) }
}

const titlesOf = ({ rows }: Shown) => rows.map(({ title }) => title)

describe.each(Object.keys(frameworks))('%s', (framework) => {
  it('BND-10 what reads a query runs anew when rows change, once for one piece of news', async () => {
    const { desk, shown } = await mount(framework)
    expect(shown.map(({ status }) => status)).toEqual(['loading'])
    desk.take()
    await desk.snapshot(10, note('a', 'Ann'), note('b', 'Bob'))
    expect(shown.slice(1).map(titlesOf)).toEqual([['Ann', 'Bob']])
    await desk.say([
      'rows',
      10,
      11,
      [
        [
          0,
          [],
          [
            ['a', 1, 'Ada'],
            ['b', 1, 'Bea'],
          ],
          [],
        ],
      ],
    ])
    expect(shown.slice(2).map(titlesOf)).toEqual([['Ada', 'Bea']])
  })

  it('BND-10 what mounts later is shown at once what is there', async () => {
    const { desk, ask } = await mount(framework)
    desk.take()
    await desk.snapshot(10, note('a', 'Ann'))
    const later: Shown[] = []
    const component = frameworks[framework]?.(ask, (what) => later.push(what))
    await settle()
    expect(later.map(titlesOf)).toEqual([['Ann']])
    component?.unmount()
  })

  it('BND-11 two share one subscription, which ends with the last of them', async () => {
    const { ask, component, kinds } = await mount(framework)
    expect(kinds()).toEqual(['subscribe'])
    const second = frameworks[framework]?.(ask, () => {})
    await settle()
    component.unmount()
    await settle()
    expect(kinds()).toEqual([])
    second?.unmount()
    await settle()
    expect(kinds()).toEqual(['unsubscribe'])
  })

  it('BND-12 a query of reactive values is another one when they change', async () => {
    const { desk, shown, component, kinds } = await mount(framework)
    desk.take()
    await desk.snapshot(10, note('a', 'Ann'))
    component.become('shut')
    await settle()
    await desk.environment.pass(KEEP_MS)
    expect(kinds().toSorted()).toEqual(['subscribe', 'unsubscribe'])
    expect(shown.at(-1)?.status).toBe('loading')
    component.unmount()
    await settle()
    expect(kinds()).toEqual(['unsubscribe'])
  })
})

it('BND-10 in Svelte it is a store, too, which gives what is there at once', async () => {
  const desk = await DeskClient.live(10, note('a', 'Ann'))
  const shown: string[][] = []
  const stop = svelteQuery(desk.db.notes.all()).subscribe((what) => shown.push(titlesOf(what)))
  expect(shown).toEqual([['Ann']])
  await desk.say(['rows', 10, 11, [[0, [], [['a', 1, 'Ada']], []]]])
  stop()
  expect(shown).toEqual([['Ann'], ['Ada']])
})

it('BND-10 the connection is shown by the same means', async () => {
  const desk = await DeskClient.live(10)
  const scope = vue.effectScope()
  const connection = scope.run(() => vueQuery(desk.db.connection))
  expect(connection?.value.state).toBe('live')
  desk.db.close()
  expect(connection?.value.state).toBe('closed')
  scope.stop()
})
