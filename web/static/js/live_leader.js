// SPDX-License-Identifier: Apache-2.0
// Many tabs of one browser: one of them rings and notifies. A lock is given up by a tab that crashes, too.

const LEAD = "rolodial-lead";
const VISIBLE = "rolodial-visible";

export class Leader {
  #leads = false;
  #hide = null;

  constructor() {
    this.locks = navigator.locks; // not there without https (or localhost): then the tab that was used last leads
    if (!this.locks) {
      addEventListener("focus", () => localStorage.setItem(LEAD, this.#id));
      if (document.hasFocus()) localStorage.setItem(LEAD, this.#id);
      return;
    }
    this.locks.request(LEAD, () => {
      this.#leads = true;
      return new Promise(() => {}); // kept until the tab is gone
    });
    document.addEventListener("visibilitychange", () => this.#noteVisibility());
    this.#noteVisibility();
  }

  #id = crypto.getRandomValues(new Uint32Array(2)).join("-");

  get leads() {
    return this.locks ? this.#leads : [null, this.#id].includes(localStorage.getItem(LEAD));
  }

  // Whether some tab of this browser is looked at: no notification is needed then.
  async someTabIsVisible() {
    if (!document.hidden) return true;
    if (!this.locks) return false;
    const { held } = await this.locks.query();
    return held.some((lock) => lock.name === VISIBLE);
  }

  #noteVisibility() {
    if (!document.hidden && !this.#hide) {
      this.locks.request(VISIBLE, { mode: "shared" }, () => this.#heldWhileVisible());
    } else if (document.hidden && this.#hide) {
      this.#hide();
      this.#hide = null;
    }
  }

  #heldWhileVisible() {
    // It went away before the lock was given; or it came back before, and asked twice.
    if (document.hidden || this.#hide) return undefined;
    return new Promise((done) => {
      this.#hide = done;
    });
  }
}
