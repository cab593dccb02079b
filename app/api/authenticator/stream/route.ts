import { phoneStreamQuery } from '#domain/authenticator';
import { streamPhone } from '#server/authenticator-stream';
import { anyone } from '#server/caller';
import { streaming } from '#server/endpoint';

export const dynamic = 'force-dynamic';
export const GET = streaming(phoneStreamQuery, anyone, streamPhone);
