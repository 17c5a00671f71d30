// viz.js: the pages of `coro viz` in a headless Chromium: every control is used, and after every
// event the page is compared with what the event log says. `make test-web` runs it.
'use strict';

const assert = require('assert');
const {execFileSync} = require('child_process');
const {mkdtempSync, readFileSync, rmSync, writeFileSync} = require('fs');
const {tmpdir} = require('os');
const {join} = require('path');
const {Browser} = require('./browser.js');

const CORO = process.env.CORO_BIN || 'build/coro';
const folder = mkdtempSync(join(tmpdir(), 'coro-web-'));
const KEY = {right: '\uE014', left: '\uE012', down: '\uE015', up: '\uE013', home: '\uE011', end: '\uE010'};
let checks = 0;

function check(value, expected, what) {
  checks++;
  assert.deepStrictEqual(value, expected, what);
}

function makePage(program, ...options) {
  const path = join(folder, 'page.html');
  execFileSync(CORO, ['--virtual-time', 'viz', ...options, program, '-o', path], {stdio: 'pipe'});
  return `file://${path}`;
}

function logOf(program) {
  const path = join(folder, 'log.jsonl');
  execFileSync(CORO, ['--virtual-time', 'trace', program, '-o', path], {stdio: 'pipe'});
  return readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => JSON.parse(line));
}

// What is to be seen after the first `count` events, worked out from the log in another way than
// the page does: by looking back from there.
function expected(log, count) {
  const past = log.slice(0, count);
  const last = (id, kinds) => past.map((e) => e.id === id && kinds.includes(e.e)).lastIndexOf(true);
  const tasks = past.filter((e) => e.e === 'task-created').map((e) => e.id);
  const name = (id) => past.filter((e) => e.id === id && e.name !== undefined).pop().name;
  const ready = tasks.filter((id) => last(id, ['task-ready']) > last(id, ['task-resumed']));
  ready.sort((a, b) => last(a, ['task-ready']) - last(b, ['task-ready']));
  const over = past.filter((e) => e.e === 'timer-fired' || e.e === 'timer-cancelled').map((e) => e.timer);
  const timers = past.filter((e) => e.e === 'timer-set' && !over.includes(e.timer));
  const gone = past.filter((e) => e.e === 'frame-returned' || (e.e === 'exception' && e.caught === undefined))
    .map((e) => e.frame);
  return {
    ready: ready.map(name),
    timers: timers.map((e) => Math.round(e.when * 1000) / 1000).sort((a, b) => a - b).map((t) => `t=${t}`),
    output: past.filter((e) => e.e === 'print').map((e) => e.text).join(''),
    done: past.filter((e) => e.e === 'task-done').length,
    frames: past.filter((e) => e.e === 'frame-pushed' && !gone.includes(e.frame)).length,
    line: count > 0 && past[count - 1].at ? past[count - 1].at.line : 0,
  };
}

const SHOWN = `
  const texts = (selector) => [...document.querySelectorAll(selector)].map((node) => node.textContent);
  const here = document.querySelector('.row.running');
  const output = document.querySelector('#output .empty') ? '' : document.querySelector('#output').textContent;
  return {ready: texts('#ready .tag'), timers: texts('#timers .when'), output,
          done: document.querySelectorAll('#tasks .done').length,
          frames: document.querySelectorAll('#frames .frame').length,
          line: here ? Number(here.dataset.line) : 0}`;

const position = (browser) => browser.run('return Number(document.querySelector("#slider").value)');
const attribute = (browser, name) => browser.run('return document.documentElement.getAttribute(arguments[0])', name);

async function compareAll(browser, program) {
  const log = logOf(program);
  await browser.load(makePage(program));
  check(await browser.run('return Number(document.querySelector("#slider").max)'), log.length);
  const step = Math.ceil(log.length / 150);
  for (let count = 0; count <= log.length; count += step) {
    await browser.run('go(arguments[0])', count);
    check(await browser.run(SHOWN), expected(log, count), `${program} after event ${count}`);
  }
  check(await browser.complaints(), [], 'errors in the page');
}

