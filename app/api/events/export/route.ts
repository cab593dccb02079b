import { eventExportQuery } from '#domain/event-filter';
import { streaming } from '#server/endpoint';
import { downloadEvents } from '#server/event-export';
import { eventReader } from '#server/event-reader';

export const dynamic = 'force-dynamic';
export const GET = streaming(eventExportQuery, eventReader, downloadEvents);
