// The page of `coro viz`: shows the state of a program after each event of its log. The log is the
// only source: apply() turns the state before an event into the state after it, and everything on
// the page is drawn from such a state.
'use strict';

// ---- the state, from the log alone

function emptyState() {
  return {tasks: {}, frames: {}, ready: [], timers: [], running: 0, stack: [], place: null,
          printed: 0, fresh: 0, waits: null, callback: null, ended: null};
}

function dropFrame(state, id) {
  delete state.frames[id];
  state.stack = state.stack.filter((other) => other !== id);
}

// Changes the state to what it is after the event.
function apply(state, event) {
  const task = state.tasks[event.id];
  state.fresh = 0;
  if (event.e !== 'source') state.place = event.at || null;
  switch (event.e) {
    case 'task-created':
      state.tasks[event.id] = {id: event.id, name: event.name, coroutine: event.coroutine,
                               by: event.by || 0, root: event.frame || 0, state: 'new', on: null,
                               frames: []};
      break;
    case 'task-ready':
      if (task) {
        task.state = 'ready';
        task.why = event.why;
        task.on = null;
      }
      state.ready.push(event.id);
      break;
    case 'task-resumed':
      state.ready = state.ready.filter((id) => id !== event.id);
      state.running = event.id;
      state.waits = state.callback = null;
      if (task) {
        task.state = 'running';
        state.stack = task.frames.slice().reverse();
        for (const id of task.frames) if (state.frames[id]) state.frames[id].state = 'running';
      }
      break;
    case 'task-suspended':
      if (task) {
        task.state = 'waiting';
        task.on = event.on;
        task.frames = event.frames.map((frame) => frame.id);
        for (const frame of event.frames) {
          state.frames[frame.id] = {...state.frames[frame.id], ...frame, state: 'suspended',
                                    task: event.id, parent: frame.parent || 0};
        }
      }
      state.running = 0;
      state.stack = [];
      break;
    case 'task-cancelled': if (task) task.asked = true; break;
    case 'task-renamed': if (task) task.name = event.name; break;
    case 'task-done':
      if (task) {
        for (const id of task.frames.concat(task.root)) dropFrame(state, id);
        Object.assign(task, {state: 'done', how: event.how, value: event.value, on: null, frames: []});
      }
      state.running = 0;
      state.stack = [];
      break;
    case 'timer-set':
      state.timers.push({timer: event.timer, when: event.when, for: event.for || {}});
      state.timers.sort((a, b) => a.when - b.when || a.timer - b.timer);
      break;
    case 'timer-fired':
    case 'timer-cancelled':
      state.timers = state.timers.filter((timer) => timer.timer !== event.timer);
      break;
    case 'callback': state.callback = event.text; state.waits = null; break;
    case 'loop-waits': state.waits = event.until === undefined ? Infinity : event.until; break;
    case 'frame-pushed':
      state.frames[event.frame] = {id: event.frame, function: event.function, kind: event.kind,
                                   parent: event.parent || 0, registers: event.registers || [],
                                   task: event.task || 0, state: 'running', line: 0};
      state.stack.push(event.frame);
      break;
    case 'frame-suspended': {
      const frame = state.frames[event.frame];
      if (frame) frame.state = 'suspended';
      state.stack = state.stack.filter((id) => id !== event.frame);
      break;
    }
    case 'frame-resumed': {
      const frame = state.frames[event.frame];
      if (frame) frame.state = 'running';
      if (!state.stack.includes(event.frame)) state.stack.push(event.frame);
      break;
    }
    case 'frame-returned': dropFrame(state, event.frame); break;
    case 'exception': if (event.caught === undefined) dropFrame(state, event.frame); break;
    case 'print': state.printed++; state.fresh = 1; break;
    case 'end': state.ended = event.status; state.running = 0; state.stack = []; break;
    default: break;
  }
  const top = state.frames[state.stack[state.stack.length - 1]];
  if (top && event.at) {
    top.line = event.at.line;
    top.file = event.at.file;
  }
  return state;
}

// States after any event: a copy of every 100th is kept.
class History {
  constructor(events) {
    this.events = events;
    this.kept = [];
    const state = emptyState();
    events.forEach((event, i) => {
      if (i % 100 === 0) this.kept.push(structuredClone(state));
      apply(state, event);
    });
  }

