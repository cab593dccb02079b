/** Twice the size of the picture: sharp on a projector. */
const SCALE = 2;

/** Saves a picture as it is, or painted; false where it is too large to be painted. */
export async function save(svg: string, form: 'svg' | 'png', title: string): Promise<boolean> {
  const name = `${title.toLowerCase().replace(/[^a-z]+/g, '-')}.${form}`;
  const blob =
    form === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await painted(svg).catch(() => null);
  if (blob === null) return false;
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return true;
}

async function painted(svg: string): Promise<Blob | null> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * SCALE;
  canvas.height = image.height * SCALE;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
