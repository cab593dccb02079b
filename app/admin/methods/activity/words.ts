export const PURPOSE =
  'Who has registered what and may use it, and what was registered lately or failed. Capable means registered and enabled by policy.';
