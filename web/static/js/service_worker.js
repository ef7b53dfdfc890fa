// SPDX-License-Identifier: Apache-2.0
// Served as /service-worker.js. Shows what is pushed; keeps static files only: no page and no datum of a client.
const CACHE = "rolodial-static";
const MOST = 200;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    // Something is shown in any case: a browser takes the right away from who shows nothing.
  }
  const { title = "Rolodial", body = "", url = "/", tag } = said;
  const icon = "/pwa/icon-192.png";
  event.waitUntil(self.registration.showNotification(title, { body, tag, icon, badge: icon, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.url ?? "/", self.location.origin);
  if (address.origin === self.location.origin) event.waitUntil(open(address.href));
});

async function open(address) {
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((each) => each.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const ours = address.origin === self.location.origin && address.pathname.startsWith("/static/");
  if (ours && event.request.method === "GET" && !event.request.headers.has("range")) {
    event.respondWith(kept(event.request, address));
  }
});

async function kept(request, address) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && answer.headers.get("cache-control")?.includes("immutable")) {
    await cache.put(request, answer.clone());
    await forgetOlder(cache, address.pathname.split("/")[2]);
  }
  return answer;
}

// A new release has a new digest in every address; files of the last one go.
async function forgetOlder(cache, digest) {
  const requests = await cache.keys();
  const old = requests.filter((each) => new URL(each.url).pathname.split("/")[2] !== digest);
  const surplus = requests.slice(0, Math.max(0, requests.length - MOST));
  await Promise.all([...old, ...surplus].map((each) => cache.delete(each)));
}
