import { expect, test } from './fixtures.ts';

// Chromium's own camera, which shows a test card. Where it has no reader of QR codes, one of the test stands in for that.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...args] });
  },
});

test('the code is read from the picture where the browser can, from our own address alone', async ({
  page,
}) => {
  await page.addInitScript(() => {
    const read = [
      `https://elsewhere.example/authenticator#code=WRONG`,
      `${location.origin}/authenticator#code=ABCD2345EFGH`,
    ];
    Object.assign(globalThis, {
      BarcodeDetector: class {
        async detect(seen: HTMLVideoElement) {
          return seen.videoWidth > 0 ? read.splice(0, 1).map((rawValue) => ({ rawValue })) : [];
        }
      },
    });
  });
  await page.goto('/authenticator');
  await page.getByRole('button', { name: 'Scan the code with the camera' }).click();
  await expect(page.getByLabel('Code', { exact: true })).toHaveValue('ABCD2345EFGH');
  await expect(page.getByRole('button', { name: 'Scan the code with the camera' })).toBeVisible();
});
