const n = Number(process.argv[2] || 4000000);

async function* count() {
  for (let i = 0; i < n; i++) yield i;
}

(async () => {
  let total = 0;
  for await (const i of count()) total += i;
  console.log(total);
})();
