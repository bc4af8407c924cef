import { hashOf, type Section, sectionOf } from './route.ts'
import { useRoute } from './use-route.ts'

const NAMES: readonly (readonly [Section, string])[] = [
  ['invoices', 'Invoices'],
  ['contacts', 'Contacts'],
  ['profile', 'Business profile'],
]

/** The way to the pages of the application. */
export function MainNav() {
  const current = sectionOf(useRoute())
  return (
    <nav className="main-nav" aria-label="Pages">
      <ul>
        {NAMES.map(([section, name]) => (
          <li key={section}>
            <a
              href={hashOf({ at: section })}
              aria-current={section === current ? 'page' : undefined}
              data-testid={`nav-${section}`}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
