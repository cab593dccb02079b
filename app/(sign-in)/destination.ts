import type { Route } from 'next';

/** Where a way in leads when it was taken for something: `?then=` names it. */
const destinations: Readonly<Record<string, Route>> = {
  'add-browser': '/provision?step=device' as Route,
  'pin-reset': '/pin-reset',
};

export function destination(then: string | undefined, otherwise: Route): Route {
  return (then === undefined ? undefined : destinations[then]) ?? otherwise;
}
