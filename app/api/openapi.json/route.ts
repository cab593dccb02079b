import { NextResponse } from 'next/server';
import { theRuntime } from '#server/runtime';
import { openApi } from '#server/openapi';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  const { relyingParty } = await theRuntime();
  return NextResponse.json(openApi(relyingParty.origin));
}
