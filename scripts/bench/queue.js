const n = Number(process.argv[2] || 300000);

class Queue {
  constructor(places) {
    this.places = places;
    this.items = [];
    this.getters = [];
    this.putters = [];
  }
  async put(item) {
    while (this.items.length >= this.places) await new Promise((wake) => this.putters.push(wake));
    this.items.push(item);
    if (this.getters.length > 0) this.getters.shift()();
  }
  async get() {
    while (this.items.length === 0) await new Promise((wake) => this.getters.push(wake));
    const item = this.items.shift();
    if (this.putters.length > 0) this.putters.shift()();
    return item;
  }
}

(async () => {
  const queue = new Queue(10);
  (async () => {
    for (let i = 0; i < n; i++) await queue.put(i);
    await queue.put(null);
  })();
  let total = 0;
  for (let item; (item = await queue.get()) !== null;) total += item;
  console.log(total);
})();
