const n = Number(process.argv[2] || 200000), batch = 10000;

async function job(i) {
  await undefined;
  return i % 7;
}

async function main() {
  let total = 0;
  for (let b = 0; b < n / batch; b++) {
    const jobs = [];
    for (let i = 0; i < batch; i++) jobs.push(job(i));
    for (const value of await Promise.all(jobs)) total += value;
  }
  console.log(total);
}

main();
