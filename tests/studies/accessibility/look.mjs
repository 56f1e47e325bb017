// Look through finished pages with axe-core and pa11y (HTML_CodeSniffer) in headless Chromium, and print what they find.
// Usage: FI_CHROMIUM=/path/to/chromium node look.mjs PAGE.html ...
// Every fold is opened first: a rule cannot see what is folded away. The pages' own policy stays in force.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.FI_ACCESSIBILITY_TOOLS ?? import.meta.dirname}/package.json`);
const pa11y = require("pa11y");
const puppeteer = createRequire(require.resolve("pa11y"))("puppeteer");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const WIDTHS = [390, 1280];
const NARROWEST = 320;
const HEIGHT = 844;

const browser = await puppeteer.launch({
  executablePath: process.env.FI_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
});
const found = [];
const undecided = [];
const looked = { pages: 0, checks: 0 };

for (const path of process.argv.slice(2)) {
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
  await page.setOfflineMode(true);
  await page.goto(pathToFileURL(path).href, { waitUntil: "load" });
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
  const note = (width, tool, rule, where, what) => found.push({ page: path, width, tool, rule, where, what });
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: HEIGHT });
    await page.evaluate(axe);
    const seen = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations", "incomplete"] }));
    for (const one of seen.violations)
      for (const node of one.nodes) note(width, "axe", one.id, node.target.join(" "), node.failureSummary);
    for (const one of seen.incomplete)
      for (const node of one.nodes) undecided.push({ page: path, width, rule: one.id, where: node.target.join(" ") });
    const heard = await pa11y(pathToFileURL(path).href, {
      browser, page, ignoreUrl: true, standard: "WCAG2AA", runners: ["htmlcs"], viewport: { width, height: HEIGHT },
    });
    for (const one of heard.issues) note(width, "pa11y", one.code, one.selector, one.message);
    looked.checks += 2;
  }
  for (const width of [NARROWEST, ...WIDTHS]) {
    await page.setViewport({ width, height: HEIGHT });
    const over = await page.evaluate(() => {
      const shown = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= shown) return null;
      const wide = [...document.querySelectorAll("body *")].filter(
        (one) => !one.closest(".scroll *") && one.getBoundingClientRect().right > shown + 0.5);
      return wide.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`).join(", ");
    });
    if (over !== null) note(width, "width", "sideways scroll", over, "The page is wider than the screen.");
    looked.checks += 1;
  }
  for (const address of asked) note(0, "network", "request", address, "The page asks for something outside.");
  looked.pages += 1;
  await page.close();
}
await browser.close();
process.stdout.write(JSON.stringify({ found, undecided, looked }));