  // After events[0 .. count - 1].
  after(count) {
    const index = Math.min(Math.floor(count / 100), this.kept.length - 1);
    const state = structuredClone(this.kept[index] || emptyState());
    for (let i = index * 100; i < count; i++) apply(state, this.events[i]);
    return state;
  }
}

// For each task: stretches of one state, as [state, first event, last event].
function stretches(events) {
  const rows = new Map();
  const open = (id, state, at) => {
    const row = rows.get(id);
    if (!row) return;
    if (row.length) row[row.length - 1][2] = at;
    if (state) row.push([state, at, events.length]);
  };
  events.forEach((event, i) => {
    switch (event.e) {
      case 'task-created': rows.set(event.id, []); break;
      case 'task-ready': open(event.id, 'ready', i); break;
      case 'task-resumed': open(event.id, 'running', i); break;
      case 'task-suspended': open(event.id, 'waiting', i); break;
      case 'task-done': open(event.id, null, i); break;
      default: break;
    }
  });
  return rows;
}

// ---- words

const WHY = {created: 'it is new', yield: 'it let the others run', sleep: 'its sleep is over',
             future: 'what it waited for is there', task: 'the task that it awaited is done',
             cancel: 'it is cancelled', throw: 'an error is thrown into it'};

function describe(event, state) {
  const name = (id) => (state.tasks[id] ? state.tasks[id].name : 'a task');
  const by = typeof event.by === 'number' ? `${name(event.by)} ` : '';
  switch (event.e) {
    case 'source': return `The text of ${event.file} is known.`;
    case 'task-created': return by ? `${by}makes ${event.name} (${event.coroutine}).`
                                   : `${event.name} (${event.coroutine}) is made.`;
    case 'task-ready': return `${name(event.id)} joins the ready queue: ${WHY[event.why] || event.why}.`;
    case 'task-resumed': return `${name(event.id)} runs.`;
    case 'task-suspended': return event.on.kind === 'yield' ? `${name(event.id)} lets the others run.`
                                                            : `${name(event.id)} waits for ${event.on.text}.`;
    case 'task-cancelled': return `${by || 'The program '}asks ${name(event.id)} to stop: cancel().`;
    case 'task-renamed': return `A task is called ${event.name} now.`;
    case 'task-done': return event.how === 'cancelled' ? `${name(event.id)} ends: it was cancelled.`
                      : event.how === 'raised' ? `${name(event.id)} ends with ${event.value}.`
                                               : `${name(event.id)} ends and returns ${event.value}.`;
    case 'timer-set': return `A timer is set for t=${seconds(event.when)}.`;
    case 'timer-fired': return 'A timer is due.';
    case 'timer-cancelled': return 'A timer is cancelled.';
    case 'callback': return `The loop calls ${event.text}.`;
    case 'loop-waits': return event.until === undefined ? 'Nothing is ready: the loop waits for something from outside.'
                                                        : `Nothing is ready: the loop waits until t=${seconds(event.until)}.`;
    case 'frame-pushed': return `${event.function} is called: a frame is made.`;
    case 'frame-suspended': return 'A frame is left where it is, to go on later.';
    case 'frame-resumed': return 'A frame goes on where it was.';
    case 'frame-returned': return `A frame returns ${event.value} and is gone.`;
    case 'print': return `It prints ${JSON.stringify(event.text)}.`;
    case 'exception': return event.caught === undefined ? `${event.type} leaves a frame.`
                                                        : `${event.type} is caught at line ${event.caught}.`;
    case 'end': return `The program has ended with status ${event.status}.`;
    default: return event.e;
  }
}

function seconds(value) {
  return Number.isFinite(value) ? String(Math.round(value * 1000) / 1000) : 'never';
}

// ---- the page

const lines = JSON.parse(document.getElementById('log').textContent);
const header = lines[0], events = lines.slice(1);
const history_ = new History(events);
const rows = stretches(events);
const prints = events.filter((event) => event.e === 'print');
const sources = events.filter((event) => event.e === 'source');
const byId = (id) => document.getElementById(id);
let count = 0, playing = 0, shownFile = sources.length ? sources[0].file : '';

