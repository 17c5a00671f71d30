const n = Number(process.argv[2] || 50000);
let length = 0;
for (let round = 0; round < 10; round++) {
  let parts = [];
  for (let i = 0; i < n; i++) parts.push(`item ${i}: ${"x".repeat(i % 10)}`);
  let text = parts.join(",");
  parts = text.split(",");
  text = text.replaceAll("item", "thing").toUpperCase();
  let built = "";
  for (let i = 0; i < n; i++) built += `${i}:${i * 2} `;
  length += parts.length + text.length + built.length + built.indexOf(`${n - 1}:`);
}
console.log(length);
