const size = Number(process.argv[2] || 600);
let count = 0;
for (let row = 0; row < size; row++) {
  const ci = 2.0 * row / size - 1.0;
  for (let column = 0; column < size; column++) {
    const cr = 2.0 * column / size - 1.5;
    let zr = 0.0, zi = 0.0, steps = 0;
    while (steps < 50 && zr * zr + zi * zi <= 4.0) {
      const next = zr * zr - zi * zi + cr;
      zi = 2.0 * zr * zi + ci;
      zr = next;
      steps++;
    }
    if (steps === 50) count++;
  }
}
console.log(count);
