// Filters, theme, copying. The page can be read without it.
"use strict";
{
  const $ = (id) => document.getElementById(id);
  const scenarios = [...document.querySelectorAll(".scenario")].map((node) => ({
    node,
    words: node.dataset.words.toLowerCase(),
    outcome: node.dataset.outcome,
    feature: node.dataset.feature,
  }));
  const groups = [...document.querySelectorAll(".group")];
  const form = $("filter");
  const fields = { text: $("f-text"), outcome: $("f-outcome"), feature: $("f-feature") };

  function apply() {
    const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const it of scenarios) {
      const fits =
        words.every((word) => it.words.includes(word)) &&
        (!fields.outcome.value || it.outcome === fields.outcome.value) &&
        (!fields.feature.value || it.feature === fields.feature.value);
      it.node.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector(".scenario:not([hidden])");
    $("empty").hidden = shown > 0;
    $("shown").textContent = shown === scenarios.length ? String(shown) : `${shown} of ${scenarios.length}`;
  }

  // The filter is part of the address, so that a view can be handed on.
  function remember() {
    const parts = new URLSearchParams();
    for (const [name, field] of Object.entries(fields)) if (field.value) parts.set(name, field.value);
    history.replaceState(null, "", parts.size ? `#?${parts}` : "#");
  }

  function filterBy(values) {
    for (const [name, field] of Object.entries(fields)) field.value = values[name] ?? "";
    apply();
    remember();
  }

  function fromAddress() {
    if (location.hash.startsWith("#?")) {
      filterBy(Object.fromEntries(new URLSearchParams(location.hash.slice(2))));
    } else {
      reveal(location.hash.slice(1));
    }
  }

  // Opens what an address points at, also when it is folded away or filtered out.
  function reveal(id) {
    const target = id && $(decodeURIComponent(id));
    if (!target) return;
    if (target.hidden) filterBy({});
    if (target instanceof HTMLDetailsElement) target.open = true;
    target.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); filterBy({}); fields.text.focus(); });
  for (const link of document.querySelectorAll("a[data-outcome], a[data-feature], a[data-text]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      filterBy({ ...link.dataset });
      $("scenarios").scrollIntoView();
      $("scenarios").focus({ preventScroll: true });
    });
  }
  addEventListener("hashchange", fromAddress);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      fields.text.focus();
    } else if (event.key === "Escape" && event.target === fields.text) {
      filterBy({});
    }
  });

  const theme = $("theme");
  const themes = ["auto", "light", "dark"];
  // A page that was opened as a file may have no storage.
  const stored = { get() { try { return localStorage.getItem("theme"); } catch { return null; } },
                   set(value) { try { localStorage.setItem("theme", value); } catch { /* this visit only */ } } };
  function show(value) {
    document.documentElement.dataset.theme = value;
    theme.textContent = `Theme: ${value}`;
  }
  show(themes.includes(stored.get()) ? stored.get() : "auto");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    show(next);
    stored.set(next);
  });

  for (const button of document.querySelectorAll(".copy")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const copied = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
      button.textContent = copied ? "Copied" : "Not allowed";
    });
  }
  fromAddress();
}
