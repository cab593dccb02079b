import { messageExportQuery } from '#domain/communication/wire';
import { administrator } from '#server/caller';
import { downloadMessage } from '#server/communication-export';
import { streaming } from '#server/endpoint';

export const dynamic = 'force-dynamic';
export const GET = streaming(messageExportQuery, administrator('read'), downloadMessage);
