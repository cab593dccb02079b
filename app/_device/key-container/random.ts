/** The browser's random bytes, as the engine takes them. */
export const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));
