/* The page of a phone that is offline: it says so, and comes back by itself. Nothing is kept, and nothing is answered here. */
const OFFLINE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="10">
<title>Authenticator</title>
<h1>This phone is offline</h1>
<p>Authenticator comes back as soon as there is a connection. What waits for you is kept until its time is up.</p>
</html>`;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') return;
  const offline = () => new Response(OFFLINE, { headers: { 'content-type': 'text/html; charset=utf-8' } });
  event.respondWith(fetch(event.request).catch(offline));
});

/* Something waits. What it is, the page hears by its own connection: the message says no more. */
self.addEventListener('push', (event) =>
  event.waitUntil(
    self.registration.showNotification('Authenticator', {
      body: 'Something waits for your answer.',
      icon: '/icon-192.png',
      tag: 'approval',
      renotify: true,
    }),
  ),
);
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const open = async () => {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const page = pages.find(({ url }) => new URL(url).pathname === '/authenticator');
    return page === undefined ? self.clients.openWindow('/authenticator') : page.focus();
  };
  event.waitUntil(open());
});
