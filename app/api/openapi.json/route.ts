import { NextResponse } from 'next/server';
import { openApi } from '#server/openapi';
import { theRuntime } from '#server/product';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  const { relyingParty } = await theRuntime();
  return NextResponse.json(openApi(relyingParty.origin));
}
