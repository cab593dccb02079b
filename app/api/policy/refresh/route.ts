import { z } from 'zod';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { syncDevice } from '#server/policy-sync';

export const POST = endpoint('policy-refresh', z.strictObject({}), signedIn, syncDevice);
