function fannkuch(n) {
  const perm = [], flipped = [], counters = [];
  for (let i = 0; i < n; i++) { perm.push(i); flipped.push(i); counters.push(0); }
  let most = 0, checksum = 0, number = 0, left = n;
  for (;;) {
    for (; left > 1; left--) counters[left - 1] = left;
    for (let i = 0; i < n; i++) flipped[i] = perm[i];
    let flips = 0;
    for (let first = flipped[0]; first !== 0; first = flipped[0]) {
      for (let low = 0, high = first; low < high; low++, high--) {
        [flipped[low], flipped[high]] = [flipped[high], flipped[low]];
      }
      flips++;
    }
    if (flips > most) most = flips;
    checksum += number % 2 === 0 ? flips : -flips;
    for (;;) {
      if (left === n) return [checksum, most];
      const first = perm[0];
      for (let i = 0; i < left; i++) perm[i] = perm[i + 1];
      perm[left] = first;
      if (--counters[left] > 0) break;
      left++;
    }
    number++;
  }
}

console.log(...fannkuch(Number(process.argv[2] || 9)));
