import type { Route } from 'next';

/** Where a way in leads when it was taken for something: `?then=` names it. */
const destinations: Readonly<Record<string, Route>> = {
  'add-browser': '/provision?step=device' as Route,
  'pin-reset': '/pin-reset',
};

export function destination<Otherwise extends Route | undefined>(
  then: string | undefined,
  otherwise: Otherwise,
): Route | Otherwise {
  return (then === undefined ? undefined : destinations[then]) ?? otherwise;
}