// Okabe and Ito's colours, which people with any colour vision can tell apart.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8a6d00', '#7a5fb5'];
const colorOf = (id) => (id ? COLORS[(id - 1) % COLORS.length] : '#7d8288');

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tag(state, id, text) {
  const made = element('span', 'tag', text || (state.tasks[id] ? state.tasks[id].name : 'the program'));
  made.style.setProperty('--task', colorOf(id));
  return made;
}

function fill(node, children, empty) {
  node.replaceChildren(...(children.length ? children : [element('li', 'empty', empty)]));
}

function drawFiles() {
  if (sources.length < 2) return;
  byId('files').replaceChildren(...sources.map((source) => {
    const button = element('button', '', source.file.split('/').pop());
    button.type = 'button';
    button.setAttribute('role', 'tab');
    button.setAttribute('aria-selected', String(source.file === shownFile));
    button.addEventListener('click', () => { shownFile = source.file; draw(); });
    return button;
  }));
}

function drawSource(state) {
  const source = sources.find((s) => s.file === shownFile);
  const marks = new Map();
  for (const frame of Object.values(state.frames)) {
    if (frame.state !== 'suspended' || !frame.line || (frame.file && frame.file !== shownFile)) continue;
    marks.set(frame.line, (marks.get(frame.line) || []).concat(frame));
  }
  const here = state.place && state.place.file === shownFile ? state.place.line : 0;
  const text = source ? source.text.replace(/\n$/, '').split('\n') : [];
  byId('source').replaceChildren(...text.map((line, i) => {
    const row = element('div', 'row');
    const tags = element('span', 'tags');
    row.dataset.line = i + 1;
    row.append(element('span', 'number', String(i + 1)), element('span', 'text', line || ' '), tags);
    if (i + 1 === here) {
      row.classList.add('running');
      row.setAttribute('aria-current', 'true');
    }
    for (const frame of marks.get(i + 1) || []) tags.append(tag(state, frame.task));
    return row;
  }));
  bringIntoView(byId('source-panel'), byId('source').querySelector('.running'));
}

// Scrolls within a panel only: the page stays where it is.
function bringIntoView(panel, node) {
  if (!node) return;
  const top = node.getBoundingClientRect().top - panel.getBoundingClientRect().top;
  if (top < 0 || top > panel.clientHeight - 60) panel.scrollTop += top - panel.clientHeight / 2;
}

function parentLink() {
  const link = element('div', 'parent');
  link.innerHTML = '<svg viewBox="0 0 10 22" aria-hidden="true"><path d="M5 21V3M1 8l4-6 4 6"/></svg>';
  link.append(element('span', '', 'parent'));
  return link;
}

function frameCard(frame, isTop) {
  const card = element('div', 'frame');
  card.dataset.frame = frame.id;
  if (isTop) card.classList.add('running');
  const where = frame.line ? `, line ${frame.line}` : '';
  card.append(element('div', 'name code', `${frame.function}${where}`));
  if (frame.registers && frame.registers.length) {
    const table = element('table', 'code');
    for (const [name, value] of frame.registers) {
      const line = element('tr');
      const head = element('th', '', name);
      head.scope = 'row';
      line.append(head, element('td', '', value));
      table.append(line);
    }
    card.append(table);
  } else {
    card.append(element('div', 'none', frame.kind === 'module' ? 'its variables are the module\'s' : 'no variables yet'));
  }
  return card;
}

// The frames of each task, outermost first; an arrow leads to the frame that waits for the value.
function drawFrames(state) {
  const chains = new Map();
  for (const frame of Object.values(state.frames)) {
    chains.set(frame.task, (chains.get(frame.task) || []).concat(frame));
  }
  const ids = [...chains.keys()].sort((a, b) => a - b);
  byId('frames').replaceChildren(...ids.map((id) => {
    const chain = element('div', 'chain');
    chain.style.setProperty('--task', colorOf(id));
    const title = element('div', 'task');
    title.append(element('span', 'dot'), id && state.tasks[id] ? state.tasks[id].name : 'outside tasks');
    chain.append(title);
    chains.get(id).sort((a, b) => a.id - b.id).forEach((frame, i) => {
      if (i > 0 && frame.parent) chain.append(parentLink());
      else if (i > 0) chain.append(element('div', 'parent', ''));
      chain.append(frameCard(frame, frame.id === state.stack[state.stack.length - 1]));
    });
    return chain;
  }));
  if (!ids.length) byId('frames').append(element('p', 'empty', 'No frames.'));
  bringIntoView(byId('frames-panel'), byId('frames').querySelector('.frame.running'));
}

