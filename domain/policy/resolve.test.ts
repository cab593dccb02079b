import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, policyOf, resolve } from './resolve.ts';
import { parseSetting, policySettings, type SettingName, settingNames, settingText } from './settings.ts';
import { type Rank, ranks } from './source.ts';

const USE = 'UsePassportForWork';
const MINIMUM = 'PINComplexity/MinimumPINLength';
const MAXIMUM = 'PINComplexity/MaximumPINLength';
const EXPIRATION = 'PINComplexity/Expiration';

function says(
  id: string,
  rank: Rank,
  name: string,
  value: string,
  given: Partial<Candidate> = {},
): Candidate {
  const kind =
    rank === 'tenant' || rank === 'device_lock'
      ? rank
      : rank.startsWith('gpo')
        ? 'group_policy'
        : 'settings_catalog';
  return {
    source: { id, kind, name: id, version: 1 },
    rank,
    order: 1,
    name,
    value,
    applies: 'yes',
    ...given,
  };
}

const reasons = (resolved: { losers: readonly { source: { id: string }; reason: string }[] }) =>
  Object.fromEntries(resolved.losers.map(({ source, reason }) => [source.id, reason]));

describe('a setting with several sources', () => {
  test('is what the highest rank says, the user before the computer in each', () => {
    const all = ranks
      .filter((rank) => rank !== 'device_lock')
      .map((rank, at) => says(rank, rank, MINIMUM, String(10 + at)));
    for (let at = 0; at < all.length; at += 1) {
      const rest = all.slice(at);
      const resolved = resolve(MINIMUM, rest);
      expect(resolved).toMatchObject({ value: 10 + at, rank: rest[0]?.rank, known: true });
      expect(Object.values(reasons(resolved))).toEqual(rest.slice(1).map(() => 'outranked'));
    }
  });

  test('is decided between group policy objects by their link order', () => {
    const first = says('a', 'gpo_device', USE, 'false', { order: 2 });
    const second = says('b', 'gpo_device', USE, 'true', { order: 1 });
    expect(resolve(USE, [first, second])).toMatchObject({ value: true, source: { id: 'b' } });
  });

  test('follows neither of two Intune profiles that disagree, and says so of both', () => {
    const one = says('one', 'csp_device', USE, 'false');
    const other = says('other', 'csp_device', USE, 'true');
    const resolved = resolve(USE, [one, other]);
    expect(resolved).toMatchObject({ value: policySettings[USE].default, source: null });
    expect(reasons(resolved)).toEqual({ one: 'conflict', other: 'conflict' });
    const below = resolve(USE, [one, other, says('tenant', 'tenant', USE, 'false')]);
    expect(below).toMatchObject({ value: false, rank: 'tenant' });
  });

  test('names everybody who says the same', () => {
    const resolved = resolve(USE, [
      says('b', 'csp_device', USE, 'false'),
      says('a', 'csp_device', USE, 'false'),
    ]);
    expect(resolved.source?.id).toBe('a');
    expect(reasons(resolved)).toEqual({ b: 'same' });
  });

  test('ignores what is no value, and says so', () => {
    const resolved = resolve(MINIMUM, [
      says('gpo', 'gpo_user', MINIMUM, '3'),
      says('csp', 'csp_device', MINIMUM, '8'),
    ]);
    expect(resolved).toMatchObject({ value: 8, source: { id: 'csp' } });
    expect(reasons(resolved)).toEqual({ gpo: 'invalid' });
  });

  test('is made stricter by DeviceLock, never looser', () => {
    const profile = says('profile', 'csp_device', MINIMUM, '8');
    const strict = resolve(MINIMUM, [profile, says('lock', 'device_lock', MINIMUM, '10')]);
    expect(strict).toMatchObject({ value: 10, source: { id: 'lock' } });
    expect(reasons(strict)).toEqual({ profile: 'tightened' });
    const loose = resolve(MINIMUM, [profile, says('lock', 'device_lock', MINIMUM, '6')]);
    expect(loose).toMatchObject({ value: 8, source: { id: 'profile' } });
    expect(reasons(loose)).toEqual({ lock: 'not_stricter' });
    // Never expiring is the loosest.
    expect(resolve(EXPIRATION, [says('lock', 'device_lock', EXPIRATION, '90')]).value).toBe(90);
    const never = [says('p', 'csp_device', EXPIRATION, '30'), says('lock', 'device_lock', EXPIRATION, '0')];
    expect(resolve(EXPIRATION, never).value).toBe(30);
  });

  test('is not known while a source that may apply would change it', () => {
    const sure = says('sure', 'csp_device', USE, 'true');
    const perhaps = (rank: Rank, value: string) => says('perhaps', rank, USE, value, { applies: 'unknown' });
    expect(resolve(USE, [sure, perhaps('gpo_device', 'false')])).toMatchObject({ value: true, known: false });
    const below = says('tenant', 'tenant', USE, 'false');
    expect(resolve(USE, [sure, perhaps('csp_device', 'false'), below]).known).toBe(false);
    // Neither would apply, and the default says what the sure one says.
    expect(resolve(USE, [sure, perhaps('csp_device', 'false')]).known).toBe(true);
    expect(resolve(USE, [sure, perhaps('gpo_device', 'true')]).known).toBe(true);
    expect(resolve(USE, [sure, perhaps('tenant', 'false')]).known).toBe(true);
    expect(resolve(USE, [perhaps('tenant', 'false')])).toMatchObject({ value: true, known: false });
  });
});

