/**
 * What comes after a password, or confirms in one's own session: an approval on a phone, or a code of an authenticator app. The
 * stronger one stands first: a phone shows what is asked for, an app shows a code to whoever asks.
 */
export const secondFactorKinds = ['authenticator', 'totp'] as const;
export type SecondFactorKind = (typeof secondFactorKinds)[number];

/** How many of a kind a person has. */
export type SecondFactorCounts = Readonly<Record<SecondFactorKind, number>>;

/** Each in words. */
export const secondFactorWords: Readonly<
  Record<SecondFactorKind, { readonly name: string; readonly does: string }>
> = {
  authenticator: { name: 'Phone', does: 'approves by number' },
  totp: { name: 'Authenticator app', does: 'shows codes' },
};

/**
 * The kind that is asked for first: the person's own choice while there is one of it, else the strongest that they have
 * ("system-preferred"). Null where they have none.
 */
export function askedFirst(
  counts: SecondFactorCounts,
  preferred: SecondFactorKind | null,
): SecondFactorKind | null {
  if (preferred !== null && counts[preferred] > 0) return preferred;
  return secondFactorKinds.find((kind) => counts[kind] > 0) ?? null;
}
