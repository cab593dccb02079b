import { kitExportQuery } from '#domain/communication/wire';
import { administrator } from '#server/caller';
import { downloadTemplate } from '#server/communication-export';
import { streaming } from '#server/endpoint';

export const dynamic = 'force-dynamic';
export const GET = streaming(kitExportQuery, administrator('read'), downloadTemplate);