function stateText(task) {
  if (task.state === 'waiting' && task.on) {
    return task.on.kind === 'yield' ? 'lets the others run' : `waits for ${task.on.text}`;
  }
  if (task.state === 'done') {
    return task.how === 'cancelled' ? 'cancelled' : task.how === 'raised' ? `raised ${task.value}` : `returned ${task.value}`;
  }
  return task.state;
}

// A task stands below the one that awaits it, else below the one that made it.
function drawTasks(state) {
  const tasks = Object.values(state.tasks);
  const parents = new Map(tasks.map((task) => [task.id, task.by]));
  for (const task of tasks) if (task.on && task.on.task) parents.set(task.on.task, task.id);
  const branch = (parent, above) => tasks
    .filter((task) => (parents.get(task.id) || 0) === parent && !above.includes(task.id))
    .map((task) => {
      const item = element('li');
      item.dataset.task = task.id;
      const line = element('div', task.state === 'done' ? 'done' : '');
      const label = tag(state, task.id);
      label.style.marginLeft = '0';
      line.append(label, ' ', element('span', 'state', `${task.coroutine} · ${stateText(task)}`));
      item.append(line);
      const below = branch(task.id, above.concat(task.id));
      if (below.length) {
        const list = element('ul');
        list.append(...below);
        item.append(list);
      }
      return item;
    });
  fill(byId('tasks'), branch(0, []), 'none yet');
}

function drawLists(state) {
  fill(byId('ready'), state.ready.map((id) => {
    const item = element('li');
    item.append(tag(state, id));
    return item;
  }), 'empty');
  fill(byId('timers'), state.timers.map((timer) => {
    const item = element('li');
    item.append(element('span', 'when', `t=${seconds(timer.when)}`));
    item.append(timer.for.task ? tag(state, timer.for.task) : element('span', 'code', timer.for.callback || ''));
    return item;
  }), 'none');
  const old = prints.slice(0, state.printed - state.fresh).map((event) => event.text).join('');
  const output = byId('output');
  output.replaceChildren(old);
  if (state.fresh) output.append(element('span', 'new', prints[state.printed - 1].text));
  if (!state.printed) output.append(element('span', 'empty', 'nothing yet'));
  output.scrollTop = output.scrollHeight;
}

function drawTimeline() {
  const canvas = byId('timeline'), ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const g = canvas.getContext('2d');
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  g.scale(ratio, ratio);
  const axis = 16, ids = [...rows.keys()];
  const each = Math.min(22, (height - axis) / Math.max(ids.length, 1));
  const x = (at) => (at / Math.max(events.length, 1)) * (width - 2) + 1;
  ids.forEach((id, i) => {
    const y = i * each;
    for (const [state, from, to] of rows.get(id)) {
      const left = x(from), size = Math.max(x(to) - left, state === 'running' ? 1.5 : 0.3);
      g.fillStyle = state === 'running' ? colorOf(id) : color(state === 'ready' ? '--ready' : '--waiting');
      const share = state === 'running' ? 0.85 : state === 'ready' ? 0.45 : 0.2;
      g.fillRect(left, y + each * (1 - share) / 2, size, Math.max(each * share, 1));
    }
  });
  g.fillStyle = color('--quiet');
  g.font = `${parseFloat(getComputedStyle(document.body).fontSize) * 0.75}px system-ui, sans-serif`;
  let free = 0, before = -1;
  events.forEach((event, i) => {
    if (event.t === before) return;
    before = event.t;
    const text = `${seconds(event.t)} s`, wide = g.measureText(text).width;
    if (x(i) < free || x(i) + wide > width) return;
    g.fillText(text, x(i), height - 4);
    free = x(i) + wide + 14;
  });
  g.fillStyle = color('--accent');
  g.fillRect(x(count) - 1, 0, 2, height - axis + 2);
}

