import 'server-only';

/** A wrong use of the command line; the message is what to do instead. */
export class UsageError extends Error {}
