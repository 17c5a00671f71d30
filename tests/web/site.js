// site.js: the lessons' pages (build/site) in a headless Chromium: every link leads somewhere, every
// visualisation opens, and nothing is wider than a phone. `make test-web` runs it.
'use strict';

const assert = require('assert');
const {existsSync} = require('fs');
const {resolve} = require('path');
const {fileURLToPath} = require('url');
const {Browser} = require('./browser.js');

const SITE = `file://${resolve('build/site')}`;
const PHONE = [360, 740], DESK = [1280, 900];
let pages = 0;

function linksOf(browser) {
  return browser.run('return [...document.querySelectorAll("a[href]")].map((a) => a.href)');
}

async function look(browser, url, size) {
  await browser.resize(...size);
  await browser.load(url);
  const [content, window] = await browser.run('return [document.documentElement.scrollWidth, innerWidth]');
  assert.ok(content <= window, `${url}: ${content} pixels wide in a window of ${window}`);
  assert.deepStrictEqual(await browser.complaints(), [], url);
  pages++;
}

// A lesson's page: its hints and solution open, and the solution's visualisation has events to show.
async function useLesson(browser, url) {
  await look(browser, url, PHONE);
  const shown = await browser.run(`
    document.querySelectorAll('details').forEach((details) => { details.open = true; });
    return [document.querySelectorAll('h1').length, document.querySelectorAll('details').length]`);
  assert.deepStrictEqual(shown, [1, 4], url);
  for (const link of await linksOf(browser)) {
    if (link.startsWith('file:')) assert.ok(existsSync(fileURLToPath(link)), `${url}: ${link} is not there`);
  }
  if (url.endsWith('zh.html')) return;  // the visualisation is the same
  await browser.load(new URL('viz.html', url).href);
  assert.ok(await browser.run('return events.length') > 1, `${url}: the visualisation is empty`);
}

async function main() {
  const browser = await Browser.open();
  try {
    for (const index of ['index.html', 'index.zh.html']) {
      await look(browser, `${SITE}/${index}`, DESK);
      await look(browser, `${SITE}/${index}`, PHONE);
      const lessons = (await linksOf(browser)).filter((link) => /\/\d\d-[^/]*\//.test(link));
      assert.ok(lessons.length > 0, `${index} lists no lessons`);
      for (const url of lessons) {
        await useLesson(browser, url);
      }
    }
  } finally {
    await browser.close();
  }
  console.log(`test-web: ${pages} looks at the lessons' pages, all well`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
