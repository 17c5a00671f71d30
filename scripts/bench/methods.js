class Counter {
  constructor() { this.value = 0; }
  add(amount) {
    this.value += amount;
    return this;
  }
  get() { return this.value; }
}

const n = Number(process.argv[2] || 5000000), counter = new Counter();
let total = 0;
for (let i = 0; i < n; i++) total += counter.add(1).get();
console.log(total);
