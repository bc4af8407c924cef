/**
 * The version of the engine's schema in Postgres that this Worker is made for: that which the newest migration makes.
 * It moves with each migration that changes what Workers call (`tables/version.sql`).
 */
export const SCHEMA_VERSION = 1
