// SPDX-License-Identifier: Apache-2.0
// The live connection: takes up where it left off, backs off with jitter, folds frames into the state.

import { apply } from "./live_reducer.js";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;
const PING_EVERY_MS = 20_000;
const SILENT_MS = 45_000; // two pings without an answer: half-open
const AWAKE_MS = 4000; // so long a connection has to answer who comes back to it
const SESSION_OVER = 4401;

export class LiveSocket extends EventTarget {
  // Events: "state" {state, frame} after each change, "link" {up, wait_ms}, "probe" {id}, "over".
  #socket = null;
  #epoch = "";
  #seq = null;
  #tries = 0;
  #retry = 0;
  #heardAt = 0;
  #over = false;
  #skew = 0;

  constructor(address) {
    super();
    this.address = address;
    this.state = null;
    this.up = false;
  }

  start() {
    this.#connect();
    setInterval(() => this.#look(), PING_EVERY_MS);
    // A laptop that wakes or a cable that comes back should not wait for a timer.
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    addEventListener("pagehide", () => this.#socket?.close(1000));
    addEventListener("pageshow", (event) => event.persisted && this.#hurry());
  }

  // The server's time: a clock on the desk may be minutes wrong, a talk time may not.
  now() {
    return Date.now() + this.#skew;
  }

  say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #connect() {
    clearTimeout(this.#retry);
    const address = new URL(this.address, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (this.#seq !== null) {
      address.searchParams.set("after", this.#seq);
      address.searchParams.set("epoch", this.#epoch);
    }
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.addEventListener("message", (event) => socket === this.#socket && this.#hear(event.data));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#lost(event.code));
  }

  #hear(text) {
    this.#heardAt = performance.now();
    const frame = JSON.parse(text);
    if (frame.seq !== undefined) this.#seq = frame.seq;
    switch (frame.type) {
      case "snapshot":
        this.#epoch = frame.data.epoch;
        this.state = frame.data.state;
        this.#isUp(frame.data.at);
        break;
      case "resumed":
        this.#isUp(frame.data.at);
        return;
      case "pong":
        return;
      case "probe":
        this.#tell("probe", frame.data);
        return;
      case "error":
        console.warn("live:", frame.data.code);
        return;
      default:
        this.state = apply(this.state, frame);
    }
    this.#tell("state", { state: this.state, frame });
  }

  #isUp(at) {
    this.#skew = Date.parse(at) - Date.now();
    this.up = true;
    this.#tries = 0;
    this.#tell("link", { up: true });
  }

  #lost(code) {
    this.up = false;
    this.#socket = null;
    if (code === SESSION_OVER) {
      this.#over = true;
      this.#tell("over", {});
      return;
    }
    // Full jitter: a thousand browsers must not come back in the same instant.
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    const wait = FIRST_WAIT_MS / 2 + Math.random() * most;
    this.#retry = setTimeout(() => this.#connect(), wait);
    this.#tell("link", { up: false, tries: this.#tries });
  }

  #look() {
    if (!this.#socket) return;
    if (performance.now() - this.#heardAt > SILENT_MS) this.#giveUp();
    else this.say({ type: "ping" });
  }

  #hurry() {
    if (this.#over) return;
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) this.#doubt();
    else this.#connect();
  }

  // While the laptop slept the other end may have gone without a word.
  #doubt() {
    const [socket, heardAt] = [this.#socket, this.#heardAt];
    this.say({ type: "ping" });
    setTimeout(() => socket === this.#socket && heardAt === this.#heardAt && this.#giveUp(), AWAKE_MS);
  }

  #giveUp() {
    const silent = this.#socket;
    this.#lost(1006);
    silent.close();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
