/**
 * Loaded into the product by `--import`, it kills the process (SIGKILL) at a step that is named by what the store sees:
 * before or after the last statement of a path, once the statements before it on the path have run; or at the n-th
 * statement of any kind. The product itself knows nothing of this. Told by IPC (`{ crashAt }`, answered by `armed`) or, at
 * the start, by CRASH_AT.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What is left of the path; the crash comes at its last statement. */
let armed;

function arm({ when, path, count = 1 }) {
  armed = { when, left: path.map((pattern) => new RegExp(pattern, 'i')), count };
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // Nothing more may run here, however long the signal takes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Whether the crash belongs to this statement; it is asked once for each. */
function isHere(statement) {
  if (!armed?.left[0]?.test(statement.trim())) return false;
  if (armed.left.length > 1) {
    armed.left.shift();
    return false;
  }
  armed.count -= 1;
  return armed.count === 0;
}

function aroundStatement(statement, run) {
  const here = isHere(statement);
  if (here && armed.when === 'before') die();
  const outcome = run();
  if (here) die();
  return outcome;
}

const Database = require('better-sqlite3');
const probe = new Database(':memory:');
const Statement = Object.getPrototypeOf(probe.prepare('SELECT 1'));
for (const name of ['run', 'all', 'get']) {
  const original = Statement[name];
  Statement[name] = function (...args) {
    return aroundStatement(this.source, () => original.apply(this, args));
  };
}
probe.close();

const { Client } = require('pg');
const { query } = Client.prototype;
Client.prototype.query = function (config, ...rest) {
  const here = isHere(typeof config === 'string' ? config : (config.text ?? ''));
  if (!here) return query.call(this, config, ...rest);
  if (armed.when === 'before') die();
  const callback = rest.at(-1);
  if (typeof callback === 'function') return query.call(this, config, ...rest.slice(0, -1), die);
  return query.call(this, config, ...rest).then(die, die);
};

if (process.env.CRASH_AT) arm(JSON.parse(process.env.CRASH_AT));
if (process.channel) {
  process.on('message', (message) => {
    if (!message?.crashAt) return;
    arm(message.crashAt);
    process.send('armed');
  });
  process.channel.unref();
}
