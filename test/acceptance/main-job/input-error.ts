/** What a person gave cannot be used. The message says what is wrong with it, and the way out. */
export class InputError extends Error {}
