import type { Chapter } from './chapter.ts';

/** The story, in the order in which an organisation lives it. Its people are the cast of the demo tenant. */
export const chapters = [
  {
    id: 'password',
    title: 'Today there is a password, and whoever knows it gets in',
    line: 'A secret that can be told can be taken.',
    points: [
      'Tomás builds boats. He has one password, he types it in many places, and he cannot know which of them are ours.',
      'Nothing in a password says who typed it, where, or on what.',
      'Latchkey lets it in for now, so that everybody can move at their own pace. Watch what it opens, and what it does not.',
    ],
    steps: [
      'In the colleague’s browser, sign in as Tomás with the password above.',
      'Open Security info and try to add a key.',
    ],
    look: [
      'The sign-in works from any browser.',
      'Adding a key asks for more: a password alone registers nothing.',
    ],
    places: [
      { label: 'Sign in with a password', href: '/sign-in/password', by: 'colleague' },
      { label: 'Security info', href: '/security-info', by: 'colleague' },
    ],
    start: [{ does: 'set_password', who: 'tomas' }],
    attacks: [],
  },
  {
    id: 'join',
    title: 'A browser joins as a device, and policy arrives on it',
    line: 'First the device is known, then it is told the rules, then there is a key.',
    points: [
      'Registering gives this browser a key of its own. It recognises the profile and says nothing about hardware.',
      'Policy comes to the device as it would from management. Every value names where it comes from.',
      'Provisioning starts when its prerequisites hold, and says for each one whether it could be seen.',
    ],
    steps: [
      'Open Mia’s link in the colleague’s browser and press Continue.',
      'Name the device STUDIO-07 and register it. Stop before the key.',
      'In administration, open Resultant policy for Mia on STUDIO-07.',
    ],
    look: [
      'The prerequisites: yes, no, or not tested.',
      'The event log: 105 device registered, 358 provisioning will be launched.',
    ],
    places: [
      { label: 'Resultant policy', href: '/admin/policy/resultant', by: 'presenter' },
      { label: 'Event log', href: '/admin/events', by: 'presenter' },
    ],
    start: [{ does: 'issue_pass', who: 'mia' }],
    attacks: [],
  },
  {
    id: 'provision',
    title: 'A pass proves who you are once, and a key takes over',
    line: 'The pass ends with its use. The key stays on the device.',
    points: [
      'Before a key is made, somebody has to be sure who is in front of it: a pass counts as that for ten minutes.',
      'The system asks for the PIN, the face or the finger. None of them reaches us.',
      'The card says how the key is protected, and only what was proven.',
    ],
    steps: [
      'In the colleague’s browser, open Mia’s link, name the device STUDIO-07, register it and create the key.',
      'Sign out and open the link once more: it worked once.',
    ],
    look: [
      'The ring that counts ten minutes down.',
      'The key card: TPM, software or not verified.',
      'The event log: 300, with the key’s ID.',
    ],
    places: [
      { label: 'Live ceremony', href: '/live', by: 'colleague' },
      { label: 'Event log', href: '/admin/events', by: 'presenter' },
    ],
    start: [{ does: 'issue_pass', who: 'mia' }],
    attacks: [],
  },
  {
    id: 'sign-in',
    title: 'From now on one gesture signs in',
    line: 'Two factors, one gesture: this device, and its owner.',
    points: [
      'No name, no password: the key knows whose it is.',
      'What was signed is of use once, and at this address only. Two attackers are about to try.',
    ],
    steps: [
      'Where Mia has no key yet, as after setting this chapter up: open her link and make one, on STUDIO-07.',
      'Sign out, then press Sign in with a key.',
      'Run both attacks.',
    ],
    look: [
      'Home says in one line how one got in.',
      'Both attacks had everything but a fresh signature for this address.',
    ],
    places: [
      { label: 'Sign in', href: '/sign-in', by: 'colleague' },
      { label: 'Live ceremony', href: '/live', by: 'colleague' },
    ],
    start: [{ does: 'issue_pass', who: 'mia' }],
    attacks: ['replayed_assertion', 'wrong_origin'],
  },
  {
    id: 'second-device',
    title: 'A second browser is added, a second device gets its own key',
    line: 'A key is good where it was made. What roams is a passkey, and is called one.',
    points: [
      'Windows keeps the key for the machine, so a second browser there can be added to the device: one gesture and a fresh proof.',
      'Another machine is another device, with another key. Losing one leaves the other.',
      'Somebody who copied a key brings it from a device of their own. See what that is worth.',
    ],
    steps: [
      'Where Mia has no key yet: open her link in the colleague’s browser and make one, on STUDIO-07.',
      'In another browser profile on the same machine, sign in with that key, follow Add this browser, and use her pass once more.',
      'On another machine, or in one more profile with the key that the browser keeps: open her link and make a key, on STUDIO-08.',
      'Run the attack.',
    ],
    look: [
      'Two devices in My devices: STUDIO-07 with two browsers, STUDIO-08 with a key of its own.',
      'The refusal says that the key belongs to another device, and not to which.',
    ],
    places: [{ label: 'My devices', href: '/devices', by: 'colleague' }],
    start: [
      { does: 'set_policy', name: 'SoftwareKeys', value: 'choice' },
      { does: 'issue_pass', who: 'mia', again: true },
    ],
    attacks: ['other_device'],
  },
  {
    id: 'new-key',
    title: 'A forgotten PIN, the thorough way: a new key takes the old one’s place',
    line: 'Nobody can look a PIN up. So one proves oneself again.',
    points: [
      'We never had the PIN, so we cannot send it. This reset throws the old key away.',
      'It takes a proof by another way than the key that is being replaced.',
      'Old key out, new key in: one step. Whoever is cut off in the middle still has one of them.',
    ],
    steps: [
      'Where Mia has no key yet: open her link and make one in Windows Hello, on STUDIO-07.',
      'Sign out and choose I forgot my PIN, With a pass: hers works once more. Then make the new key.',
      'Run the attack: it has the right password and nothing else.',
    ],
    look: [
      'What stays and what goes is said before anything happens.',
      'The event log: PIN reset, with both keys.',
    ],
    places: [{ label: 'I forgot my PIN', href: '/pin-reset', by: 'colleague' }],
    start: [
      {
        does: 'issue_pass',
        who: 'mia',
        reason: 'PIN forgotten; called back on the number in the directory',
        again: true,
      },
    ],
    attacks: ['reset_without_mfa'],
  },
  {
    id: 'kept-key',
    title: 'A forgotten PIN, the gentle way: a new PIN for the same key',
    line: 'The service can open its half, and only after you have proven who you are.',
    points: [
      'The device keeps a second lock on its key, whose opener is sealed to the PIN reset service.',
      'The service opens it for a device with a ticket, and a ticket takes a fresh proof.',
      'The key stays the same, and so does everything that trusts it.',
    ],
    steps: [
      'Open Mia’s link in a browser where she has no key, name the device STUDIO-08, and choose the key that the browser keeps, with a PIN.',
      'Sign out and choose I forgot my PIN, With a pass: hers works once more. Then choose a new PIN.',
    ],
    look: [
      'The key’s ID is the same before and after.',
      'The event log: the ticket, and the answer of the service.',
    ],
    places: [
      { label: 'PIN reset service', href: '/admin/policy/pin-reset-service', by: 'presenter' },
      { label: 'I forgot my PIN', href: '/pin-reset', by: 'colleague' },
    ],
    start: [
      { does: 'set_policy', name: 'SoftwareKeys', value: 'choice' },
      { does: 'issue_pass', who: 'mia', again: true },
    ],
    attacks: [],
  },
  {
    id: 'stolen-database',
    title: 'Somebody steals the database',
    line: 'What is worth stealing is not in it.',
    points: [
      'Of keys there are public halves. Of passes and passwords, slow hashes. Of cookies, fingerprints.',
      'The master key is kept apart. Without it, sealed columns are noise.',
      'The attacker below has read every row, and tries what they found on a session that is open right now.',
    ],
    steps: ['Run the attack.', 'Ask the audience what they would try next.'],
    look: ['The answer is the one that a stranger gets.'],
    places: [{ label: 'Event log', href: '/admin/events', by: 'presenter' }],
    start: [],
    attacks: ['session_from_database'],
  },
  {
    id: 'stolen-cookie',
    title: 'Somebody steals the cookie',
    line: 'A stolen cookie is a session until somebody shuts it. Then it is nothing.',
    points: [
      'Be honest: until it is noticed, whoever has the cookie is in that session, and reads what it reads.',
      'What matters asks for the key again five minutes after the last time, a new key or PIN after ten. The cookie has no key.',
      'Lock, sign out or an administrator’s End shut the session on the server, in every place at once.',
    ],
    steps: ['Run the attack: its owner locks, and the thief comes a moment later.'],
    look: ['The thief’s answer: this session is locked.', 'Sessions in Security info, each with an End.'],
    places: [{ label: 'Security info', href: '/security-info', by: 'colleague' }],
    start: [],
    attacks: ['cookie_after_lock'],
  },
  {
    id: 'stolen-laptop',
    title: 'Somebody steals the laptop',
    line: 'The key is in it, and locked. And it can be switched off from here.',
    points: [
      'The thief has the device and lacks the gesture. A PIN is tried on the device or at our door, and both stop counting soon.',
      'Report the device lost: its keys are revoked, its sessions end, its certificate is put on hold.',
      'Mia’s other keys work on.',
    ],
    steps: [
      'Where Mia has no key yet: open her link in the colleague’s browser and make one, on STUDIO-07.',
      'In administration, Devices, open STUDIO-07 and report it lost.',
      'In her browser, press anything, then try to sign in with the key.',
      'Run the attack: it has the container that a browser keeps, and guesses its PIN.',
    ],
    look: [
      'She is out at once, in every tab.',
      'The event log: device reported lost, and the refusals after it.',
    ],
    places: [{ label: 'Devices', href: '/admin/devices', by: 'presenter' }],
    start: [
      { does: 'set_policy', name: 'SoftwareKeys', value: 'choice' },
      { does: 'issue_pass', who: 'mia' },
    ],
    attacks: ['pin_offline'],
  },
  {
    id: 'passwordless',
    title: 'The password is switched off',
    line: 'First hidden, then refused, and one press brings it back.',
    points: [
      'Nobody is locked out by surprise: the page counts who is ready and names who is not.',
      'Hide takes the password from sight on known devices. Refuse takes it everywhere, and asks for the number of people it locks out.',
      'The right password is then answered like a wrong one. The log knows why.',
    ],
    steps: [
      'Open Passwordless and read who would be locked out.',
      'Choose Refuse, and type the number of people whom it locks out.',
      'In the colleague’s browser, try Tomás’s right password: it stands above.',
    ],
    look: ['The same sentence as for a wrong password.', 'The event log: the true cause.'],
    places: [
      { label: 'Passwordless', href: '/admin/passwordless', by: 'presenter' },
      { label: 'Sign in with a password', href: '/sign-in/password', by: 'colleague' },
    ],
    start: [{ does: 'set_password', who: 'tomas' }],
    attacks: [],
  },
  {
    id: 'administrator',
    title: 'What the administrator sees',
    line: 'How far everybody is, what wants attention, and every decision with its reason.',
    points: [
      'The funnel: who is in scope, who has a device, who has a key, who uses it.',
      'One account has a quarantined key: its counter went back, as a copy’s would.',
      'The log keeps the true cause that the sign-in page does not tell.',
    ],
    steps: ['Open the overview, then the event log, and filter by Problems.'],
    look: [
      'Sample data says that it is sample data.',
      'Where the story went on without setting up, the refusals of our own attacks are in the log.',
    ],
    places: [
      { label: 'Overview', href: '/admin', by: 'presenter' },
      { label: 'Event log', href: '/admin/events', by: 'presenter' },
    ],
    start: [],
    attacks: [],
  },
] as const satisfies readonly Chapter[];

export type ChapterId = (typeof chapters)[number]['id'];
export const chapterIds = chapters.map(({ id }) => id) as [ChapterId, ...ChapterId[]];

export function chapterOf(id: ChapterId): Chapter {
  const found: Chapter | undefined = chapters.find((chapter) => chapter.id === id);
  if (found === undefined) throw new Error(`There is no chapter ${id}.`);
  return found;
}
