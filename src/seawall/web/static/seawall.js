// Small helps for the keyboard and the clipboard. Every page works without this file.
"use strict";

(() => {
  const live = document.getElementById("live");
  const say = (text) => { live.textContent = ""; window.setTimeout(() => { live.textContent = text; }, 50); };

  // Copy buttons appear where copying is possible.
  const showCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.done);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    window.setTimeout(() => { button.textContent = before; }, 1500);
  });

  // A box that chooses all rows: <input type="checkbox" data-all="name of the boxes" hidden>.
  const showAlls = (root) => {
    for (const box of root.querySelectorAll("[data-all]")) box.closest("[hidden]")?.removeAttribute("hidden");
  };
  const countChosen = () => {
    for (const place of document.querySelectorAll("[data-chosen]")) {
      const form = place.closest("form") || document;
      place.textContent = form.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
    }
  };
  document.addEventListener("change", (event) => {
    const all = event.target.dataset.all;
    if (all) {
      const scope = event.target.closest("form") || document;
      for (const box of scope.querySelectorAll(`input[type=checkbox][name="${CSS.escape(all)}"]`)) box.checked = event.target.checked;
    }
    countChosen();
  });

  // A file can be dropped anywhere in a [data-drop-file] that holds its field.
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const place = event.target.closest?.("[data-drop-file]");
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) place.querySelector("input[type=file]").files = event.dataTransfer.files;
    });
  }

  // Menus close by Escape and by a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-drop][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // Single keys; a visitor can turn them off (WCAG 2.1.4).
  const OFF = "seawall-keys-off";
  const isOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  const dialog = document.getElementById("keys");
  const offBox = document.getElementById("keys-off");
  offBox.checked = isOff();
  offBox.addEventListener("change", () => {
    try { localStorage.setItem(OFF, offBox.checked ? "1" : "0"); } catch { /* kept for this page only */ }
  });

  const rows = () => [...document.querySelectorAll("[data-row]")];
  let at = null;
  const goTo = (row) => {
    if (!row) return;
    at?.classList.remove("at");
    at = row;
    row.classList.add("at");
    (row.querySelector("a[data-open], a, button, input") || row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const here = () => {
    const focused = document.activeElement?.closest?.("[data-row]");
    return focused || (at?.isConnected ? at : null);
  };
  const step = (by) => {
    const all = rows();
    const index = all.indexOf(here());
    goTo(index < 0 ? all[by > 0 ? 0 : all.length - 1] : all[index + by]);
  };
  // A page gives its buttons and fields keys of their own by data-key; the row's come first.
  const keyed = (key) => {
    if (!/^[a-z]$/.test(key)) return null;
    const place = (root) => root?.querySelector(`[data-key="${key}"]`);
    const found = place(here()) || place(document);
    if (!found) return null;
    return () => (found.matches("input, textarea") ? found.focus() : found.click());
  };
  const tellKeys = () => {
    const list = dialog.querySelector("[data-keys-here]");
    if (!list) return;
    const seen = new Map();
    for (const each of document.querySelectorAll("[data-key]")) {
      const words = each.placeholder || each.dataset.keySays || each.textContent.trim();
      if (!seen.has(each.dataset.key)) seen.set(each.dataset.key, words);
    }
    list.replaceChildren(...[...seen].map(([key, words]) => {
      const pair = document.createElement("div");
      const name = pair.appendChild(document.createElement("dt"));
      name.appendChild(document.createElement("kbd")).textContent = key;
      pair.appendChild(document.createElement("dd")).textContent = words;
      return pair;
    }));
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    x: () => here()?.querySelector("input[type=checkbox]")?.click(),
    Enter: () => here()?.querySelector("a[data-open], a")?.click(),
    "/": () => document.querySelector("[data-find]")?.focus(),
    "?": () => { tellKeys(); dialog.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details[data-drop][open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || isOff()) return;
    const target = event.target;
    if (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox])")) return;
    if (event.key === "Enter" && target !== document.body) return;
    const deed = keys[event.key] || keyed(event.key);
    if (!deed) return;
    event.preventDefault();
    deed();
  });

  // Parts that htmx brought in: show their buttons, say what they want said.
  document.addEventListener("htmx:load", (event) => {
    showCopies(event.target);
    showAlls(event.target);
    const words = event.target.matches("[data-say]") ? event.target : event.target.querySelector("[data-say]");
    if (words && words.dataset.say !== live.textContent) say(words.dataset.say);
  });
  showCopies(document);
  showAlls(document);
  countChosen();

  // On a phone the menu scrolls sideways: show where one is.
  const place = document.querySelector(".menu [aria-current]");
  const strip = place?.closest(".menu");
  if (strip && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = place.offsetLeft - 40;
})();
