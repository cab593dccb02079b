/** Opens the store before the first request, or ends the process with one readable sentence. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { startProduct } = await import('#server/start');
    await startProduct();
  }
}
