const n = Number(process.argv[2] || 150000), depth = 100;

async function leaf() {
  for (let i = 0; i < n; i++) await undefined;
  return n;
}

async function link(d) {
  return await (d === 0 ? leaf() : link(d - 1));
}

link(depth).then(console.log);
