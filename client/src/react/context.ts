import { createContext, createElement, type ReactNode, useContext } from 'react'

/**
 * Makes a provider of an application's client, and the hook that gives it to components below.
 *
 * @example export const { TidemarkProvider, useTidemark } = createTidemark<Client<App>>()
 */
export function createTidemark<Db extends object>() {
  const Context = createContext<Db | undefined>(undefined)
  return {
    TidemarkProvider: ({ client, children }: { client: Db; children?: ReactNode }) =>
      createElement(Context.Provider, { value: client }, children),
    useTidemark(): Db {
      const client = useContext(Context)
      if (client) return client
      throw new Error('There is no client here: put the component into a TidemarkProvider.')
    },
  }
}
