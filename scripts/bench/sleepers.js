const n = Number(process.argv[2] || 1000000);

async function sleeper(milliseconds) {
  await new Promise((wake) => setTimeout(wake, milliseconds));
}

(async () => {
  const tasks = [];
  for (let i = 0; i < n; i++) tasks.push(sleeper(500 + ((i * 7919) % n) / n * 500));
  await Promise.all(tasks);
  console.log(tasks.length);
})();
