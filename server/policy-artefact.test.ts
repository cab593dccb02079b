import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readArtefact } from '#domain/policy/artefact-import';
import { encodePolicy, exportable, type PolicyText } from '#domain/policy/artefacts';
import { unlockProviders } from '#domain/policy/setting-text';
import { policySettings, type Setting, settingNames } from '#domain/policy/settings';

// What we write, read by a program that we did not write: Samba's parsers of Registry.pol and of registry files. They are in
// Debian's samba-common-bin; `npm test` looks for them, and says so where it has to skip these.
const PYTHON = '/usr/bin/python3';
const NET = '/usr/bin/net';

function hasSamba(): boolean {
  if (!existsSync(PYTHON) || !existsSync(NET)) return false;
  try {
    execFileSync(PYTHON, ['-c', 'import samba.dcerpc.preg'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const RULE = '<rule schemaVersion="1.0"><signal type="bluetooth" scenario="SCENARIO"/></rule>';
const texts = {
  'first-unlock-factors': `${unlockProviders.pin},${unlockProviders.face}`,
  'second-unlock-factors': `${unlockProviders.trustedSignal}, ${unlockProviders.pin}`,
  providers: '{60B78E88-EAD8-445C-9CFD-0B87F74EA6CD}',
  'unlock-signals': RULE.replace('SCENARIO', 'Authentication'),
  'lock-signals': RULE.replace('SCENARIO', 'Dynamic Lock'),
  domains: 'contoso.com;login.example.org',
  domain: 'contoso.com',
} as const;

/** A value for every setting of Windows. */
const values = settingNames.flatMap((name): PolicyText[] => {
  const setting: Setting = policySettings[name];
  if (setting.windows === undefined) return [];
  if (setting.type === 'boolean') return [{ name, text: String(!setting.default) }];
  if (setting.type === 'integer') return [{ name, text: String(setting.maximum) }];
  if (setting.type === 'choice') return [{ name, text: setting.choices[2] ?? '' }];
  return setting.type === 'text' ? [{ name, text: texts[setting.kind] }] : [];
});
const contoso = { name: 'Contoso', tenantId: '1d6e7f90-3c2b-4f5a-9e8d-0a1b2c3d4e5f' };

/** Every value of a registry file or Registry.pol of ours: key, name and what it holds. */
const expected = (format: 'reg' | 'pol') =>
  exportable(format, values).map(({ name, text }) => {
    const { windows, type }: Setting = policySettings[name];
    const number = windows?.codes?.[text] ?? ({ true: 1, false: 0 } as Record<string, number>)[text];
    const value = type === 'text' ? text : (number ?? Number(text));
    return [windows?.registry?.key, windows?.registry?.value, value] as const;
  });

const folder = mkdtempSync(join(tmpdir(), 'latchkey-artefact-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasSamba())('Samba', () => {
  test('reads every entry of Registry.pol, and writes the same bytes', () => {
    const file = join(folder, 'Registry.pol');
    writeFileSync(file, encodePolicy('pol', values, contoso));
    const script = `
import json, sys
from samba.ndr import ndr_unpack, ndr_pack
from samba.dcerpc import preg
data = open(sys.argv[1], 'rb').read()
file = ndr_unpack(preg.file, data)
print(json.dumps({
  'same': ndr_pack(file) == data,
  'signature': file.header.signature,
  'version': file.header.version,
  'entries': [[entry.keyname, entry.valuename, entry.data] for entry in file.entries],
}))`;
    const said = JSON.parse(execFileSync(PYTHON, ['-c', script, file], { encoding: 'utf8' }));
    expect(said).toEqual({ same: true, signature: 'PReg', version: 1, entries: expected('pol') });
  });

  test('reads every value of a registry file, and we read what it writes', () => {
    const ours = join(folder, 'ours.reg');
    const theirs = join(folder, 'theirs.reg');
    const bytes = encodePolicy('reg', values, contoso);
    writeFileSync(ours, bytes);
    execFileSync(NET, ['--configfile=/dev/null', 'registry', 'convert', ours, theirs], { stdio: 'ignore' });
    const written = readFileSync(theirs);
    let key = '';
    const read: unknown[] = [];
    for (const line of written.toString('utf8').split(/\r?\n/)) {
      key = /^\[HKEY_LOCAL_MACHINE\\(.*)\]$/.exec(line)?.[1] ?? key;
      const [, name, number, text] = /^"([^"]+)"=(?:dword:([0-9a-f]{8})|(".*"))$/.exec(line) ?? [];
      if (name === undefined) continue;
      read.push([key, name, number === undefined ? JSON.parse(text ?? '""') : Number.parseInt(number, 16)]);
    }
    expect(read).toHaveLength(expected('reg').length);
    expect(read).toEqual(expect.arrayContaining([...expected('reg')]));
    const [before, after] = [readArtefact(bytes), readArtefact(written)].map(
      (each) => each.ok && [...each.value.understood, ...each.value.refused].map(({ name }) => name),
    );
    expect(after).toEqual(before);
  });
});
