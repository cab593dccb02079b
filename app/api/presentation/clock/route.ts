import { z } from 'zod';
import { anyone } from '#server/caller';
import { tellClock } from '#server/demo-clock';
import { streaming } from '#server/endpoint';

export const dynamic = 'force-dynamic';
export const GET = streaming(z.strictObject({}), anyone, tellClock);
