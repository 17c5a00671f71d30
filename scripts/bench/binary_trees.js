class Tree {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function grow(depth) {
  return depth === 0 ? new Tree(null, null) : new Tree(grow(depth - 1), grow(depth - 1));
}

function count(tree) {
  return tree.left === null ? 1 : 1 + count(tree.left) + count(tree.right);
}

const depth = Number(process.argv[2] || 14);
const lasting = grow(depth);
for (let d = 4; d <= depth; d += 4) {
  let total = 0;
  for (let i = 0; i < 2 ** (depth - d + 4); i++) total += count(grow(d));
  console.log(d, total);
}
console.log(count(lasting));
