const n = Number(process.argv[2] || 1000000), half = Math.floor(n / 2);
const entries = new Map();
for (let i = 0; i < half; i++) {
  entries.set(`key ${i}`, i);
  entries.set(i * 7, i);
}
let total = 0;
for (let i = 0; i < half; i++) total += entries.get(`key ${i}`) + entries.get(i * 7);
for (let i = 0; i < half; i++) {
  entries.delete(i * 7);
  if (i % 2 === 0) entries.delete(`key ${i}`);
}
console.log(total, entries.size);