describe('settings together', () => {
  test('a shortest PIN that is longer than the longest takes both back to their defaults', () => {
    const policy = policyOf([
      says('gpo', 'gpo_device', MINIMUM, '20'),
      says('csp', 'csp_device', MAXIMUM, '10'),
    ]);
    expect(policy(MINIMUM)).toMatchObject({ value: policySettings[MINIMUM].default, source: null });
    expect(policy(MAXIMUM)).toMatchObject({ value: policySettings[MAXIMUM].default, source: null });
    expect(reasons(policy(MINIMUM))).toEqual({ gpo: 'reverted' });
  });

  test('DeviceLock asks for no PIN that is longer than the longest, and takes nothing back by that', () => {
    const profile = [says('p', 'csp_device', MINIMUM, '8'), says('p', 'csp_device', MAXIMUM, '8')];
    const policy = policyOf([...profile, says('lock', 'device_lock', MINIMUM, '10')]);
    expect(policy(MINIMUM)).toMatchObject({ value: 8, source: { id: 'p' } });
    expect(policy(MAXIMUM)).toMatchObject({ value: 8, source: { id: 'p' } });
    expect(reasons(policy(MINIMUM))).toEqual({ lock: 'longer_than_longest' });
    const wide = policyOf([
      says('p', 'csp_device', MAXIMUM, '12'),
      says('lock', 'device_lock', MINIMUM, '10'),
    ]);
    expect(wide(MINIMUM)).toMatchObject({ value: 10, source: { id: 'lock' } });
  });

  test('what is in doubt of one makes the other unknown, too, and a contradiction in doubt brings the next rank', () => {
    const doubtful = { applies: 'unknown' } as const;
    const lengths = policyOf([
      says('sure', 'csp_device', MINIMUM, '8'),
      says('perhaps', 'gpo_device', MAXIMUM, '7', doubtful),
    ]);
    expect(lengths(MINIMUM)).toMatchObject({ value: 8, known: false });
    const trust = policyOf([
      says('sure', 'csp_device', 'UseCloudTrustForOnPremAuth', 'true'),
      says('perhaps', 'csp_device', 'UseCertificateForOnPremAuth', 'true', doubtful),
    ]);
    expect(trust('UseCloudTrustForOnPremAuth')).toMatchObject({ value: true, known: false });
    const tightened = policyOf([
      says('one', 'csp_device', MINIMUM, '6'),
      says('lock', 'device_lock', MINIMUM, '8'),
      says('tenant', 'tenant', MINIMUM, '12'),
      says('perhaps', 'csp_device', MINIMUM, '8', doubtful),
    ]);
    expect(tightened(MINIMUM)).toMatchObject({ value: 8, known: false });
  });

  test('certificates go before cloud trust', () => {
    const policy = policyOf([
      says('a', 'csp_device', 'UseCloudTrustForOnPremAuth', 'true'),
      says('b', 'csp_device', 'UseCertificateForOnPremAuth', 'true'),
    ]);
    expect(policy('UseCloudTrustForOnPremAuth')).toMatchObject({ value: false, source: null });
    expect(reasons(policy('UseCloudTrustForOnPremAuth'))).toEqual({ a: 'certificate_wins' });
    expect(policy('UseCertificateForOnPremAuth').value).toBe(true);
  });
});

