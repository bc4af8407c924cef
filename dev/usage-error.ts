/** A mistake of whoever typed the command, or of their project; its message is all that they need to read. */
export class UsageError extends Error {}
