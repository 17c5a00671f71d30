const n = Number(process.argv[2] || 5000000);

async function identity(x) {
  return x;
}

(async () => {
  let total = 0;
  for (let i = 0; i < n; i++) total += await identity(i);
  console.log(total);
})();
