const levels = Number(process.argv[2] || 6);

async function node(level) {
  if (level === 0) {
    await undefined;
    return 1;
  }
  const children = [];
  for (let i = 0; i < 6; i++) children.push(node(level - 1));
  return (await Promise.all(children)).reduce((a, b) => a + b);
}

node(levels).then(console.log);
