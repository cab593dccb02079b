/**
 * Loaded into a server by `--import`, so that it can be asked over IPC what it has spent. The server itself carries none
 * of this, and IPC works the same on every system.
 */
import { Session } from 'node:inspector/promises';

const inspector = new Session();

const answers = {
  /** User and system time of the whole process, in microseconds: every thread, garbage collection and SQLite included. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memory: () => {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    return { heapUsed, rss };
  },
  profile: async () => {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: 250 });
    await inspector.post('Profiler.start');
    return null;
  },
  profiled: async () => {
    const { profile } = await inspector.post('Profiler.stop');
    inspector.disconnect();
    return profile;
  },
};

process.on('message', async ({ id, ask }) => {
  if (ask in answers) process.send({ id, answer: await answers[ask]() });
});
// Nobody who listens here keeps the server from ending.
process.channel.unref();
