import 'server-only';
import { ok, type Result, refuse } from '#domain/result';

export interface Slots {
  /** A place for this person, or why there is none. What comes back gives the place back; calling it twice is harmless. */
  take(personId: string): Result<() => void>;
  readonly taken: number;
}

/** Places for what stays open for long, in this process: so many for one person, so many in all. */
export function createSlots(limits: { readonly perPerson: number; readonly inAll: number }): Slots {
  const held = new Map<string, number>();
  let all = 0;
  return {
    take: (personId) => {
      const own = held.get(personId) ?? 0;
      if (own >= limits.perPerson) return refuse('too_many_streams', { retryAfterSeconds: 10 });
      if (all >= limits.inAll) return refuse('streams_busy', { retryAfterSeconds: 10 });
      held.set(personId, own + 1);
      all += 1;
      let open = true;
      return ok(() => {
        if (!open) return;
        open = false;
        all -= 1;
        const left = (held.get(personId) ?? 1) - 1;
        if (left === 0) held.delete(personId);
        else held.set(personId, left);
      });
    },
    get taken() {
      return all;
    },
  };
}

/** One value for each runtime: a process has one, a test has several. */
export function perRuntime<R extends object, T>(create: (runtime: R) => T): (runtime: R) => T {
  const made = new WeakMap<R, T>();
  return (runtime) => {
    const known = made.get(runtime);
    if (known !== undefined) return known;
    const fresh = create(runtime);
    made.set(runtime, fresh);
    return fresh;
  };
}
