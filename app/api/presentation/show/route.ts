import { seenSchema } from '#domain/presentation/shared';
import { administrator } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { tellShow } from '#server/shared-show';

export const POST = endpoint('presentation-show', seenSchema, administrator('manage_sample_data'), tellShow);
