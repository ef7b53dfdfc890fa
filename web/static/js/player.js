// SPDX-License-Identifier: Apache-2.0
// <rd-player>: plays one recording. The server drew the waveform; nothing is fetched before somebody listens.
import { gettext as _ } from "./i18n.js";

const SPEEDS = [1, 1.25, 1.5, 2];
let playing = null;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

class Player extends HTMLElement {
  connectedCallback() {
    if (this.slider) return;
    this.seconds = Number(this.dataset.seconds);
    this.start = Number(this.dataset.start ?? 0); // a message begins after the greeting
    this.button = this.querySelector(".player-button");
    this.slider = this.querySelector("input");
    this.now = this.querySelector(".now");
    this.speed = this.querySelector(".speed");
    this.button.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.key(event));
    this.speed.addEventListener("click", () => this.faster());
    for (const part of this.querySelectorAll("[data-seek]")) part.addEventListener("click", () => this.from(Number(part.dataset.seek)));
    this.show(this.start);
  }

  disconnectedCallback() {
    this.audio?.pause();
  }

  load() {
    if (this.audio) return;
    this.audio = new Audio(this.dataset.src);
    this.audio.addEventListener("timeupdate", () => this.show(this.audio.currentTime));
    this.audio.addEventListener("play", () => this.toggleAttribute("data-playing", true));
    this.audio.addEventListener("pause", () => {
      this.toggleAttribute("data-playing", false);
      this.dispatchEvent(new Event("rolodial:rests", { bubbles: true }));
    });
    this.audio.addEventListener("error", () => this.fail());
    this.audio.addEventListener("ended", () => this.show(this.seconds));
    if (this.start) this.audio.currentTime = this.start;
  }

  async toggle() {
    this.load();
    if (!this.audio.paused) return this.audio.pause();
    if (this.audio.ended) this.seek(this.start);
    if (playing && playing !== this) playing.audio.pause();
    playing = this;
    return this.audio.play().catch(() => undefined); // `error` tells what happened
  }

  seek(seconds) {
    this.load();
    this.audio.currentTime = seconds;
    this.show(seconds);
  }

  // A part of the talk, by who talked.
  from(seconds) {
    this.seek(seconds);
    if (this.audio.paused) this.toggle();
  }

  key(event) {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      this.toggle();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      const at = Number(this.slider.value) + (event.key === "ArrowLeft" ? -5 : 5);
      this.seek(Math.min(this.seconds, Math.max(0, at)));
    }
  }

  faster() {
    this.load();
    const next = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    this.audio.playbackRate = next;
    this.speed.textContent = `${next}×`;
  }

  show(seconds) {
    this.slider.value = seconds;
    this.slider.setAttribute("aria-valuetext", clock(seconds));
    this.now.textContent = clock(seconds);
    this.style.setProperty("--heard", `${this.seconds ? Math.min(100, (seconds / this.seconds) * 100) : 0}%`);
  }

  fail() {
    const text = _("This recording cannot be played now.");
    document.dispatchEvent(new CustomEvent("rolodial:say", { detail: { text, kind: "danger" } }));
  }
}

customElements.define("rd-player", Player);
