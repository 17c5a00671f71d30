function entry(i, j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

function times(v, transposed) {
  const result = [];
  for (let i = 0; i < v.length; i++) {
    let sum = 0;
    for (let j = 0; j < v.length; j++) sum += (transposed ? entry(j, i) : entry(i, j)) * v[j];
    result.push(sum);
  }
  return result;
}

let u = new Array(Number(process.argv[2] || 300)).fill(1.0), v;
for (let i = 0; i < 10; i++) {
  v = times(times(u, false), true);
  u = times(times(v, false), true);
}
let uv = 0, vv = 0;
for (let i = 0; i < u.length; i++) {
  uv += u[i] * v[i];
  vv += v[i] * v[i];
}
console.log(Math.sqrt(uv / vv).toFixed(9));
