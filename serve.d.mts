import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export const API_BODY_LIMIT_BYTES: number;
export const BODY_LIMIT_BYTES: number;
export const FILE_LIMITS_BYTES: ReadonlyMap<string, number>;

export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustedProxyHops: number,
): string;

export function createFrontDoor(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  options?: { trustedProxyHops?: number; origin?: string },
): { server: Server; stop: () => Promise<void> };

export function serve(options?: { dev?: boolean }): Promise<void>;
