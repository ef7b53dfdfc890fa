// SPDX-License-Identifier: Apache-2.0
// How a call makes itself heard when nobody looks: the title, a notification, a sound. Once a browser, not once a tab.
import { gettext as _ } from "./i18n.js";

const SOUND = "rolodial-sound";
const RING_MS = 3000;

export const sound = {
  get on() {
    return localStorage.getItem(SOUND) === "on";
  },
  set on(value) {
    localStorage.setItem(SOUND, value ? "on" : "off");
  },
};

export class Alerts {
  #leader;
  #title = document.title;
  #notes = new Map(); // call id -> Notification
  #ringing = new Set(); // call ids
  #chimes = 0;
  #audio = null;

  constructor(leader) {
    this.#leader = leader;
  }

  // Called with every state: what rings just now, as [{call_id, name, detail}].
  show(ringing) {
    this.#ringing = new Set(ringing.map((call) => call.call_id));
    document.title = ringing.length ? `☎ ${ringing[0].name} · ${this.#title}` : this.#title;
    for (const [callId, note] of this.#notes) {
      if (!this.#ringing.has(callId)) {
        note.close();
        this.#notes.delete(callId);
      }
    }
    if (!ringing.length) this.#silence();
  }

  // Called once for a call that begins to ring.
  async ring(call) {
    if (!this.#leader.leads) return;
    if (sound.on) this.#sound();
    if (globalThis.Notification?.permission !== "granted" || (await this.#leader.someTabIsVisible())) return;
    if (!this.#ringing.has(call.call_id)) return; // it was answered meanwhile
    const note = new Notification(call.name, { body: call.detail, tag: call.call_id, requireInteraction: true });
    note.addEventListener("click", () => {
      window.focus();
      note.close();
    });
    this.#notes.set(call.call_id, note);
  }

  #sound() {
    this.#silence();
    this.#audio ??= new AudioContext();
    this.#chime();
    this.#chimes = setInterval(() => this.#chime(), RING_MS);
  }

  #silence() {
    clearInterval(this.#chimes);
  }

  #chime() {
    const now = this.#audio.currentTime;
    for (const [at, hertz] of [[0, 660], [0.18, 880], [0.36, 660]]) {
      const tone = this.#audio.createOscillator();
      const loud = this.#audio.createGain();
      tone.frequency.value = hertz;
      loud.gain.setValueAtTime(0.0001, now + at);
      loud.gain.exponentialRampToValueAtTime(0.12, now + at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.3);
      tone.connect(loud).connect(this.#audio.destination);
      tone.start(now + at);
      tone.stop(now + at + 0.32);
    }
  }
}

export function canNotify() {
  return "Notification" in globalThis && Notification.permission === "default";
}

export function askToNotify() {
  return Notification.requestPermission();
}

export const incoming = (name) => _("Incoming call: %(name)s", { name });
