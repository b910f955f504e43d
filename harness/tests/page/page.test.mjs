// The page of a run in a real browser: what it says, that it can be filtered and used from the keyboard, that it can be read by
// everyone and without its script, and that nothing in it comes from the network.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const manifests = `${root}harness/tests/manifests`;
const output = `${root}target/report-pages`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Texts that would become markup or script if anything were not escaped. */
const HOSTILE = `</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">"' onmouseover="window.hacked = 1`;

function browserPath() {
  const names = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = names.find((name) => name && existsSync(name));
  assert.ok(found, "no Chromium is to be had: install it, or name its program in CHROMIUM");
  return found;
}

/** Writes the page of a manifest, as a user would. */
function render(manifest, name) {
  const words = ["run", "--quiet", "--bin", "restore-conformance", "--", "report", manifest, "--format", "html"];
  execFileSync(process.env.CARGO ?? "cargo", [...words, "--output", `${output}/${name}`], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return pathToFileURL(`${output}/${name}/report.html`).href;
}

let browser;
before(async () => { browser = await chromium.launch({ executablePath: browserPath() }); });
after(() => browser?.close());

/** Opens a page and fails on anything that it writes to the console or asks the network for. */
async function open(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) wrong.push(request.url()); });
  await page.goto(url);
  return { page, async done() { await context.close(); assert.deepEqual(wrong, []); } };
}

const visible = (page) => page.locator(".scenario:visible").count();

for (const name of readdirSync(manifests)) {
  describe(`the page of the ${name} run`, () => {
    const manifest = JSON.parse(readFileSync(`${manifests}/${name}/manifest.json`, "utf8"));
    const failed = manifest.scenarios.filter((it) => it.outcome === "fail");
    let url;
    before(() => { url = render(`${manifests}/${name}`, name); });

    test("says the verdict first and shows every scenario with its outcome", async () => {
      const { page, done } = await open(url);
      assert.equal(await page.locator("h1 .verdict").getAttribute("data-verdict"), manifest.verdict);
      const shown = await page.locator(".scenario").evaluateAll((all) => all.map((it) => [it.id, it.dataset.outcome]));
      assert.deepEqual(shown, manifest.scenarios.map((it) => [it.id, it.outcome]));
      assert.equal(await page.locator(".finding.bad").count(), failed.length);
      await done();
    });

    for (const colorScheme of ["light", "dark"]) {
      test(`can be read by everyone, ${colorScheme}`, async () => {
        const { page, done } = await open(url, { colorScheme });
        // Folded parts are looked at, too.
        await page.evaluate(() => { for (const it of document.querySelectorAll(".finding, .finding details")) it.open = true; });
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes[0].html.slice(0, 160)} ${it.nodes[0].failureSummary}`), []);
        await done();
      });
    }

    test("fits a telephone", async () => {
      const { page, done } = await open(url, { viewport: { width: 360, height: 740 } });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `it is ${width} pixels wide`);
      await done();
    });

    test("filters by text, outcome and feature, and a view can be handed on", async () => {
      const { page, done } = await open(url);
      const all = manifest.scenarios.length;
      assert.equal(await visible(page), all);
      const [{ outcome, title }] = manifest.scenarios;
      await page.locator("#f-outcome").selectOption(outcome);
      assert.equal(await visible(page), manifest.scenarios.filter((it) => it.outcome === outcome).length);
      await page.locator("#f-text").fill(title.toUpperCase());
      assert.equal(await visible(page), 1);
      assert.equal(await page.locator("#shown").textContent(), `1 of ${all}`);
      const again = await open(page.url());
      assert.equal(await visible(again.page), 1);
      await again.done();
      await page.locator("#f-text").fill("no scenario is called this");
      assert.equal(await visible(page), 0);
      assert.ok(await page.locator("#empty").isVisible());
      await page.getByRole("button", { name: "Clear" }).click();
      assert.equal(await visible(page), all);
      await page.locator(".matrix a.cell").first().click();
      assert.ok((await visible(page)) < all && (await visible(page)) > 0);
      await done();
    });

    test("can be used from the keyboard", async () => {
      const { page, done } = await open(url);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the results");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      await page.keyboard.press("/");
      await page.keyboard.type(manifest.scenarios[0].title);
      assert.equal(await visible(page), 1);
      await page.keyboard.press("Escape");
      assert.equal(await visible(page), manifest.scenarios.length);
      const first = page.locator(".scenario > summary").first();
      await first.focus();
      await page.keyboard.press("Enter");
      assert.ok(await page.locator(".scenario").first().locator(".steps").isVisible());
      await done();
    });

    test("can be read without its script", async () => {
      const { page, done } = await open(url, { javaScriptEnabled: false });
      assert.ok(await page.locator("#filter").isHidden());
      assert.equal(await visible(page), manifest.scenarios.length);
      if (failed.length > 0) {
        const last = page.locator(".finding").last();
        await last.locator("> summary").click();
        assert.ok(await last.locator(".evidence").isVisible());
      }
      await done();
    });

    test("leads from a tile to its scenario, and from there to its evidence", async () => {
      const { page, done } = await open(url);
      await page.locator("#f-text").fill("no scenario is called this");
      await page.locator(".tile").last().click();
      const last = manifest.scenarios.at(-1);
      assert.ok(await page.locator(`[id="${last.id}"] .steps`).isVisible());
      if (failed.length > 0) {
        await page.locator(`.tile.bad`).last().click();
        const id = failed.at(-1).id;
        await page.locator(`[id="${id}"]`).getByRole("link", { name: "See its evidence" }).click();
        assert.ok(await page.locator(`[id="finding-${id}"] .evidence`).isVisible());
      }
      await done();
    });

    test("follows the reader's choice of light and dark", async () => {
      const { page, done } = await open(url, { colorScheme: "light" });
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.getByRole("button", { name: "Theme: auto" }).click();
      assert.equal(await background(), light);
      await page.getByRole("button", { name: "Theme: light" }).click();
      assert.notEqual(await background(), light);
      await done();
    });
  });
}

test("no text of a run becomes markup or script", async () => {
  const manifest = JSON.parse(readFileSync(`${manifests}/conformant/manifest.json`, "utf8"));
  for (const it of manifest.scenarios) Object.assign(it, { title: HOSTILE, feature: `E1 ${HOSTILE}`, tags: ["@E1", `@R-${HOSTILE}`] });
  for (const it of manifest.backends) it.version = HOSTILE;
  manifest.implementation.name = HOSTILE;
  manifest.run.leftovers = [HOSTILE];
  mkdirSync(`${output}/hostile`, { recursive: true });
  writeFileSync(`${output}/hostile/manifest.json`, JSON.stringify(manifest));
  const { page, done } = await open(render(`${output}/hostile`, "hostile"));
  await page.hover(".scenario > summary");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator(".subject").textContent(), HOSTILE);
  await done();
});
