const n = Number(process.argv[2] || 10000000);

function* count() {
  for (let i = 0; i < n; i++) yield i;
}

let total = 0;
for (const i of count()) total += i;
console.log(total);