async function useControls(browser, program) {
  const events = logOf(program).length;
  await browser.load(makePage(program));
  check(await position(browser), 0);
  for (const [control, where] of [['#forward', 1], ['#forward', 2], ['#back', 1], ['#last', events],
                                  ['#back', events - 1], ['#first', 0]]) {
    await browser.click(control);
    check(await position(browser), where, `after ${control}`);
  }
  await browser.run('document.querySelector("#speed").value = "50"');
  await browser.click('#play');
  await new Promise((done) => setTimeout(done, 500));
  await browser.click('#play');
  const played = await position(browser);
  check(played > 3, true, 'it plays');
  await new Promise((done) => setTimeout(done, 200));
  check(await position(browser), played, 'it pauses');
  await browser.run('document.activeElement.blur()');
  for (const [key, where] of [[KEY.home, 0], [KEY.right, 1], [KEY.right, 2], [KEY.left, 1], [KEY.end, events]]) {
    await browser.press(key);
    check(await position(browser), where, 'after a key');
  }
  await browser.press(KEY.home, KEY.down);
  check((await browser.run('return document.querySelector("#event").textContent')).includes(' runs.'), true);
  await browser.clickAt('#timeline', 0.5);
  check(Math.abs(await position(browser) - events / 2) <= events / 100 + 1, true, 'a click on the timeline');
  await browser.run('const s = document.querySelector("#slider"); s.value = 7; s.dispatchEvent(new Event("input"))');
  check(await browser.run('return document.querySelector("#position").textContent'), `7 of ${events}`);
  const before = await attribute(browser, 'data-theme');
  await browser.click('#theme');
  check(await attribute(browser, 'data-theme') !== before, true, 'the theme changes');
  await browser.click('#speaker');
  check(await attribute(browser, 'data-speaker'), '');
  await browser.click('#speaker');
  check(await attribute(browser, 'data-speaker'), null);
  await browser.click('#help');
  check(await browser.run('return document.querySelector("#keys").hidden'), false);
  const nameless = await browser.run(`return [...document.querySelectorAll('button, input, select, canvas')]
    .filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim() || node.closest('label'))).length`);
  check(nameless, 0, 'every control has a name');
}

async function useOnPhone(browser, program) {
  await browser.resize(360, 740);
  await browser.load(makePage(program));
  await browser.run('go(40)');
  check(await browser.run('return document.documentElement.scrollWidth <= 360'), true, 'nothing sticks out');
  await browser.resize(1280, 800);
}

// 10,000 events and more: each step is drawn at once.
async function useLongRun(browser) {
  const program = join(folder, 'many.coro');
  writeFileSync(program, `import asyncio
async def work(n):
    for i in range(40):
        await asyncio.sleep(0.001 * (n % 7))
async def main():
    await asyncio.gather(*(work(n) for n in range(50)))
asyncio.run(main())
`);
  await browser.load(makePage(program, '--speaker'));
  check(await attribute(browser, 'data-speaker'), '');
  const took = await browser.run(`
    const start = performance.now();
    for (let i = 0; i < 20; i++) go(Math.floor(events.length * (i + 1) / 20) - i);
    return [events.length, (performance.now() - start) / 20]`);
  check(took[0] > 10000, true, `${took[0]} events`);
  check(took[1] < 250, true, `${took[1]} ms for an event`);
}

async function main() {
  const browser = await Browser.open();
  try {
    await browser.resize(1280, 800);
    await browser.setDark(false);
    for (const name of ['hello', 'concurrency', 'crawler']) {
      const program = `scripts/examples/${name}.coro`;
      await compareAll(browser, program);
    }
    await useControls(browser, 'scripts/examples/concurrency.coro');
    await useOnPhone(browser, 'scripts/examples/concurrency.coro');
    await browser.setDark(true);
    await browser.load(makePage('scripts/examples/hello.coro'));
    check(await attribute(browser, 'data-theme'), 'dark');
    await useLongRun(browser);
  } finally {
    await browser.close();
    rmSync(folder, {recursive: true});
  }
  console.log(`test-web: ${checks} checks, all well`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
