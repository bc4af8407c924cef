import { APPLICATION_ROLE } from '../../application-role.ts'
import { type Finding, fine, stop } from '../finding.ts'
import type { WallFacts } from './read-wall.ts'

const MIGRATE = 'Run tidemark migrate; if a migration has made it before, run this again'

/** Where the second wall of a database has a hole, or keeps out somebody whom it is not there for. */
export function compareWall(facts: WallFacts): Finding[] {
  return [
    ...roleFindings(facts),
    ...facts.owned.map((name) =>
      stop(
        APPLICATION_ROLE,
        `owns ${name}, and an owner is not bound by policies. Give it to the role that migrates: ALTER ... OWNER TO.`,
      ),
    ),
    ...facts.unpinned.map((name) =>
      stop(
        name,
        'finds what it names by the search path of its caller. A function of the engine has one of its own; npm run db:functions says what differs.',
      ),
    ),
    ...facts.lacking.map(({ table, statements }) =>
      stop(`tidemark.${table}`, `lacks what keeps tenants apart. ${MIGRATE}: ${statements.join(' ')}`),
    ),
    ...tableFindings(facts),
    ...facts.losers.map(({ table, name, rights }) =>
      stop(
        table,
        `${name} may ${rights}, and no policy lets it at a row. Name it in otherRoles of tidemark.json, run \`tidemark generate\`, then \`tidemark migrate\`; or revoke what it is not to have.`,
      ),
    ),
  ]
}

function roleFindings({ roles }: WallFacts): Finding[] {
  const findings = roles.flatMap(({ name, powers, memberOf }) => [
    ...powers.map((power) =>
      stop(name, `has ${power}, so the policies do not hold it. ALTER ROLE ${name} NO${power}.`),
    ),
    ...memberOf.map((other) =>
      stop(name, `is a member of ${other}, and may take its rights. REVOKE ${other} FROM ${name}.`),
    ),
  ])
  if (roles.some(({ canSignIn }) => canSignIn)) return findings
  const why = 'nobody signs in as it, so the Worker connects as a role that no policy binds'
  return [...findings, fine(APPLICATION_ROLE, `${why}: docs/second-wall.md says how to let it in.`)]
}

function tableFindings(facts: WallFacts): Finding[] {
  return [
    ...facts.elsewhere.map((table) =>
      stop(table, 'is not in the schema public, where the functions of the engine look for it.'),
    ),
    ...facts.otherOwner.map((table) =>
      stop(
        table,
        'belongs to another role than the engine, for which its rows are hidden: a TRUNCATE would go unrecorded. Make one role the owner of both.',
      ),
    ),
    ...facts.looseKeys.map(({ table, name }) =>
      stop(
        table,
        `the foreign key "${name}" does not begin with tenant_id on both sides, so a row may refer to another tenant's.`,
      ),
    ),
    ...facts.excess.map(({ table, name }) =>
      stop(table, `${APPLICATION_ROLE} may ${name}, which policies do not hold back. Revoke it.`),
    ),
    ...facts.sequences.map(({ table, name }) =>
      stop(
        table,
        `a default draws from ${name}, which ${APPLICATION_ROLE} may not. GRANT USAGE ON SEQUENCE ${name} TO ${APPLICATION_ROLE};`,
      ),
    ),
    ...facts.triggers.map(({ table, name }) =>
      fine(
        table,
        `the trigger "${name}" runs with the rights of who writes: for edits, of ${APPLICATION_ROLE}. Grant that what it needs, or make its function SECURITY DEFINER.`,
      ),
    ),
  ]
}
