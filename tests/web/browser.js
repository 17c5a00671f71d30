// browser.js: a headless Chromium through chromedriver's HTTP interface (W3C WebDriver): no more than
// what the tests of the pages need.
'use strict';

const {spawn} = require('child_process');
const {writeFileSync} = require('fs');

const PORT = 9515 + (process.pid % 1000);

async function send(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${PORT}${path}`, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: {'Content-Type': 'application/json'},
  });
  const {value} = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value.message}`);
  return value;
}

class Browser {
  static async open() {
    const driver = spawn('chromedriver', [`--port=${PORT}`], {stdio: 'ignore'});
    const options = {args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                            '--hide-scrollbars', '--force-device-scale-factor=1']};
    for (let tries = 0; ; tries++) {
      try {
        const session = await send('POST', '/session', {capabilities: {alwaysMatch: {
          browserName: 'chrome', 'goog:chromeOptions': options, 'goog:loggingPrefs': {browser: 'ALL'}}}});
        return new Browser(driver, `/session/${session.sessionId}`);
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  constructor(driver, session) {
    this.driver = driver;
    this.session = session;
  }

  async close() {
    await send('DELETE', this.session);
    this.driver.kill();
  }

  load(url) { return send('POST', `${this.session}/url`, {url}); }

  // Runs the body of a function in the page; gives what it returns.
  run(script, ...args) { return send('POST', `${this.session}/execute/sync`, {script, args}); }

  async click(selector) {
    const found = await send('POST', `${this.session}/element`, {using: 'css selector', value: selector});
    await send('POST', `${this.session}/element/${Object.values(found)[0]}/click`, {});
  }

  // Presses keys: '\uE014' is the right arrow and so on, as WebDriver numbers them.
  async press(...keys) {
    const actions = keys.flatMap((value) => [{type: 'keyDown', value}, {type: 'keyUp', value}]);
    await send('POST', `${this.session}/actions`, {actions: [{type: 'key', id: 'keys', actions}]});
  }

  async clickAt(selector, share) {
    const box = await this.run('const b = document.querySelector(arguments[0]).getBoundingClientRect();' +
                               'return [b.left, b.top, b.width, b.height]', selector);
    const x = Math.round(box[0] + 1 + share * (box[2] - 2)), y = Math.round(box[1] + box[3] / 2);
    await send('POST', `${this.session}/actions`, {actions: [{type: 'pointer', id: 'mouse', actions: [
      {type: 'pointerMove', x, y}, {type: 'pointerDown', button: 0}, {type: 'pointerUp', button: 0}]}]});
  }

  async resize(width, height) {
    await send('POST', `${this.session}/goog/cdp/execute`, {cmd: 'Emulation.setDeviceMetricsOverride',
               params: {width, height, deviceScaleFactor: 1, mobile: width < 500}});
  }

  async setDark(dark) {
    await send('POST', `${this.session}/goog/cdp/execute`, {cmd: 'Emulation.setEmulatedMedia',
               params: {features: [{name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'}]}});
  }

  async screenshot(path) {
    writeFileSync(path, Buffer.from(await send('GET', `${this.session}/screenshot`), 'base64'));
  }

  // What the page has complained of.
  async complaints() {
    const log = await send('POST', `${this.session}/se/log`, {type: 'browser'});
    return log.filter((entry) => entry.level === 'SEVERE').map((entry) => entry.message);
  }
}

module.exports = {Browser};
