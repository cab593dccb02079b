/**
 * Moves the clock of a process or of a page, which otherwise runs on as ever. Loaded by `--import`, it moves that of the
 * process by CLOCK_MOVED_BY_MS; the product knows nothing of this.
 *
 * @param {number} ms
 */
export function moveClock(ms) {
  const RealDate = Date;
  const now = () => RealDate.now() + ms;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  RealDate.prototype.constructor = globalThis.Date;
}

// Missing in a page.
const movedBy = globalThis.process?.env.CLOCK_MOVED_BY_MS;
if (movedBy !== undefined) moveClock(Number(movedBy));
