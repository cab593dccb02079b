export const PURPOSE =
  'What people are told by e-mail: each change of what gets them in, to their account name.';
