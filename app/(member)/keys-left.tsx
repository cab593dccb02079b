/** What gets a person in after something is lost, said before it is. */
export function KeysLeft({ keys, password }: { keys: number; password: boolean }) {
  if (keys > 0)
    return <p>{keys === 1 ? 'One other key still gets you in.' : `${keys} other keys still get you in.`}</p>;
  return (
    <p className="font-semibold text-ink">
      Then you have no key left.{' '}
      {password
        ? 'Your password may still sign you in, and an administrator can give you a pass to make a new key.'
        : 'Only a pass from an administrator gets you back in.'}
    </p>
  );
}
