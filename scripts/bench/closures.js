function adder(start) {
  let total = start;
  return (amount) => (total += amount);
}

let checksum = 0;
for (let i = 0; i < Number(process.argv[2] || 5000000) / 10; i++) {
  const add = adder(i);
  for (let j = 0; j < 10; j++) checksum += add(j);
}
console.log(checksum);
