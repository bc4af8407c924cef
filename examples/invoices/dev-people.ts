/** The people of the seeded tenants, whom the local stack lets in without a password. */
export const PEOPLE = [
  { person: 'ada', name: 'Ada', role: 'owner', tenant: 'acme' },
  { person: 'ben', name: 'Ben', role: 'clerk', tenant: 'acme' },
  { person: 'cleo', name: 'Cleo', role: 'clerk', tenant: 'acme' },
  { person: 'vic', name: 'Vic', role: 'viewer', tenant: 'acme' },
  { person: 'gus', name: 'Gus', role: 'owner', tenant: 'globex' },
] as const
