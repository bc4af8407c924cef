/**
 * Roles in Postgres of other programs, such as a reporting tool, that go on seeing the rows of all tenants in the
 * synced tables, as far as they have the rights. `npm run db:triggers` writes policies for them, and
 * `npm run check:schema` names the roles that would lose something without one.
 */
export const OTHER_ROLES: readonly string[] = []
