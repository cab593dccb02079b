import { z } from 'zod';
import { anyone } from '#server/caller';
import { streaming } from '#server/endpoint';
import { streamShow } from '#server/shared-show';

export const dynamic = 'force-dynamic';
export const GET = streaming(z.strictObject({}), anyone, streamShow);
