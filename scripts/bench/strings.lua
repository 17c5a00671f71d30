local n, length = tonumber(arg[1]) or 50000, 0
for _ = 1, 10 do
  local parts = {}
  for i = 0, n - 1 do
    parts[#parts + 1] = string.format("item %d: %s", i, string.rep("x", i % 10))
  end
  local text = table.concat(parts, ",")
  parts = {}
  for part in text:gmatch("[^,]*") do parts[#parts + 1] = part end
  text = text:gsub("item", "thing"):upper()
  local pieces = {}
  for i = 0, n - 1 do pieces[#pieces + 1] = string.format("%d:%d ", i, i * 2) end
  local built = table.concat(pieces)
  length = length + n + #text + #built + built:find(string.format("%d:", n - 1), 1, true) - 1
end
print(length)
