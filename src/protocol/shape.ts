/**
 * The form of a value, as a check that is small enough for a page. It gives undefined for a value that has the form, and
 * else the path to what has not. The schemas beside it describe the same at more length, and tests hold that they agree.
 */
export type Shape<T> = ((value: unknown) => string | undefined) & { readonly of?: T }

type Of<Given> = Given extends Shape<infer T> ? T : never
type Shapes = Readonly<Record<string, Shape<unknown>>>
type Fields<Given extends Shapes> = { [Key in keyof Given]: Of<Given[Key]> }

/** Does a value have a form? */
export function is<T>(shape: Shape<T>, value: unknown): value is T {
  return shape(value) === undefined
}

/** A value that a condition holds for. */
export function such<T>(holds: (value: unknown) => boolean): Shape<T> {
  return (value) => (holds(value) ? undefined : '')
}

export const text = such<string>((value) => typeof value === 'string')
export const number = such<number>((value) => typeof value === 'number')
export const flag = such<boolean>((value) => typeof value === 'boolean')

/** A whole number from `least` on. */
export const whole = (least = 0) =>
  such<number>((value) => Number.isSafeInteger(value) && Number(value) >= least)

/** A text that a pattern matches. */
export const like = <T extends string>(pattern: RegExp) =>
  such<T>((value) => typeof value === 'string' && pattern.test(value))

/** One of some values. */
export const oneOf = <const T>(...values: readonly T[]) =>
  such<T>((value) => values.some((one) => one === value))

/** The value, or nothing at all. */
export const maybe =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value) =>
    value === undefined ? undefined : shape(value)

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? undefined : shape(value)

/** A value of one of several forms. */
export const either =
  <const Given extends readonly Shape<unknown>[]>(...shapes: Given): Shape<Of<Given[number]>> =>
  (value) =>
    shapes.some((shape) => shape(value) === undefined) ? undefined : ''

/** A list whose items all have a form. */
export const list =
  <T>(item: Shape<T>): Shape<T[]> =>
  (value) =>
    isList(value) ? within(value, value.keys(), () => item) : ''

/** A list that begins with items of these forms. */
export const tuple =
  <const Given extends readonly Shape<unknown>[]>(
    ...shapes: Given
  ): Shape<{ -readonly [Place in keyof Given]: Of<Given[Place]> }> =>
  (value) =>
    isList(value) ? within(value, shapes.keys(), (place) => shapes[place]) : ''

/** A list of items of these forms, and no more. */
export const exactly =
  <const Given extends readonly Shape<unknown>[]>(
    ...shapes: Given
  ): Shape<{ -readonly [Place in keyof Given]: Of<Given[Place]> }> =>
  (value) =>
    isList(value) && value.length === shapes.length ? tuple(...shapes)(value) : ''

/** An object that has some keys, and may have others. */
export const object =
  <const Needed extends Shapes, const Other extends Shapes = Record<never, never>>(
    needed: Needed,
    other?: Other,
  ): Shape<Fields<Needed> & { [Key in keyof Other]?: Of<Other[Key]> }> =>
  (value) => {
    if (!isObject(value)) return ''
    const shapes: Shapes = needed
    const others: Shapes = other ?? {}
    return (
      within(value, Object.keys(shapes), (key) => shapes[key]) ??
      within(value, Object.keys(others), (key) => others[key] && maybe(others[key]))
    )
  }

/** An object whose values all have a form, whatever its keys. */
export const record =
  <T>(item: Shape<T>): Shape<Record<string, T>> =>
  (value) =>
    isObject(value) ? within(value, Object.keys(value), () => item) : ''

function within<Key extends PropertyKey>(
  value: { readonly [At in Key]?: unknown },
  keys: Iterable<Key>,
  shapeOf: (key: Key) => Shape<unknown> | undefined,
): string | undefined {
  for (const key of keys) {
    const at = shapeOf(key)?.(value[key])
    if (at !== undefined) return `.${String(key)}${at}`
  }
  return undefined
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