function draw() {
  const state = history_.after(count), event = events[count - 1];
  if (state.place && sources.some((s) => s.file === state.place.file)) shownFile = state.place.file;
  drawFiles();
  drawSource(state);
  drawFrames(state);
  drawTasks(state);
  drawLists(state);
  drawTimeline();
  const line = byId('event');
  line.replaceChildren();
  if (event) {
    line.append(element('b', '', `t=${seconds(event.t)}  `), describe(event, state));
  } else {
    line.append('The program has not begun.');
  }
  byId('slider').value = count;
  byId('slider').setAttribute('aria-valuetext', line.textContent);
  byId('position').textContent = `${count} of ${events.length}`;
  byId('first').disabled = byId('back').disabled = count === 0;
  byId('last').disabled = byId('forward').disabled = count === events.length;
}

function go(to) {
  count = Math.max(0, Math.min(events.length, to));
  draw();
}

// The next event, that way, at which another task begins to run.
function nextSwitch(way) {
  let at = count + way;
  while (at > 0 && at < events.length && events[at - 1].e !== 'task-resumed') at += way;
  go(at);
}

const PLAY = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2v12l9-6z"/></svg>';
const PAUSE = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h4v12H3zM9 2h4v12H9z"/></svg>';

function play(on) {
  clearInterval(playing);
  playing = on ? setInterval(() => {
    if (count === events.length) play(false); else go(count + 1);
  }, 1000 / Number(byId('speed').value)) : 0;
  byId('play').innerHTML = on ? PAUSE : PLAY;
  byId('play').setAttribute('aria-label', on ? 'Pause' : 'Play');
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  draw();
}

function toggleTheme() {
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
}

function toggleHelp() {
  const keys = byId('keys');
  keys.hidden = !keys.hidden;
  byId('help').setAttribute('aria-expanded', String(!keys.hidden));
}

function setSpeaker(on) {
  document.documentElement.toggleAttribute('data-speaker', on);
  byId('speaker').setAttribute('aria-pressed', String(on));
  draw();
}

function onKey(key) {
  if (key.ctrlKey || key.metaKey || key.altKey || key.target.tagName === 'SELECT') return;
  const keys = {ArrowRight: () => go(count + 1), ArrowLeft: () => go(count - 1),
                ArrowDown: () => nextSwitch(1), ArrowUp: () => nextSwitch(-1),
                Home: () => go(0), End: () => go(events.length), t: toggleTheme, '?': toggleHelp};
  if (key.key === ' ' && key.target.tagName !== 'BUTTON') play(!playing);
  else if (keys[key.key]) keys[key.key]();
  else return;
  key.preventDefault();
}

byId('program').textContent = header.program.split('/').pop();
document.title = `${header.program.split('/').pop()} – Coro`;
byId('clock').textContent = header.clock === 'virtual' ? 'virtual clock' : 'real clock';
byId('slider').max = events.length;
play(false);
byId('first').addEventListener('click', () => go(0));
byId('back').addEventListener('click', () => go(count - 1));
byId('forward').addEventListener('click', () => go(count + 1));
byId('last').addEventListener('click', () => go(events.length));
byId('play').addEventListener('click', () => play(!playing));
byId('speed').addEventListener('change', () => { if (playing) play(true); });
byId('slider').addEventListener('input', (event) => go(Number(event.target.value)));
byId('theme').addEventListener('click', toggleTheme);
byId('speaker').addEventListener('click', () => setSpeaker(!document.documentElement.hasAttribute('data-speaker')));
byId('help').addEventListener('click', toggleHelp);
const jump = (event) => {
  const box = byId('timeline').getBoundingClientRect();
  go(Math.round(((event.clientX - box.left - 1) / (box.width - 2)) * events.length));
};
byId('timeline').addEventListener('pointerdown', (event) => {
  event.target.setPointerCapture(event.pointerId);
  jump(event);
});
byId('timeline').addEventListener('pointermove', (event) => { if (event.buttons) jump(event); });
document.addEventListener('keydown', onKey);
window.addEventListener('resize', drawTimeline);
if (document.documentElement.hasAttribute('data-speaker')) setSpeaker(true);
setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
