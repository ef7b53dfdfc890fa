// SPDX-License-Identifier: Apache-2.0
// Monday's hours for the days after it, in one press, and what stood there back again.
for (const copies of document.querySelectorAll("[data-copies]")) {
  const week = copies.closest("[data-week]");
  const [monday, ...others] = week.querySelectorAll("input");
  const said = copies.querySelector("[role=status]");
  const back = copies.querySelector("[data-back]");
  let before = [];

  const put = (values) => {
    values.forEach((value, at) => { others[at].value = value; });
    monday.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const copy = (days) => {
    if (!monday.value.trim()) {
      monday.focus();
      said.textContent = said.dataset.none;
      return;
    }
    before = others.map((day) => day.value);
    put(Array(days).fill(monday.value));
    back.hidden = false;
    said.textContent = said.dataset.put;
  };
  const undo = () => {
    put(before);
    copies.querySelector("[data-days]").focus(); // the button in focus goes
    back.hidden = true;
    said.textContent = "";
  };

  copies.hidden = false;
  copies.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) button === back ? undo() : copy(Number(button.dataset.days));
  });
}
