// SPDX-License-Identifier: Apache-2.0
// A chosen file is read into the field beside it, so that what is sent can be seen.
document.addEventListener("change", async (event) => {
  const [file] = event.target.dataset?.into ? event.target.files : [];
  if (file && file.size < 2_000_000) document.querySelector(event.target.dataset.into).value = await file.text();
});
