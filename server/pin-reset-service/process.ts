import 'server-only';
import { SECOND_MS } from '#domain/time';
import { EnvironmentError, readEnvironment } from '../env.ts';
import { systemClock, systemRandom } from '../runtime.ts';
import { createDoors } from './doors.ts';
import { pinResetServiceIn } from './service.ts';

/** How long a stop waits for answers that are under way. */
const STOP_LIMIT_MS = 5 * SECOND_MS;

/** `npm run pin-reset-service`: the PIN reset service in its own process, without the store. */
try {
  const { folder, host, port, token } = readEnvironment().pinResetService;
  if (token === null)
    throw new EnvironmentError(
      'PIN_RESET_SERVICE_TOKEN: 64 hexadecimal digits are needed, the same here and where Latchkey runs.',
    );
  const service = pinResetServiceIn(folder, { clock: systemClock, random: systemRandom });
  await service.check();
  const server = createDoors(service, token, (error) => console.error(error));
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(port, host, () => console.log(`The PIN reset service listens on http://${host}:${port}`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
    });
  }
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 78;
}
