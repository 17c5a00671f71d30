local n, seed, up, down = tonumber(arg[1]) or 500000, 42, {}, {}
for i = 1, n do
  seed = seed * 16807 % 2147483647
  up[i] = seed / 2147483647
  down[i] = up[i]
end
table.sort(up)
table.sort(down, function(a, b) return -a < -b end)
print(string.format("%.9f %.9f %.9f", up[1], up[math.floor(n / 2) + 1], down[1]))