/** Values of one setting by sources of every rank, some of them nonsense. */
const scenario = fc
  .constantFrom<SettingName>(USE, MINIMUM, EXPIRATION, 'PINComplexity/Digits')
  .chain((name) => {
    const values = { boolean: ['true', 'false', 'x'], integer: ['0', '4', '6', '9', '127', 'x'] } as const;
    const type = policySettings[name].type;
    const texts =
      type === 'boolean' || type === 'integer' ? values[type] : ['allow', 'require', 'forbid', 'x'];
    const candidate = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      rank: fc.constantFrom(...ranks),
      order: fc.integer({ min: 1, max: 2 }),
      value: fc.constantFrom(...texts),
    });
    return fc.record({
      name: fc.constant(name),
      candidates: fc
        .uniqueArray(candidate, { maxLength: 8, selector: ({ id, rank }) => `${id} ${rank}` })
        .map((list) => list.map(({ id, rank, order, value }) => says(id, rank, name, value, { order }))),
      extra: candidate.map(({ rank, order, value }) => says('extra', rank, name, value, { order })),
    });
  });

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The candidates where those in doubt apply whose bits are set in `choice`. */
const each = (all: readonly Candidate[], choice: number): Candidate[] => {
  let bit = 0;
  return all.flatMap((candidate) => {
    if (candidate.applies !== 'unknown') return [candidate];
    const on = (choice >> bit) & 1;
    bit += 1;
    return on ? [{ ...candidate, applies: 'yes' as const }] : [];
  });
};
const subsets = (all: readonly Candidate[]) => {
  const doubts = all.filter(({ applies }) => applies === 'unknown').length;
  return Array.from({ length: 2 ** doubts }, (_, choice) => each(all, choice));
};

const place = ({ rank, order }: Candidate) => ranks.indexOf(rank) * 10 + order;

