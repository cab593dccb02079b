/** Roll-out: rings are planned, opened and paused on screen, and a failing ring leads to its events. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled } from './visitor.ts';

const REG = [
  'Windows Registry Editor Version 5.00',
  '',
  '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\PassportForWork]',
  '"UseBiometrics"=dword:00000001',
  '',
].join('\r\n');
