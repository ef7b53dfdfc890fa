// SPDX-License-Identifier: Apache-2.0
// This browser is told of missed calls, or no longer: the page /me/notifications.
import { gettext as _ } from "./i18n.js";
import { post } from "./live_dom.js";

const box = document.getElementById("push");
const on = document.getElementById("push-on");
const off = document.getElementById("push-off");
const state = document.getElementById("push-state");

const bytes = (text) => {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
};

const deviceName = () => {
  const brands = navigator.userAgentData?.brands ?? [];
  const brand = brands.find((each) => !/not/i.test(each.brand) && each.brand !== "Chromium")?.brand;
  const agent = navigator.userAgent;
  const guessed = ["Firefox", "Edg", "Chrome", "Safari"].find((each) => agent.includes(each)) ?? "Browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((each) => agent.includes(each));
  return [brand ?? guessed, system].filter(Boolean).join(", ");
};

const show = (subscription, text = "") => {
  on.hidden = Boolean(subscription);
  off.hidden = !subscription;
  state.textContent = text || (subscription ? _("This device is on.") : "");
};

const refuse = (text) => {
  on.hidden = off.hidden = true;
  state.textContent = text;
};

async function turnOn(registration) {
  if ((await Notification.requestPermission()) !== "granted") {
    show(null, _("The browser does not allow notifications for this site: allow them beside its address."));
    return;
  }
  const key = bytes(box.dataset.key);
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  const answer = await post("/me/notifications/devices", { endpoint, ...keys, device: deviceName() });
  if (answer.ok) location.reload();
  else show(null, _("It could not be turned on. Try again later."));
}

async function turnOff(registration) {
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  show(null);
}

async function begin() {
  if (!window.isSecureContext) return refuse(_("Push needs a secure address (https)."));
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return refuse(_("This browser cannot be told while the page is closed."));
  if (!box.dataset.key) return refuse(_("Push is not running here."));
  const registration = await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
  show(await registration.pushManager.getSubscription());
  const failed = () => show(null, _("It could not be turned on. Try again later."));
  on.addEventListener("click", () => turnOn(registration).catch(failed));
  off.addEventListener("click", () => turnOff(registration).catch(failed));
}

begin().catch(() => refuse(_("This browser cannot be told while the page is closed.")));
