import type { Person } from './people.ts'
import { signIn } from './sign-in-store.ts'
import { namesAmong, usePeople } from './use-people.ts'

type Props = { waitingFor: string | undefined; error: string | undefined }

/** The development sign-in: choose who this window is. */
export function SignInPage({ waitingFor, error }: Props) {
  const people = usePeople()
  const here = people.is === 'failed' ? people.here : []
  const problem =
    error ?? (people.is === 'failed' ? `The people to choose from did not load. ${people.error}` : undefined)
  return (
    <main className="sign-in">
      <h1>Who are you?</h1>
      {here.length === 0 && (
        <p className="muted">
          Open a second window and be someone else there: each sees what the other does.
        </p>
      )}
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {here.length > 0 && <p>Whoever worked in this browser goes on with what it has kept:</p>}
      {tenantsOf(namesAmong(people)).map(([tenant, members]) => (
        <section key={tenant} aria-label={`People of ${tenant}`}>
          <h2>{tenant}</h2>
          <ul className="people">
            {members.map((member) => (
              <li key={member.person}>
                <PersonButton member={member} waitingFor={waitingFor} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  )
}

function PersonButton({ member, waitingFor }: { member: Person; waitingFor: string | undefined }) {
  const { person, name, role } = member
  return (
    <button
      type="button"
      className="person"
      data-testid={`person-${person}`}
      disabled={waitingFor !== undefined}
      aria-busy={waitingFor === person}
      onClick={() => void signIn(person)}
    >
      <span className="avatar" aria-hidden="true">
        {name.slice(0, 1)}
      </span>
      <span className="person-name">{name}</span>
      <span className="muted">{role}</span>
    </button>
  )
}

function tenantsOf(people: readonly Person[]): [string, Person[]][] {
  return [...Map.groupBy(people, (person) => person.tenant)]
}
