const n = Number(process.argv[2] || 500000), floats = [];
let seed = 42;
for (let i = 0; i < n; i++) {
  seed = (seed * 16807) % 2147483647;
  floats.push(seed / 2147483647);
}
const up = [...floats].sort((a, b) => a - b);
const down = [...floats].sort((a, b) => b - a);
console.log(up[0].toFixed(9), up[Math.floor(n / 2)].toFixed(9), down[0].toFixed(9));
