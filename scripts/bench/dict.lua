local n, entries, total = tonumber(arg[1]) or 1000000, {}, 0
local half = math.floor(n / 2)
for i = 0, half - 1 do
  entries["key " .. i] = i
  entries[i * 7] = i
end
for i = 0, half - 1 do total = total + entries["key " .. i] + entries[i * 7] end
for i = 0, half - 1 do
  entries[i * 7] = nil
  if i % 2 == 0 then entries["key " .. i] = nil end
end
local left = 0
for _ in pairs(entries) do left = left + 1 end
print(string.format("%.0f %d", total, left))
