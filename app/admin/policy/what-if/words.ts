export const PURPOSE =
  'What would apply with other groups, another device or other sources. Nothing is changed by looking.';