describe('whatever the sources say', () => {
  test('the order of input changes nothing', () => {
    fc.assert(
      fc.property(scenario, fc.infiniteStream(fc.nat()), ({ name, candidates }, numbers) => {
        const shuffled = candidates
          .map((candidate) => ({ candidate, at: numbers.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ candidate }) => candidate);
        expect(resolve(name, shuffled)).toEqual(resolve(name, candidates));
      }),
    );
  });

  test('every value that is not the one that applies is named with its reason, and none twice', () => {
    fc.assert(
      fc.property(scenario, ({ name, candidates }) => {
        const { source, rank, losers } = resolve(name, candidates);
        const named = losers.map((each) => `${each.source.id} ${each.rank}`);
        const winner = source === null ? [] : [`${source.id} ${rank}`];
        expect([...named, ...winner].sort()).toEqual(
          candidates.map((each) => `${each.source.id} ${each.rank}`).sort(),
        );
      }),
    );
  });

  test('a lower source never changes a value that is set, except that DeviceLock tightens', () => {
    fc.assert(
      fc.property(scenario, ({ name, candidates, extra }) => {
        const before = resolve(name, candidates);
        const set = candidates.find(
          ({ source, rank }) => source.id === before.source?.id && rank === before.rank,
        );
        const after = resolve(name, [...candidates, extra]);
        if (set === undefined || set.rank === 'device_lock' || place(extra) <= place(set)) return;
        if (extra.rank !== 'device_lock') {
          expect(after).toMatchObject({ value: before.value, source: before.source });
        } else if (settingText(after.value) !== settingText(before.value)) {
          expect(after.source?.id).toBe('extra');
          if (name === MINIMUM) expect(Number(after.value)).toBeGreaterThan(Number(before.value));
          if (name === EXPIRATION)
            expect(Number(before.value) === 0 || Number(after.value) < Number(before.value)).toBe(true);
        }
      }),
    );
  });

  test('a value of the user at a level hides every value of the computer there', () => {
    fc.assert(
      fc.property(scenario, fc.constantFrom('gpo', 'csp'), ({ name, candidates }, level) => {
        const own = says(
          'user',
          `${level as 'gpo' | 'csp'}_user`,
          name,
          settingText(policySettings[name].default),
        );
        const others = candidates.filter(({ rank }) => rank !== own.rank && rank !== 'device_lock');
        const higher = others.filter((each) => ranks.indexOf(each.rank) < ranks.indexOf(own.rank));
        const { rank } = resolve(name, [...others, own]);
        expect(rank).toBe(resolve(name, higher).rank ?? own.rank);
      }),
    );
  });

  test('a value is known exactly where it is the same whichever of those in doubt apply', () => {
    fc.assert(
      fc.property(scenario, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), (drawn, doubtful) => {
        const { name } = drawn;
        const all = [...drawn.candidates, drawn.extra].map(
          (each, at): Candidate => (doubtful[at] ? { ...each, applies: 'unknown' } : each),
        );
        const { value, known } = resolve(name, all);
        expect(value).toEqual(resolve(name, each(all, 0)).value);
        expect(known).toBe(subsets(all).every((some) => same(resolve(name, some).value, value)));
      }),
    );
  });

  test('tied together no value is called known that could be another', () => {
    const bit = fc.constantFrom('true', 'false');
    const length = fc.constantFrom('4', '6', '8', '10', '127');
    const tied = (names: readonly SettingName[], texts: fc.Arbitrary<string>) =>
      fc.array(
        fc
          .record({
            id: fc.constantFrom('a', 'b', 'c', 'd'),
            name: fc.constantFrom(...names),
            rank: fc.constantFrom(...ranks),
            value: texts,
            applies: fc.constantFrom<Candidate['applies']>('yes', 'unknown'),
          })
          .filter(({ name, rank }) => rank !== 'device_lock' || name === MINIMUM)
          .map(({ id, rank, name, value, applies }) => says(id, rank, name, value, { applies })),
        { maxLength: 7 },
      );
    const scenarios = [
      { names: [MINIMUM, MAXIMUM], texts: length },
      { names: ['UseCloudTrustForOnPremAuth', 'UseCertificateForOnPremAuth'], texts: bit },
    ] as const;
    for (const { names, texts } of scenarios)
      fc.assert(
        fc.property(tied(names, texts), (all) => {
          for (const name of names) {
            const { value, known } = policyOf(all)(name);
            const could = subsets(all).map((some) => policyOf(some)(name).value);
            if (known) expect(could.every((each) => same(each, value))).toBe(true);
          }
        }),
      );
  });

  test('DeviceLock never makes a PIN shorter or its longest longer', () => {
    const texts = fc.constantFrom('4', '6', '8', '10', '127');
    const ranked = fc.constantFrom(...ranks.filter((rank) => rank !== 'device_lock'));
    const value = fc
      .record({ name: fc.constantFrom<SettingName>(MINIMUM, MAXIMUM), rank: ranked, text: texts })
      .map(({ name, rank, text }) => says(`${rank} ${name}`, rank, name, text));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), texts, (set, text) => {
        const without = policyOf(set);
        const locked = policyOf([...set, says('lock', 'device_lock', MINIMUM, text)]);
        expect(Number(locked(MINIMUM).value)).toBeGreaterThanOrEqual(Number(without(MINIMUM).value));
        expect(locked(MAXIMUM).value).toBe(without(MAXIMUM).value);
      }),
    );
  });

  test('the value is always one that the setting can have', () => {
    fc.assert(
      fc.property(scenario, ({ name, candidates }) => {
        const { value } = resolve(name, candidates);
        expect(parseSetting(name, settingText(value))).toEqual(value);
      }),
    );
  });

  test('no other setting is touched', () => {
    fc.assert(
      fc.property(scenario, fc.constantFrom(...settingNames), ({ name, candidates }, other) => {
        if (other !== name) expect(resolve(other, candidates)).toEqual(resolve(other, []));
      }),
    );
  });
});
