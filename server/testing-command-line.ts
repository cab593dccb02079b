import 'server-only';
import { Writable } from 'node:stream';
import { runCommandLine } from './command-line.ts';

/**
 * The administrators' command line, kept running for a house: a process of its own for every command would cost more than
 * what is tested. Takes `{ id, args }` and answers `{ id, code, stdout, stderr }`, one command after the other.
 */
interface Asked {
  readonly id: number;
  readonly args: string[];
}

class Kept extends Writable {
  readonly #pieces: Buffer[] = [];
  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pieces.push(piece);
    done();
  }
  override toString(): string {
    return Buffer.concat(this.#pieces).toString();
  }
}

let turn = Promise.resolve();
process.on('message', ({ id, args }: Asked) => {
  turn = turn.then(async () => {
    const [stdout, stderr] = [new Kept(), new Kept()];
    const code = await runCommandLine(args, { stdout, stderr }).catch((error) => {
      stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      return 1;
    });
    process.send?.({ id, code, stdout: String(stdout), stderr: String(stderr) });
  });
});
process.on('disconnect', () => process.exit());
