function byFor(n) {
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + i) % 1000007;
  return total;
}

function byWhile(n) {
  let total = 0, i = 0;
  while (i < n) {
    total = (total + i) % 1000007;
    i += 1;
  }
  return total;
}

const half = Math.floor(Number(process.argv[2] || 24000000) / 2);
console.log(byFor(half), byWhile(half));
