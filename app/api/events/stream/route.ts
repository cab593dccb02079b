import { eventStreamQuery } from '#domain/event-filter';
import { streaming } from '#server/endpoint';
import { eventReader } from '#server/event-reader';
import { lastEventId, streamEvents } from '#server/event-stream';

export const dynamic = 'force-dynamic';
export const GET = streaming(eventStreamQuery, eventReader, streamEvents, lastEventId);
